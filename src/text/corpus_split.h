// Divides a corpus into training, validation and test pairs that share no text.
//
// Two pairs with the same source text, or with the same target text, belong to one group, and so do
// the pairs that are linked by a chain of such pairs: a group is a connected component. Groups come
// in an order that the seed chooses; each goes into the test set if there is room for it, or else
// into the validation set, or else into the training set. So no sentence is on two sides, no pair
// is lost, and the sets have exactly the sizes asked for. A group that would be more than a
// twentieth of a set (a greeting with all its translations, and everything these translate) does
// not go into it, nor does a group with an empty text: such sets would say little.
//
// Texts are compared by their hashes, without white space at their ends. Two texts that share a
// hash count as equal, which puts groups together that could be apart, and nothing worse. Memory:
// about 60 bytes per pair.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace talmach {

enum class CorpusPart : std::uint8_t { kTrain, kValid, kTest };

struct SplitOptions {
  Index num_valid = 1000;  // pairs
  Index num_test = 1000;
  std::uint64_t seed = 1;
};

/// One thread at a time.
class CorpusSplitter {
 public:
  /// The next pair of the corpus.
  void Add(std::string_view source, std::string_view target);
  Index num_pairs() const { return static_cast<Index>(sources_.size()); }

  /// The part of each pair, in the order of the corpus. The sets may be smaller than asked for, if
  /// there are too few small groups.
  std::vector<CorpusPart> Split(const SplitOptions& options) const;

 private:
  std::vector<std::uint64_t> sources_;  // hashes
  std::vector<std::uint64_t> targets_;
};

}  // namespace talmach
