#include "text/zstd_framing.h"

#include <algorithm>
#include <array>

namespace talmach {
namespace {

constexpr std::uint32_t kFrameMagic = 0xFD2FB528u;
constexpr std::uint32_t kSkippableMagic = 0x184D2A50u;  // the last four bits vary

std::uint32_t LittleEndian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) {
    value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
  }
  return value;
}

}  // namespace

void ZstdFraming::Update(std::string_view bytes) {
  static constexpr std::array<std::size_t, 4> kHeaderBytes = {4, 4, 1, 3};  // of each State
  while (!bytes.empty() && state_ != State::kDamaged) {
    const std::size_t skipped = std::min<std::uint64_t>(to_skip_, bytes.size());
    to_skip_ -= skipped;
    bytes.remove_prefix(skipped);
    const std::size_t missing = kHeaderBytes[static_cast<std::size_t>(state_)] - header_.size();
    const std::string_view part = bytes.substr(0, missing);
    header_ += part;
    bytes.remove_prefix(part.size());
    if (part.size() == missing) ReadHeader();
  }
}

void ZstdFraming::ReadHeader() {
  const std::uint32_t value = LittleEndian(header_);
  header_.clear();
  switch (state_) {
    case State::kMagic:
      state_ = value == kFrameMagic                              ? State::kDescriptor
               : (value & ~std::uint32_t{15}) == kSkippableMagic ? State::kSkippableSize
                                                                 : State::kDamaged;
      break;
    case State::kSkippableSize:
      to_skip_ = value;
      state_ = State::kMagic;
      break;
    case State::kDescriptor:
      ReadDescriptor(value);
      break;
    case State::kBlockHeader:
      ReadBlockHeader(value);
      break;
    case State::kDamaged:
      break;
  }
}

// Window size, dictionary id and content size follow, each of them only sometimes.
void ZstdFraming::ReadDescriptor(std::uint32_t descriptor) {
  static constexpr std::array<std::uint64_t, 4> kDictionaryBytes = {0, 1, 2, 4};
  static constexpr std::array<std::uint64_t, 4> kContentSizeBytes = {0, 2, 4, 8};
  const bool single_segment = (descriptor & 0x20) != 0;
  const std::uint32_t content_size = descriptor >> 6;
  has_checksum_ = (descriptor & 0x04) != 0;
  to_skip_ = kDictionaryBytes[descriptor & 3] + kContentSizeBytes[content_size];
  if (!single_segment || content_size == 0) to_skip_ += 1;  // window size, or a short content size
  state_ = State::kBlockHeader;
}

void ZstdFraming::ReadBlockHeader(std::uint32_t header) {
  constexpr std::uint32_t kRunLength = 1;  // one byte, repeated
  const bool last = (header & 1) != 0;
  const std::uint32_t type = header >> 1 & 3;
  to_skip_ = type == kRunLength ? 1 : header >> 3;
  if (!last) return;
  if (has_checksum_) to_skip_ += 4;
  state_ = State::kMagic;
}

}  // namespace talmach
