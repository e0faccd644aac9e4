#include "text/sentencepiece_guard.h"

#include <sentencepiece_trainer.h>

#include <cstdint>
#include <cstring>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace talmach {
namespace {

// Walks the fields of a message in protobuf's wire format (protobuf.dev, "Encoding").
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  /// The next length-delimited field; others are stepped over. None at the end or where the bytes
  /// are no message, which SentencePiece notices itself.
  struct Field {
    std::uint64_t number;
    std::string_view bytes;
  };
  std::optional<Field> Next() {
    while (!rest_.empty()) {
      const auto tag = ReadVarint();
      if (!tag) return std::nullopt;
      switch (*tag & 7) {
        case kVarint:
          if (!ReadVarint()) return std::nullopt;
          break;
        case kFixed64:
          if (!Take(8)) return std::nullopt;
          break;
        case kFixed32:
          if (!Take(4)) return std::nullopt;
          break;
        case kLengthDelimited: {
          const auto size = ReadVarint();
          const auto bytes = size ? Take(*size) : std::nullopt;
          if (!bytes) return std::nullopt;
          return Field{*tag >> 3, *bytes};
        }
        default:
          return std::nullopt;
      }
    }
    return std::nullopt;
  }

 private:
  enum WireType { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

  std::optional<std::uint64_t> ReadVarint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = Take(1);
      if (!byte) return std::nullopt;
      const auto bits = static_cast<unsigned char>(byte->front());
      value |= std::uint64_t{bits & 0x7Fu} << shift;
      if (bits < 0x80) return value;
    }
    return std::nullopt;
  }

  std::optional<std::string_view> Take(std::uint64_t size) {
    if (size > rest_.size()) return std::nullopt;
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
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
  if (trie_bytes >= map.size()) return true;  // the same
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
    if (unit(position).is_leaf()) continue;
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

std::string FindUnsafeTable(std::string_view model) {
  constexpr std::uint64_t kNormalizer = 3;  // fields of ModelProto
  constexpr std::uint64_t kDenormalizer = 5;
  constexpr std::uint64_t kCharacterMap = 2;  // a field of NormalizerSpec
  WireReader fields(model);
  while (const auto field = fields.Next()) {
    if (field->number != kNormalizer && field->number != kDenormalizer) continue;
    WireReader spec(field->bytes);
    while (const auto entry = spec.Next()) {
      if (entry->number == kCharacterMap && !IsSafeCharacterMap(entry->bytes)) {
        return "the character map of its normaliser points outside itself";
      }
    }
  }
  return "";
}

}  // namespace talmach
