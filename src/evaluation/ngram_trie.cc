// Tested by tests/evaluation/text_test.cc.
//
// Interning (node, symbol) pairs. The table uses open addressing with linear probing, at most half
// full. To forget a line's n-grams costs nothing: slots carry the generation that wrote them, and
// Clear counts the generation up, which turns all slots free at once; the array is only wiped when
// the counter of generations wraps around.
//
// Matching clips: an n-gram of the hypothesis counts as matched while its number of occurrences so
// far does not exceed the reference's. The counts of the running call are reset lazily in the same
// way as the slots: a node remembers the call that it last counted for.
//
// Words are interned by their hash with a number behind it that tells words of equal hashes apart.
#include "evaluation/ngram_trie.h"

#include <algorithm>
#include <functional>

namespace talmach {
namespace {

constexpr std::size_t kInitialSlots = 1024;

// Spreads a key over all bits (the finaliser of SplitMix64, Steele et al. 2014).
std::uint64_t Mix(std::uint64_t key) {
  key = (key ^ (key >> 30)) * 0xBF58476D1CE4E5B9ull;
  key = (key ^ (key >> 27)) * 0x94D049BB133111EBull;
  return key ^ (key >> 31);
}

std::uint64_t Key(std::uint32_t first, std::uint32_t second) {
  return (static_cast<std::uint64_t>(first) << 32) | second;
}

}  // namespace

PairInterner::PairInterner() : slots_(kInitialSlots) {}

void PairInterner::Clear() {
  size_ = 0;
  if (++generation_ != 0) return;
  std::fill(slots_.begin(), slots_.end(), Slot{});
  generation_ = 1;
}

std::size_t PairInterner::SlotOf(std::uint64_t key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = Mix(key) & mask;
  while (slots_[slot].generation == generation_ && slots_[slot].key != key)
    slot = (slot + 1) & mask;
  return slot;
}

std::int32_t PairInterner::Find(std::uint32_t first, std::uint32_t second) const {
  const Slot& slot = slots_[SlotOf(Key(first, second))];
  return slot.generation == generation_ ? slot.id : 0;
}

std::int32_t PairInterner::Intern(std::uint32_t first, std::uint32_t second) {
  const std::uint64_t key = Key(first, second);
  Slot& slot = slots_[SlotOf(key)];
  if (slot.generation == generation_) return slot.id;
  const std::int32_t id = ++size_;
  slot = {.key = key, .generation = generation_, .id = id};
  if (2 * static_cast<std::size_t>(size_) > slots_.size()) Grow();
  return id;
}

void PairInterner::Grow() {
  std::vector<Slot> old(2 * slots_.size());
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.generation == generation_) slots_[SlotOf(slot.key)] = slot;
  }
}

void NgramTrie::Clear() {
  children_.Clear();
  nodes_.resize(1);
  call_ = 0;
}

std::int32_t NgramTrie::Increment(Node* node) const {
  if (node->current_call != call_) *node = {node->reference_count, 0, call_};
  return ++node->current_count;
}

void NgramTrie::AddReference(const std::vector<std::uint32_t>& symbols, Index max_order) {
  ++call_;
  const auto length = static_cast<Index>(symbols.size());
  for (Index start = 0; start < length; ++start) {
    const Index end = std::min(length, start + max_order);
    std::int32_t node = 0;
    for (Index position = start; position < end; ++position) {
      node = children_.Intern(static_cast<std::uint32_t>(node), symbols[position]);
      if (static_cast<std::size_t>(node) == nodes_.size()) nodes_.emplace_back();
      const std::int32_t count = Increment(&nodes_[node]);
      nodes_[node].reference_count = std::max(nodes_[node].reference_count, count);
    }
  }
}

void NgramTrie::CountMatches(const std::vector<std::uint32_t>& symbols, Index max_order,
                             double* matches) {
  ++call_;
  const auto length = static_cast<Index>(symbols.size());
  for (Index start = 0; start < length; ++start) {
    const Index end = std::min(length, start + max_order);
    std::int32_t node = 0;
    for (Index position = start; position < end; ++position) {
      node = children_.Find(static_cast<std::uint32_t>(node), symbols[position]);
      if (node == 0) break;  // longer n-grams from here are in no reference either
      if (Increment(&nodes_[node]) <= nodes_[node].reference_count) matches[position - start] += 1;
    }
  }
}

void WordInterner::Clear() {
  hashes_.Clear();
  words_.clear();
}

std::uint32_t WordInterner::Intern(std::string_view word) {
  const auto hash = static_cast<std::uint32_t>(std::hash<std::string_view>{}(word));
  for (std::uint32_t others = 0;; ++others) {
    const std::int32_t id = hashes_.Intern(hash, others);
    if (id > static_cast<std::int32_t>(words_.size())) words_.push_back(word);
    if (words_[id - 1] == word) return static_cast<std::uint32_t>(id);
  }
}

void WordInterner::Intern(const std::vector<std::string_view>& words,
                          std::vector<std::uint32_t>* ids) {
  ids->clear();
  for (const std::string_view word : words) ids->push_back(Intern(word));
}

}  // namespace talmach
