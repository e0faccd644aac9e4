// Reads the files of `talmach evaluate` side by side, a few thousand lines at a time, and collects
// each metric's statistics. Memory does not grow with the files unless lines are kept.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/types.h"
#include "evaluation/analysis.h"
#include "evaluation/metric.h"

namespace talmach {

struct EvaluationFiles {
  std::vector<std::string> hypotheses;  // one for each system
  std::vector<std::string> references;
  std::string source = {};  // may be empty
};

/// What is remembered of every line; sums always are.
struct KeptLines {
  bool statistics = false;  // rows of the tables: significance, lengths, single lines
  bool texts = false;
};

struct EvaluatedSystem {
  std::string name;                          // its file
  std::vector<StatisticsTable> tables = {};  // one for each metric; only the sums if not kept
  std::vector<std::string> lines = {};       // if kept
  InputFindings findings = {};
};

struct EvaluatedCorpus {
  std::vector<EvaluatedSystem> systems = {};
  std::vector<std::vector<std::string>> references = {};  // if kept
  std::vector<std::string> source = {};                   // if kept
  std::vector<Index> lengths = {};  // words of the source, or of the first reference, if kept
  Index num_lines = 0;
  Index num_references = 0;  // per line; -1: varies
};

/// Throws DataError for files that cannot be read, are not UTF-8, have no lines, differ in their
/// number of lines, or hold a line without reference; file and line are named.
EvaluatedCorpus EvaluateCorpus(const EvaluationFiles& files, const std::vector<Metric>& metrics,
                               const KeptLines& keep);

/// Reads lines that must be clean: ill-formed UTF-8, NUL and overlong lines are errors here, since
/// a score must not silently be that of another text.
class StrictLineReader {
 public:
  explicit StrictLineReader(const std::string& path);
  StrictLineReader(StrictLineReader&&) noexcept;
  ~StrictLineReader();

  /// The next line without white space at its end; false at the end of the file.
  bool Read(std::string* line);
  /// At most `count` lines, replacing those in `*lines`.
  void Read(Index count, std::vector<std::string>* lines);
  /// Reads to the end and returns the number of lines of the file.
  Index CountAll();
  const std::string& name() const;
  Index num_lines() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Throws DataError, naming both files and their numbers of lines, if one of two readers that were
/// read in step has ended before the other.
void RequireSameEnd(StrictLineReader* expected, StrictLineReader* other);

}  // namespace talmach
