// Tested by tests/text/tokenizer_test.cc.
#include "text/sentencepiece_guard.h"

#include <sentencepiece_trainer.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace talmach {
namespace {

// Walks the fields of a message in protobuf's wire format (protobuf.dev, "Encoding"). What a model
// never has (groups, numbers that do not fit) counts as damage, so that protobuf and this reader
// cannot see different fields.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  struct Field {
    std::uint64_t number;
    std::string_view bytes;
  };
  // The next length-delimited field; others are stepped over. None at the end or at damage.
  std::optional<Field> Next() {
    while (!rest_.empty() && !damaged_) {
      const std::uint64_t tag = ReadVarint();
      if (tag > std::numeric_limits<std::uint32_t>::max()) damaged_ = true;
      switch (tag & 7) {
        case kVarint:
          ReadVarint();
          break;
        case kFixed64:
          Take(8);
          break;
        case kFixed32:
          Take(4);
          break;
        case kLengthDelimited: {
          const std::string_view bytes = Take(ReadVarint());
          if (!damaged_) return Field{tag >> 3, bytes};
          break;
        }
        default:
          damaged_ = true;
      }
    }
    return std::nullopt;
  }

  bool damaged() const { return damaged_; }

 private:
  enum WireType { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

  std::uint64_t ReadVarint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::string_view byte = Take(1);
      if (byte.empty()) return 0;
      const auto bits = static_cast<unsigned char>(byte.front());
      value |= std::uint64_t{bits & 0x7Fu} << shift;
      if (bits < 0x80) return value;
    }
    damaged_ = true;
    return 0;
  }

  std::string_view Take(std::uint64_t size) {
    if (size > rest_.size()) damaged_ = true;
    if (damaged_) return {};
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
  bool damaged_ = false;
};

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
    ++num_entries;
    if (field->number > kDenormalizer) continue;  // unknown here and to SentencePiece
    const bool normalizes = field->number == kNormalizer || field->number == kDenormalizer;
    WireReader entries(field->bytes);
    for (; const auto entry = entries.Next(); ++num_entries) {
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
