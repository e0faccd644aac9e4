// What metrics share: the lines they compare, and per-line sufficient statistics. The score of a
// corpus is a function of the column sums of a table, so any subset of the lines (a resample of a
// significance test, the lines of one length) is scored from the same table.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace talmach {

/// Hypotheses or one set of references, a string per line.
using Lines = std::span<const std::string>;
/// One or more sets of references: [reference][line]. An empty one is a reference of length 0; one
/// that does not exist is kNoReference.
using References = std::span<const std::vector<std::string>>;
/// Stands where a line has fewer references than others: NUL, which is in no text.
inline constexpr std::string_view kNoReference{"\0", 1};

/// Numbers per line whose column sums determine a score: row-major [lines, width].
struct StatisticsTable {
  Index width = 0;
  std::vector<double> values = {};

  Index num_lines() const { return width == 0 ? 0 : static_cast<Index>(values.size()) / width; }
  std::span<double> row(Index line) { return std::span(values).subspan(line * width, width); }
  std::span<const double> row(Index line) const {
    return std::span(values).subspan(line * width, width);
  }
  /// Adds the lines of a table of the same width.
  void Append(const StatisticsTable& more);
  /// Column sums over all lines.
  std::vector<double> Sum() const;
};

/// Throws DataError unless there is a reference, every set has as many lines as `hypotheses`, and
/// each line has a reference.
void CheckLines(Lines hypotheses, References references);

/// The references that one line has.
void ReferencesOfLine(References references, Index line, std::vector<std::string_view>* found);

/// The number of references per line, or -1 if it varies ("nrefs:var").
Index CountReferences(References references);

/// Writes what one line adds to the sums. Not thread-safe: it may keep memory from line to line.
using LineStatistics =
    std::function<void(std::string_view hypothesis, const std::vector<std::string_view>& references,
                       std::span<double> statistics)>;

struct TableOptions {
  Index width = 0;           // numbers per line
  Index lines_per_task = 1;  // how many a thread takes at a time
  int num_threads = 0;       // 0: one per core
};

/// The table of all lines, checked by CheckLines. `make` is called, in any thread, for each task.
StatisticsTable CollectStatistics(Lines hypotheses, References references,
                                  const TableOptions& options,
                                  const std::function<LineStatistics()>& make);

/// The same by a metric that needs memory from line to line: `write(hypothesis, references,
/// &scratch, row)` is called for each line, with one Scratch for all lines of a task.
template <typename Scratch, typename Write>
StatisticsTable CollectStatistics(Lines hypotheses, References references,
                                  const TableOptions& options, const Write& write) {
  return CollectStatistics(hypotheses, references, options, [&write]() -> LineStatistics {
    return [&write, scratch = std::make_shared<Scratch>()](
               std::string_view hypothesis, const std::vector<std::string_view>& line_references,
               std::span<double> row) { write(hypothesis, line_references, scratch.get(), row); };
  });
}

}  // namespace talmach
