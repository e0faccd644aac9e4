// What metrics share: the lines they compare, and per-line sufficient statistics. The score of a
// corpus is a function of the column sums of a table, so any subset of the lines (a resample of a
// significance test, the lines of one length) is scored from the same table.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace talmach {

/// Hypotheses or one set of references, a string per line.
using Lines = std::span<const std::string>;
/// One or more sets of references: [reference][line].
using References = std::span<const std::vector<std::string>>;

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
/// each line has a reference that is not empty. `first_line` (from 0) is that of hypotheses[0] in
/// its file, for the message.
void CheckLines(Lines hypotheses, References references, Index first_line = 0);

/// The references of one line. Empty ones are left out, as sacreBLEU does: they stand for "fewer
/// references here".
void ReferencesOfLine(References references, Index line, std::vector<std::string_view>* found);

/// The number of references per line, or -1 if it varies ("nrefs:var").
Index CountReferences(References references);

}  // namespace talmach
