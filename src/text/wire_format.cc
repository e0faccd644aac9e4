// Tested by tests/text/tokenizer_test.cc.
#include "text/wire_format.h"

#include <limits>

namespace talmach {
namespace {

enum WireType { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

void AppendVarint(std::uint64_t value, std::string* message) {
  for (; value >= 0x80; value >>= 7) *message += static_cast<char>(value | 0x80);
  *message += static_cast<char>(value);
}

}  // namespace

std::optional<WireReader::Field> WireReader::Next() {
  while (!rest_.empty() && !damaged_) {
    const std::uint64_t tag = ReadVarint();
    if (tag > std::numeric_limits<std::uint32_t>::max()) damaged_ = true;
    switch (tag & 7) {
      case kVarint: {
        const std::uint64_t value = ReadVarint();
        if (!damaged_) return Field{.number = tag >> 3, .value = value};
        break;
      }
      case kFixed64:
        Take(8);
        break;
      case kFixed32:
        Take(4);
        break;
      case kLengthDelimited: {
        const std::string_view bytes = Take(ReadVarint());
        if (!damaged_) return Field{.number = tag >> 3, .bytes = bytes};
        break;
      }
      default:
        damaged_ = true;
    }
  }
  return std::nullopt;
}

std::uint64_t WireReader::ReadVarint() {
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

std::string_view WireReader::Take(std::uint64_t size) {
  if (size > rest_.size()) damaged_ = true;
  if (damaged_) return {};
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

void AppendField(std::uint64_t number, std::string_view bytes, std::string* message) {
  AppendVarint(number << 3 | kLengthDelimited, message);
  AppendVarint(bytes.size(), message);
  *message += bytes;
}

void AppendField(std::uint64_t number, std::uint64_t value, std::string* message) {
  AppendVarint(number << 3 | kVarint, message);
  AppendVarint(value, message);
}

}  // namespace talmach
