// The number of edits behind TER: insertions, deletions and substitutions of words, and shifts of a
// block of words to another place, each counting one (Snover, Dorr, Schwartz, Micciulla, Makhoul,
// "A study of translation edit rate with targeted human annotation", AMTA 2006).
//
// The best sequence of shifts is searched greedily, as Tercom does it: of all blocks of at most ten
// words that occur in the reference too, are wrong where they stand and would stand where the
// reference is matched wrongly, take the shift that lowers the edit distance most, until none does.
// Limits and the order among equals are those of sacreBLEU, whose counts depend on them. So does
// the edit distance itself: it only looks at a beam around the diagonal.
//
// Speed: a shift changes the words between two rows of the distance matrix only. With the distances
// from the start to each row and from each row to the end of the matrix at hand, a candidate costs
// the rows between; both matrices are computed once per accepted shift.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/types.h"

namespace talmach {

/// Counts edits. Holds memory that is reused from call to call; not thread-safe.
class EditCounter {
 public:
  /// The fewest edits found that turn `hypothesis` into `reference`; words are any numbers.
  Index Count(std::span<const std::uint32_t> hypothesis, std::span<const std::uint32_t> reference);

 private:
  /// Moves `length` words at `start` to before the word that stood at `target`.
  struct Shift {
    Index start = 0;
    Index length = 0;
    Index target = 0;
  };
  /// The words a shift touches: [begin, end).
  struct Region {
    Index begin = 0;
    Index end = 0;
  };

  void ComputeForward();
  void ComputeBackward();
  void FillRow(Index row, std::uint32_t word, const std::int32_t* above, std::int32_t* out) const;
  void Align();
  bool FindBestShift(Shift* best);
  bool IsWorthShifting(Index hypothesis_start, Index reference_start, Index length) const;
  void TryTargets(Index hypothesis_start, Index reference_start, Index length, Shift* best,
                  Index* best_gain);
  Index DistanceAfter(const Shift& shift);
  Region Apply(const Shift& shift, std::vector<std::uint32_t>* words) const;
  Index distance() const { return forward_[num_words_ * stride_ + num_reference_]; }
  /// First column and the one behind the last that the beam visits in a row.
  void SetBeam();

  std::vector<std::uint32_t> words_, shifted_;
  std::span<const std::uint32_t> reference_;
  Index num_words_ = 0, num_reference_ = 0;
  Index stride_ = 0;  // columns of a row: num_reference_ + 1
  std::vector<Index> beam_begin_, beam_end_;
  std::vector<std::int32_t> forward_;   // [row, column]: distance from (0, 0)
  std::vector<std::int32_t> backward_;  // [row, column]: distance to the last row and column
  bool backward_is_current_ = false;    // computed when the first shift is tried
  std::vector<std::int32_t> row_, next_row_;
  std::vector<Index> aligned_;  // per reference word: the hypothesis word, or the last
                                // one before the gap it fills (−1: before all)
  std::vector<Index> word_errors_, reference_errors_;  // running counts of wrong words
  Index num_tried_ = 0;
};

}  // namespace talmach
