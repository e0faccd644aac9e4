// N-grams of one line as paths in a trie: the n-gram (a, b, c) is the node reached from the root by
// a, b, c. Each step is one hash look-up of (node, symbol), nodes are dense ids, and two n-grams
// are the same exactly if their nodes are; no n-gram is ever built as a string or compared.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace talmach {

/// Maps (number, number) to dense ids 1, 2, …; made to be cleared for every line without cost.
/// Not thread-safe.
class PairInterner {
 public:
  PairInterner();

  /// Forgets all pairs.
  void Clear();
  /// The id of the pair, which is added if it is new.
  std::int32_t Intern(std::uint32_t first, std::uint32_t second);
  /// The id of the pair, or 0.
  std::int32_t Find(std::uint32_t first, std::uint32_t second) const;
  std::int32_t size() const { return size_; }

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t generation = 0;  // the slot is free if this is not the interner's generation
    std::int32_t id = 0;
  };
  std::size_t SlotOf(std::uint64_t key) const;
  void Grow();

  std::vector<Slot> slots_;  // a power of two, at most half full
  std::uint32_t generation_ = 1;
  std::int32_t size_ = 0;
};

/// Counts the n-grams of references and matches those of hypotheses against them. Symbols are any
/// 32-bit numbers: ids of words, code points. Not thread-safe; one per thread.
class NgramTrie {
 public:
  /// Forgets all references.
  void Clear();
  /// Adds a reference. An n-gram's count is its largest count in any one reference.
  void AddReference(const std::vector<std::uint32_t>& symbols, Index max_order);
  /// Adds to matches[n - 1] the sum over distinct n-grams of min(count here, count in references).
  void CountMatches(const std::vector<std::uint32_t>& symbols, Index max_order, double* matches);

 private:
  struct Node {
    std::int32_t reference_count = 0;  // largest count in one reference
    std::int32_t current_count = 0;    // in the sequence of the running call
    std::int32_t current_call = 0;     // current_count is 0 if this is another call's number
  };
  /// Counts one more of this node in the running call and returns the count.
  std::int32_t Increment(Node* node) const;

  PairInterner children_;
  std::vector<Node> nodes_ = std::vector<Node>(1);  // [0] is the root
  std::int32_t call_ = 0;
};

/// Ids for the words of one line. Words are not copied: they must outlive the next Clear.
class WordInterner {
 public:
  void Clear();
  std::uint32_t Intern(std::string_view word);
  void Intern(const std::vector<std::string_view>& words, std::vector<std::uint32_t>* ids);

 private:
  PairInterner hashes_;                  // (hash, how many other words had the same one) → id
  std::vector<std::string_view> words_;  // of id − 1
};

}  // namespace talmach
