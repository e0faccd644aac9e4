// Scores by length need no second evaluation: the rows of the lines in a bucket are summed, and the
// metric turns the sums into a score, as it would for a whole corpus. Differences are taken from
// scores of single lines and sorted stably, so that equal ones stay in the order of the text.
#include "evaluation/analysis.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/unicode_text.h"

namespace talmach {
namespace {

std::vector<LengthBucket> MakeBuckets(std::span<const Index> edges) {
  std::vector<LengthBucket> buckets(1);
  for (const Index edge : edges) {
    Require(edge > 0 && edge >= buckets.back().shortest, "bucket edges must rise");
    buckets.back().longest = edge;
    buckets.push_back({.shortest = edge + 1});
  }
  return buckets;
}

}  // namespace

std::string LengthBucket::Label() const {
  std::string label = std::to_string(shortest);
  if (longest < 0) return label.append("+");
  return label.append("-").append(std::to_string(longest));
}

std::vector<Index> CountWords(Lines lines) {
  std::vector<Index> counts;
  std::vector<std::string_view> words;
  for (const std::string& line : lines) {
    SplitWhitespace(line, &words);
    counts.push_back(static_cast<Index>(words.size()));
  }
  return counts;
}

std::vector<LengthBucket> ScoreByLength(const StatisticsTable& table,
                                        std::span<const Index> lengths,
                                        std::span<const Index> edges, const ScoreFunction& score) {
  Require(static_cast<Index>(lengths.size()) == table.num_lines(), "a length for every line");
  std::vector<LengthBucket> buckets = MakeBuckets(edges);
  std::vector<std::vector<double>> sums(buckets.size(), std::vector<double>(table.width));
  for (Index line = 0; line < table.num_lines(); ++line) {
    const auto bucket = std::lower_bound(edges.begin(), edges.end(), lengths[line]) - edges.begin();
    ++buckets[bucket].num_lines;
    for (Index column = 0; column < table.width; ++column) {
      sums[bucket][column] += table.row(line)[column];
    }
  }
  for (std::size_t bucket = 0; bucket < buckets.size(); ++bucket) {
    buckets[bucket].score = score(sums[bucket]);
  }
  std::erase_if(buckets, [](const LengthBucket& bucket) { return bucket.num_lines == 0; });
  return buckets;
}

std::vector<double> ScoreLines(const StatisticsTable& table, const ScoreFunction& score) {
  std::vector<double> scores;
  for (Index line = 0; line < table.num_lines(); ++line) scores.push_back(score(table.row(line)));
  return scores;
}

std::vector<LineDifference> LargestDifferences(std::span<const double> first,
                                               std::span<const double> second, Index count) {
  Require(first.size() == second.size(), "systems of different length");
  std::vector<LineDifference> differences;
  for (std::size_t line = 0; line < first.size(); ++line) {
    if (first[line] == second[line]) continue;
    differences.push_back({static_cast<Index>(line), first[line], second[line]});
  }
  std::stable_sort(differences.begin(), differences.end(),
                   [](const LineDifference& a, const LineDifference& b) {
                     return std::abs(a.first - a.second) > std::abs(b.first - b.second);
                   });
  if (static_cast<Index>(differences.size()) > count) differences.resize(count);
  return differences;
}

void InputFindings::Add(Lines hypotheses, References references) {
  num_lines += static_cast<Index>(hypotheses.size());
  for (std::size_t line = 0; line < hypotheses.size(); ++line) {
    const std::string& hypothesis = hypotheses[line];
    const bool is_empty = Strip(hypothesis).empty();
    num_empty += is_empty;
    if (hypothesis.ends_with(" .")) ++num_spaced_periods;
    num_identical +=
        !is_empty && std::any_of(references.begin(), references.end(), [&](const auto& reference) {
          return reference[line] == hypothesis;
        });
  }
}

bool InputFindings::LooksTokenized() const {
  return num_spaced_periods >= 100 ||
         (num_spaced_periods >= 10 && 2 * num_spaced_periods > num_lines);
}

}  // namespace talmach
