#include "base/piece_marks.h"

#include "base/utf8.h"

namespace talmach {
namespace {

constexpr std::string_view kBytePrefix = "<0x";
constexpr std::string_view kDigits = "0123456789ABCDEF";

}  // namespace

std::string BytePiece(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  return std::string(kBytePrefix) + kDigits[value >> 4] + kDigits[value & 15] + '>';
}

std::optional<char> ByteOfPiece(std::string_view piece) {
  if (piece.size() != kBytePrefix.size() + 3 || !piece.starts_with(kBytePrefix)) return {};
  const std::size_t high = kDigits.find(piece[3]), low = kDigits.find(piece[4]);
  if (high == kDigits.npos || low == kDigits.npos || piece[5] != '>') return {};
  return static_cast<char>(high << 4 | low);
}

std::string JoinPieces(std::span<const std::string> pieces, std::string_view space) {
  std::string text;
  bool has_bytes = false;
  for (const std::string& piece : pieces) {
    if (const std::optional<char> byte = ByteOfPiece(piece)) {
      text += *byte == '\n' || *byte == '\r' ? ' ' : *byte;
      has_bytes = true;
    } else {
      text += piece;
    }
  }
  for (std::size_t at = 0; (at = text.find(kWordMark, at)) != text.npos; at += space.size()) {
    text.replace(at, kWordMark.size(), space);
  }
  return has_bytes ? RepairUtf8(text) : text;
}

}  // namespace talmach
