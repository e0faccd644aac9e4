// Looking behind a score: which lines it comes from.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "evaluation/significance.h"
#include "evaluation/statistics.h"

namespace talmach {

/// The lines whose length is in [shortest, longest].
struct LengthBucket {
  Index shortest = 0;
  Index longest = -1;  // -1: any
  Index num_lines = 0;
  double score = 0;

  /// "11-20", "51+".
  std::string Label() const;
};

/// Words between white space.
std::vector<Index> CountWords(Lines lines);

/// Scores the lines of each length bucket on their own. Buckets end at each of `edges` (rising,
/// positive) and one is open; buckets without lines are left out.
std::vector<LengthBucket> ScoreByLength(const StatisticsTable& table,
                                        std::span<const Index> lengths,
                                        std::span<const Index> edges, const ScoreFunction& score);

/// Every line scored on its own.
std::vector<double> ScoreLines(const StatisticsTable& table, const ScoreFunction& score);

/// A line that two systems translated differently well.
struct LineDifference {
  Index line = 0;
  double first = 0;
  double second = 0;
};

/// The `count` lines with the largest |first − second| above zero, largest first, then in order.
std::vector<LineDifference> LargestDifferences(std::span<const double> first,
                                               std::span<const double> second, Index count);

/// What is suspicious about hypotheses.
struct InputFindings {
  Index num_lines = 0;
  Index num_empty = 0;           // without a word
  Index num_identical = 0;       // equal to a reference, and not empty
  Index num_spaced_periods = 0;  // end in " .", as tokenized text does

  void Add(Lines hypotheses, References references);
  /// A hundred such lines, or most of ten or more, are no accident.
  bool LooksTokenized() const;
};

}  // namespace talmach
