// How sentences of different lengths share a matrix without padding.
//
// Sentences are ordered by descending length. The rows of step 0 of all sentences come first, then
// those of step 1 of the sentences that have one, and so on: the sentences alive at step t are the
// first step_rows(t), their tokens are the rows [step_begin(t), step_begin(t) + step_rows(t)) of a
// packed matrix [N, ·], N = Σ lengths. Nothing is computed for a position that does not exist.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "base/error.h"
#include "tensor/arena.h"

namespace talmach {

/// The packing of sentences of the given lengths (descending, all > 0).
class SequencePacking {
 public:
  SequencePacking() = default;
  explicit SequencePacking(std::span<const Index> lengths)
      : lengths_(lengths.begin(), lengths.end()) {
    Require(std::ranges::is_sorted(lengths_, std::greater<>()), "lengths are in descending order");
    Require(lengths_.empty() || lengths_.back() > 0, "no sentence is empty");
    Index alive = num_sequences();
    for (Index step = 0; !lengths_.empty() && step < lengths_.front(); ++step) {
      while (lengths_[alive - 1] <= step) --alive;
      step_begins_.push_back(num_tokens_);
      num_tokens_ += alive;
    }
    step_begins_.push_back(num_tokens_);
  }

  Index num_sequences() const { return static_cast<Index>(lengths_.size()); }
  Index num_steps() const { return static_cast<Index>(step_begins_.size()) - 1; }
  Index num_tokens() const { return num_tokens_; }  // N
  /// Rows of a packed matrix with its zero padding (see Arena::AllocateRows).
  Index padded_tokens() const { return RoundUp(num_tokens_, Arena::kRowPadding); }

  Index step_begin(Index step) const { return step_begins_[step]; }
  /// Sentences alive at `step`; 0 past the last one.
  Index step_rows(Index step) const {
    return step < num_steps() ? step_begins_[step + 1] - step_begins_[step] : 0;
  }
  /// The row of token `step` of sentence `sequence`.
  Index Row(Index sequence, Index step) const { return step_begins_[step] + sequence; }

  /// The rows of one step of a packed matrix or operand.
  template <typename Matrix>
  Matrix Step(const Matrix& packed, Index step) const {
    return packed.Rows(step_begin(step), step_begin(step) + step_rows(step));
  }

  std::span<const Index> lengths() const { return lengths_; }
  std::span<const Index> step_begins() const { return step_begins_; }

 private:
  std::vector<Index> lengths_;
  std::vector<Index> step_begins_;
  Index num_tokens_ = 0;
};

}  // namespace talmach
