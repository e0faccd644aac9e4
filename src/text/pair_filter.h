// Which pairs of a corpus are worth training on, by their texts alone.
//
// White space at the ends of a line does not count. What is measured in characters is measured in
// code points, so that no tokenizer is needed:
//
//   empty             a side without characters
//   too long          a side of more than max_characters
//   length ratio      characters of the longer side ÷ those of the shorter one > max_length_ratio
//   identical         both sides are the same text
//   too few letters   letters ÷ characters that are not white space < min_letters on a side; marks,
//                     which spell vowels in Devanagari or Arabic, are letters
//   duplicate         the same pair of lines was kept before
//
// A pair is counted under the first of these that applies, in this order. All but the last are a
// function of the pair; a duplicate is one of the pairs before it, in the order of the corpus.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/types.h"
#include "text/seen_hashes.h"

namespace talmach {

enum class DropReason { kEmpty, kTooLong, kLengthRatio, kIdentical, kFewLetters, kDuplicate };
inline constexpr std::size_t kNumDropReasons = 6;

/// "empty", "too_long", "length_ratio", "identical", "few_letters", "duplicate".
std::string_view ToString(DropReason reason);

/// Empty pairs are always left out.
struct PairFilterOptions {
  Index max_characters = 0;       // 0: any number
  double max_length_ratio = 0.0;  // at least 1; 0: any ratio
  bool identical = false;         // leave out pairs of identical sides
  double min_letters = 0.0;       // share of a side, up to 1; 0: any
  bool duplicates = false;        // leave out the second of two equal pairs, and the rest

  bool operator==(const PairFilterOptions&) const = default;
};

/// Why a pair is left out, whatever other pairs there are; none: it is kept. Texts are well-formed
/// UTF-8. Thread-safe.
std::optional<DropReason> JudgePair(const PairFilterOptions& options, std::string_view source,
                                    std::string_view target);

/// What became of the pairs of a corpus.
struct PairCounts {
  Index num_pairs = 0;
  std::array<Index, kNumDropReasons> dropped = {};  // by DropReason

  Index num_dropped() const;
  /// "of 29,000 pairs left out: 3 empty, 12 with a length ratio above 3", or "" if all were kept.
  std::string Summary(const PairFilterOptions& options) const;

  bool operator==(const PairCounts&) const = default;
};

/// Judges the pairs of a corpus in their order, and counts. Memory: that of SeenHashes, with
/// `duplicates` only; a pair that has the hash of another is lost with the probability told there.
/// One thread at a time.
class PairFilter {
 public:
  /// Remembers at most `most_different` pairs, to find duplicates.
  explicit PairFilter(const PairFilterOptions& options, Index most_different = SeenHashes::kMost)
      : options_(options), seen_(most_different) {}

  /// Why the next pair is left out; none: it is kept.
  std::optional<DropReason> Judge(std::string_view source, std::string_view target);

  const PairCounts& counts() const { return counts_; }
  /// The summary of the counts.
  std::string Summary() const { return counts_.Summary(options_); }
  /// Different pairs that were not remembered, as there were too many: duplicates of these, though
  /// not of the pairs before them, were kept.
  Index num_forgotten() const { return num_forgotten_; }

 private:
  bool IsDuplicate(std::string_view source, std::string_view target);

  PairFilterOptions options_;
  PairCounts counts_;
  SeenHashes seen_;
  Index num_forgotten_ = 0;
  std::string pair_;  // both texts; kept for its memory
};

/// The same for equal pairs, and with the odds of HashOf different for others. `*buffer` is memory
/// that is used again.
std::uint64_t HashOfPair(std::string_view source, std::string_view target, std::string* buffer);

}  // namespace talmach
