// Tested by tests/evaluation/bleu_test.cc and tests/evaluation/analysis_test.cc.
//
// Tables are row-major: a line's numbers are neighbours, so adding rows, which is nearly all that
// resampling does, reads memory in order. Parts of a corpus are appended as they are scored.
#include "evaluation/statistics.h"

#include "base/error.h"
#include "base/stop.h"
#include "base/thread_pool.h"

namespace talmach {

void StatisticsTable::Append(const StatisticsTable& more) {
  Require(width == 0 || width == more.width, "tables of different metrics");
  width = more.width;
  values.insert(values.end(), more.values.begin(), more.values.end());
}

std::vector<double> StatisticsTable::Sum() const {
  std::vector<double> sum(width);
  for (Index line = 0; line < num_lines(); ++line) {
    const std::span<const double> numbers = row(line);
    for (Index column = 0; column < width; ++column) sum[column] += numbers[column];
  }
  return sum;
}

void CheckLines(Lines hypotheses, References references) {
  if (references.empty()) throw DataError({.where = "evaluation", .what = "no references given"});
  for (const std::vector<std::string>& reference : references) {
    if (reference.size() == hypotheses.size()) continue;
    throw DataError({.where = "evaluation",
                     .what = "hypotheses and references differ in length",
                     .expected = std::to_string(hypotheses.size()) + " lines as in the hypotheses",
                     .got = std::to_string(reference.size()) + " lines in a reference"});
  }
  std::vector<std::string_view> found;
  for (Index line = 0; line < static_cast<Index>(hypotheses.size()); ++line) {
    ReferencesOfLine(references, line, &found);
    if (!found.empty()) continue;
    throw DataError({.where = "references, line " + std::to_string(line + 1),
                     .what = "the line has no reference",
                     .hint = "an empty one would do"});
  }
}

void ReferencesOfLine(References references, Index line, std::vector<std::string_view>* found) {
  found->clear();
  for (const std::vector<std::string>& reference : references) {
    if (reference[line] != kNoReference) found->push_back(reference[line]);
  }
}

Index CountReferences(References references) {
  if (references.empty()) return 0;
  Index common = 0;
  std::vector<std::string_view> found;
  for (Index line = 0; line < static_cast<Index>(references.front().size()); ++line) {
    ReferencesOfLine(references, line, &found);
    const auto count = static_cast<Index>(found.size());
    if (line > 0 && count != common) return -1;
    common = count;
  }
  return common;
}

StatisticsTable CollectStatistics(Lines hypotheses, References references,
                                  const TableOptions& options,
                                  const std::function<LineStatistics()>& make) {
  CheckLines(hypotheses, references);
  const auto num_lines = static_cast<Index>(hypotheses.size());
  StatisticsTable table{.width = options.width,
                        .values = std::vector<double>(num_lines * options.width)};
  ParallelRanges(num_lines, options.lines_per_task, options.num_threads,
                 [&](Index begin, Index end) {
                   const LineStatistics write = make();
                   std::vector<std::string_view> found;
                   for (Index line = begin; line < end; ++line) {
                     StopPoint();
                     ReferencesOfLine(references, line, &found);
                     write(hypotheses[line], found, table.row(line));
                   }
                 });
  return table;
}

}  // namespace talmach
