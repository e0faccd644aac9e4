// Reads the files of `talmach evaluate` side by side, a few thousand lines at a time, and collects
// each metric's statistics. Memory does not grow with the files unless lines are kept.
#pragma once

#include <string>
#include <vector>

#include "base/types.h"
#include "evaluation/analysis.h"
#include "evaluation/metric.h"

namespace talmach {

struct EvaluationFiles {
  // One for each system. None: standard input, with the systems of a line separated by tabs.
  std::vector<std::string> hypotheses = {};
  std::vector<std::string> references = {};
  Index references_per_file = 1;  // separated by tabs
  std::string source = {};        // may be empty
};

/// What is remembered of every line; sums always are.
struct KeptLines {
  bool statistics = false;  // rows of the tables: significance, lengths, single lines
  bool texts = false;
};

struct EvaluatedSystem {
  std::string name;  // its file, in UTF-8, or "System 2" for the second column of standard input
  std::vector<StatisticsTable> tables = {};  // one for each metric; only the sums if not kept
  std::vector<std::string> lines = {};       // if kept
  InputFindings findings = {};
};

struct EvaluatedCorpus {
  std::vector<EvaluatedSystem> systems = {};
  std::vector<std::vector<std::string>> references = {};  // if kept
  std::vector<std::string> source = {};                   // if kept
  std::vector<Index> lengths = {};  // words of the source, or of the first reference, if kept
  std::vector<Index> reference_counts = {};  // of each line, if kept
  Index num_lines = 0;
  Index num_references = 0;  // per line; -1: varies
};

/// Throws DataError for files that cannot be read, are not UTF-8, have no lines, or differ in
/// their number of lines; file and line are named.
EvaluatedCorpus EvaluateCorpus(const EvaluationFiles& files, const std::vector<Metric>& metrics,
                               const KeptLines& keep);

}  // namespace talmach
