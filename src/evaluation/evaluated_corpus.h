// The lines of several systems beside their references, a few thousand at a time, and what all
// metrics need of them. Memory does not grow with the text unless lines are kept.
#pragma once

#include <string>
#include <vector>

#include "base/types.h"
#include "evaluation/analysis.h"
#include "evaluation/metric.h"

namespace talmach {

/// Some lines of a corpus: [column][line].
struct EvaluationLines {
  std::vector<std::vector<std::string>> references = {};
  std::vector<std::vector<std::string>> hypotheses = {};  // a column for each system
  std::vector<std::vector<std::string>> source = {};      // one column or none
};

/// What is kept of every line; sums are always kept.
struct KeptLines {
  bool statistics = false;  // rows of the tables: significance, lengths, single lines
  bool texts = false;
};

struct EvaluatedSystem {
  std::string name;                          // its file in UTF-8, or its number
  std::vector<StatisticsTable> tables = {};  // one for each metric; only the sums if not kept
  std::vector<std::string> lines = {};       // if kept
  InputFindings findings = {};
};

class EvaluatedCorpus {
 public:
  /// `metrics` must live as long as this.
  EvaluatedCorpus(const std::vector<std::string>& system_names, const std::vector<Metric>& metrics,
                  const KeptLines& keep);

  /// Adds lines; there must be as many in each column, and a column for each system.
  void Add(EvaluationLines&& lines);

  const std::vector<Metric>& metrics() const { return metrics_; }
  const std::vector<EvaluatedSystem>& systems() const { return systems_; }
  Index num_lines() const { return num_lines_; }
  /// References of each line; -1 if their number varies.
  Index num_references() const { return num_references_; }

  // Of every line, if kept.
  const std::vector<std::vector<std::string>>& references() const { return references_; }
  const std::vector<std::string>& source() const { return source_; }
  /// Words of the source, or of the first reference.
  const std::vector<Index>& lengths() const { return lengths_; }
  const std::vector<Index>& reference_counts() const { return reference_counts_; }

 private:
  void CountReferences(const EvaluationLines& lines);
  void KeepTexts(EvaluationLines&& lines);

  const std::vector<Metric>& metrics_;
  KeptLines keep_;
  std::vector<EvaluatedSystem> systems_ = {};
  std::vector<std::vector<std::string>> references_ = {};
  std::vector<std::string> source_ = {};
  std::vector<Index> lengths_ = {};
  std::vector<Index> reference_counts_ = {};
  Index num_lines_ = 0;
  Index num_references_ = 0;
};

}  // namespace talmach
