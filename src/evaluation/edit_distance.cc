// The search for shifts, from the inside out.
//
// FillRow computes a row of the edit distance from the row above, for one hypothesis word. All rows
// give forward_: [i, j] is the distance from the first i words to the first j reference words.
// backward_ holds the distances from there to the end. A path must cross every row, so for any row
// i
//
//   distance = min_j forward_[i, j] + backward_[i, j].
//
// A shift of a block rearranges the words of one region and leaves all rows before and behind it as
// they were. DistanceAfter therefore starts from forward_ above the region, computes the rows of
// the region with the words in their new order, and joins the result to backward_ below it.
//
// FindBestShift visits every block that occurs in the reference, is wrong where it stands, and
// whose place in the reference is wrong too (running counts of errors answer that in constant
// time), and tries it behind the hypothesis words that the reference's words are aligned to. The
// best shift is applied, both matrices are computed anew, and the search begins again, until no
// shift gains anything or 1,000 shifts have been tried for the line.
#include "evaluation/edit_distance.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/error.h"
#include "base/stop.h"

namespace talmach {
namespace {

constexpr Index kMaxShiftLength = 10;    // words
constexpr Index kMaxShiftDistance = 50;  // words
constexpr Index kMaxTriedShifts = 1000;  // per line
constexpr Index kBeamWidth = 25;         // columns on each side of the diagonal
constexpr std::int32_t kUnreachable = 1 << 29;

// Whether any of `length` words from `start` on is wrong.
bool HasError(const std::vector<Index>& running_errors, Index start, Index length) {
  return running_errors[start + length] > running_errors[start];
}

}  // namespace

Index EditCounter::Count(std::span<const std::uint32_t> hypothesis,
                         std::span<const std::uint32_t> reference) {
  if (reference.empty()) return static_cast<Index>(hypothesis.size());
  words_.assign(hypothesis.begin(), hypothesis.end());
  reference_ = reference;
  num_words_ = static_cast<Index>(hypothesis.size());
  num_reference_ = static_cast<Index>(reference.size());
  stride_ = num_reference_ + 1;
  SetBeam();
  ComputeForward();
  num_tried_ = 0;
  Index num_shifts = 0;
  for (Shift shift; distance() > 0 && FindBestShift(&shift); ++num_shifts) {
    Apply(shift, &shifted_);
    words_.swap(shifted_);
    ComputeForward();
  }
  return num_shifts + distance();
}

void EditCounter::SetBeam() {
  const double ratio =
      num_words_ == 0 ? 1.0 : static_cast<double>(num_reference_) / static_cast<double>(num_words_);
  // Wider where the lengths differ so much that the beams of two rows would not meet.
  const Index width = static_cast<double>(kBeamWidth) < ratio / 2
                          ? static_cast<Index>(std::ceil(ratio / 2 + kBeamWidth))
                          : kBeamWidth;
  beam_begin_.assign(num_words_ + 1, 0);
  beam_end_.assign(num_words_ + 1, stride_);
  for (Index row = 1; row <= num_words_; ++row) {
    const auto diagonal = static_cast<Index>(std::floor(static_cast<double>(row) * ratio));
    beam_begin_[row] = std::max<Index>(0, diagonal - width);
    if (row < num_words_) beam_end_[row] = std::min(stride_, diagonal + width);
  }
}

// Columns outside the beam stay unreachable.
void EditCounter::FillRow(Index row, std::uint32_t word, const std::int32_t* above,
                          std::int32_t* out) const {
  const Index begin = beam_begin_[row], end = beam_end_[row];
  std::fill(out, out + begin, kUnreachable);
  std::fill(out + end, out + stride_, kUnreachable);
  std::int32_t left = kUnreachable;
  for (Index column = begin; column < end; ++column) {
    std::int32_t cost = std::min(above[column], left) + 1;
    if (column > 0) {
      cost = std::min(cost, above[column - 1] + (word != reference_[column - 1] ? 1 : 0));
    }
    left = out[column] = std::min(cost, kUnreachable);
  }
}

void EditCounter::ComputeForward() {
  forward_.resize((num_words_ + 1) * stride_);
  for (Index column = 0; column < stride_; ++column) {
    forward_[column] = static_cast<std::int32_t>(column);
  }
  for (Index row = 1; row <= num_words_; ++row) {
    std::int32_t* out = &forward_[row * stride_];
    FillRow(row, words_[row - 1], out - stride_, out);
  }
}

void EditCounter::ComputeBackward() {
  backward_is_current_ = true;
  backward_.assign((num_words_ + 1) * stride_, kUnreachable);
  for (Index row = num_words_; row >= 0; --row) {
    std::int32_t* out = &backward_[row * stride_];
    const std::int32_t* below = out + stride_;
    if (row == num_words_) out[num_reference_] = 0;
    for (Index column = beam_end_[row] - 1; column >= beam_begin_[row]; --column) {
      std::int32_t cost = out[column];
      if (column < num_reference_) cost = std::min(cost, out[column + 1] + 1);
      if (row < num_words_) {
        cost = std::min(cost, below[column] + 1);
        if (column < num_reference_) {
          cost = std::min(cost, below[column + 1] + (words_[row] != reference_[column] ? 1 : 0));
        }
      }
      out[column] = std::min(cost, kUnreachable);
    }
  }
}

// Walks back from the end of the matrix. Among equal ways substitution (or a match) comes first,
// then leaving out a hypothesis word, then filling in a reference word.
void EditCounter::Align() {
  aligned_.assign(num_reference_, -1);
  std::vector<char> word_is_wrong(num_words_, 1), reference_is_wrong(num_reference_, 1);
  Index row = num_words_, column = num_reference_;
  while (row > 0 || column > 0) {
    const std::int32_t* cell = &forward_[row * stride_ + column];
    Require(*cell < kUnreachable, "the edit distance's beam lost its way");
    const bool match = row > 0 && column > 0 && words_[row - 1] == reference_[column - 1];
    if (row > 0 && column > 0 && *cell == cell[-stride_ - 1] + (match ? 0 : 1)) {
      --row, --column;
      aligned_[column] = row;
      word_is_wrong[row] = reference_is_wrong[column] = !match;
    } else if (row > 0 && *cell == cell[-stride_] + 1) {
      --row;
    } else {
      --column;
      aligned_[column] = row - 1;
    }
  }
  auto accumulate = [](const std::vector<char>& wrong, std::vector<Index>* running) {
    running->assign(1, 0);
    for (const char is_wrong : wrong) running->push_back(running->back() + is_wrong);
  };
  accumulate(word_is_wrong, &word_errors_);
  accumulate(reference_is_wrong, &reference_errors_);
}

// Looks for a shift that lowers the distance; false if there is none or too many were tried.
bool EditCounter::FindBestShift(Shift* best) {
  Align();
  backward_is_current_ = false;
  Index best_gain = -kUnreachable;
  for (Index word = 0; word < num_words_ && num_tried_ < kMaxTriedShifts; ++word) {
    StopPoint();  // a long sentence takes seconds
    if (!HasError(word_errors_, word, std::min(kMaxShiftLength, num_words_ - word))) continue;
    const Index first = std::max<Index>(0, word - kMaxShiftDistance);
    const Index last = std::min(num_reference_ - 1, word + kMaxShiftDistance);
    for (Index place = first; place <= last && num_tried_ < kMaxTriedShifts; ++place) {
      const Index longest = std::min({kMaxShiftLength, num_words_ - word, num_reference_ - place});
      for (Index length = 1; length <= longest; ++length) {
        if (words_[word + length - 1] != reference_[place + length - 1]) break;
        if (!IsWorthShifting(word, place, length)) continue;
        TryTargets(word, place, length, best, &best_gain);
        if (num_tried_ >= kMaxTriedShifts) break;
      }
    }
  }
  return best_gain > 0 && num_tried_ < kMaxTriedShifts;
}

bool EditCounter::IsWorthShifting(Index hypothesis_start, Index reference_start,
                                  Index length) const {
  const Index place = aligned_[reference_start];
  const bool within_itself = place >= hypothesis_start && place < hypothesis_start + length;
  return !within_itself && HasError(word_errors_, hypothesis_start, length) &&
         HasError(reference_errors_, reference_start, length);
}

// Tries to put the block behind each hypothesis word that its reference words, or the word before
// them, are aligned to.
void EditCounter::TryTargets(Index hypothesis_start, Index reference_start, Index length,
                             Shift* best, Index* best_gain) {
  Index previous = -1;
  for (Index place = reference_start - 1; place < reference_start + length; ++place) {
    const Index target = place < 0 ? 0 : aligned_[place] + 1;
    if (target == previous) continue;
    previous = target;
    const Shift shift{.start = hypothesis_start, .length = length, .target = target};
    const Index gain = distance() - DistanceAfter(shift);
    ++num_tried_;
    // Among equal gains the longest, then the leftmost, then the one that goes furthest left.
    if (std::tuple(gain, length, -shift.start, -target) >
        std::tuple(*best_gain, best->length, -best->start, -best->target)) {
      *best_gain = gain;
      *best = shift;
    }
  }
}

Index EditCounter::DistanceAfter(const Shift& shift) {
  if (!backward_is_current_) ComputeBackward();
  const Region region = Apply(shift, &shifted_);
  row_.assign(forward_.begin() + region.begin * stride_,
              forward_.begin() + (region.begin + 1) * stride_);
  next_row_.resize(stride_);
  for (Index row = region.begin + 1; row <= region.end; ++row) {
    FillRow(row, shifted_[row - 1], row_.data(), next_row_.data());
    row_.swap(next_row_);
  }
  const std::int32_t* rest = &backward_[region.end * stride_];
  std::int32_t shortest = kUnreachable;
  for (Index column = 0; column < stride_; ++column) {
    shortest = std::min(shortest, row_[column] + rest[column]);
  }
  return shortest;
}

EditCounter::Region EditCounter::Apply(const Shift& shift,
                                       std::vector<std::uint32_t>* words) const {
  const Index start = shift.start, end = shift.start + shift.length;
  *words = words_;
  const auto at = [words](Index position) { return words->begin() + position; };
  if (shift.target < start) {
    std::rotate(at(shift.target), at(start), at(end));
    return {shift.target, end};
  }
  // A target inside the block means as many words behind the block.
  const Index behind =
      shift.target > end ? shift.target : std::min(num_words_, shift.target + shift.length);
  std::rotate(at(start), at(end), at(std::max(end, behind)));
  return {start, std::max(end, behind)};
}

}  // namespace talmach
