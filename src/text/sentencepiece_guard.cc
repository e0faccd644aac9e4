// Tested by tests/text/tokenizer_test.cc.
#include "text/sentencepiece_guard.h"

#include <sentencepiece_trainer.h>

#include <cstdint>
#include <cstring>
#include <mutex>
#include <unordered_map>

#include "text/wire_format.h"

namespace talmach {
namespace {

// A unit of a double-array trie as darts-clone packs it into 32 bits.
struct TrieUnit {
  std::uint32_t bits;
  bool is_leaf() const { return bits >> 31 != 0; }
  bool has_leaf() const { return (bits >> 8 & 1) != 0; }
  std::uint32_t value() const { return bits & 0x7FFFFFFFu; }
  std::uint32_t offset() const { return (bits >> 10) << ((bits & 0x200u) >> 6); }
};

// A map of characters: the trie's size in bytes (32 bits), the trie, and a blob of strings that
// end with NUL, into which the trie's leaves point.
bool IsSafeCharacterMap(std::string_view map) {
  std::uint32_t trie_bytes = 0;
  if (map.size() <= sizeof(trie_bytes)) return true;  // refused by SentencePiece
  std::memcpy(&trie_bytes, map.data(), sizeof(trie_bytes));
  map.remove_prefix(sizeof(trie_bytes));
  // SentencePiece compares with the size that counts the four bytes before the trie.
  if (trie_bytes >= map.size()) return false;
  const std::string_view trie = map.substr(0, trie_bytes);
  const std::string_view strings = map.substr(trie_bytes);
  const std::uint32_t num_units = trie_bytes / sizeof(TrieUnit);
  if (num_units == 0 || strings.back() != '\0') return false;

  const auto unit = [&](std::uint32_t position) {
    TrieUnit loaded;
    std::memcpy(&loaded, trie.data() + position * sizeof(TrieUnit), sizeof(TrieUnit));
    return loaded;
  };
  for (std::uint32_t position = 0; position < num_units; ++position) {
    // Leaves are never walked through; where they are, the search ends. The root is not checked.
    if (position > 0 && unit(position).is_leaf()) continue;
    // A step goes from here to `base`, for a leaf, or to `base` xor a byte.
    const std::uint32_t base = position ^ unit(position).offset();
    if ((base | 0xFFu) >= num_units) return false;
    if (unit(position).has_leaf() && unit(base).value() >= strings.size()) return false;
  }
  return true;
}

}  // namespace

void SilenceSentencePiece() {
  // The level is a hidden global that only the trainer's options reach; without input the call
  // does nothing else.
  static std::once_flag once;
  std::call_once(once, [] {
    using Options = std::unordered_map<std::string, std::string>;
    sentencepiece::SentencePieceTrainer::Train(Options{{"minloglevel", "4"}}).IgnoreError();
  });
}

std::string FindDanger(std::string_view model) {
  constexpr std::uint64_t kNormalizer = 3;  // fields of ModelProto
  constexpr std::uint64_t kDenormalizer = 5;
  constexpr std::uint64_t kCharacterMap = 2;  // a field of NormalizerSpec
  // Two entries are a piece: itself and its text. An entry of two bytes takes a hundred in memory.
  constexpr int kMaxEntries = 600000;
  int num_entries = 0;
  WireReader fields(model);
  while (const auto field = fields.Next()) {
    if (field->value) continue;
    ++num_entries;
    if (field->number > kDenormalizer) continue;  // unknown here and to SentencePiece
    const bool normalizes = field->number == kNormalizer || field->number == kDenormalizer;
    WireReader entries(field->bytes);
    while (const auto entry = entries.Next()) {
      num_entries += entry->value ? 0 : 1;
      if (normalizes && entry->number == kCharacterMap && !IsSafeCharacterMap(entry->bytes)) {
        return "the character map of its normaliser points outside itself";
      }
    }
    if (entries.damaged()) return "one of its parts is damaged";
    if (num_entries > kMaxEntries) return "it has more than 300,000 pieces";
  }
  return fields.damaged() ? "its end is damaged or missing" : "";
}

}  // namespace talmach
