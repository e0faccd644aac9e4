#include "text/zstd_framing.h"

#include <algorithm>
#include <array>
#include <utility>

namespace talmach {
namespace {

constexpr std::uint32_t kFrameMagic = 0xFD2FB528u;
constexpr std::uint32_t kSkippableMagic = 0x184D2A50u;  // the last four bits vary

constexpr std::array<std::size_t, 4> kDictionaryBytes = {0, 1, 2, 4};
constexpr std::array<std::size_t, 4> kContentSizeBytes = {0, 2, 4, 8};

std::uint64_t LittleEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) {
    value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
  }
  return value;
}

// The fields of a frame's descriptor. A frame of a single segment is its own window.
bool IsSingleSegment(unsigned char descriptor) { return (descriptor & 0x20) != 0; }
bool HasChecksum(unsigned char descriptor) { return (descriptor & 0x04) != 0; }
std::size_t ContentSizeBytes(unsigned char descriptor) {
  const std::size_t bytes = kContentSizeBytes[descriptor >> 6];
  return bytes == 0 && IsSingleSegment(descriptor) ? 1 : bytes;
}

// 2^(10 + exponent) · (1 + mantissa / 8).
std::uint64_t WindowSize(unsigned char window) {
  const std::uint64_t base = std::uint64_t{1} << (10 + (window >> 3));
  return base + base / 8 * (window & 7);
}

}  // namespace

void ZstdFraming::Update(std::string_view bytes) {
  while (!bytes.empty() && state_ != State::kDamaged) {
    const std::size_t skipped = std::min<std::uint64_t>(to_skip_, bytes.size());
    to_skip_ -= skipped;
    bytes.remove_prefix(skipped);
    const std::string_view part = bytes.substr(0, header_bytes_ - header_.size());
    header_ += part;
    bytes.remove_prefix(part.size());
    if (header_.size() == header_bytes_) ReadHeader();
  }
}

void ZstdFraming::Expect(State state, std::size_t num_bytes) {
  state_ = state;
  header_bytes_ = num_bytes;
}

void ZstdFraming::ReadHeader() {
  const std::string header = std::exchange(header_, {});
  const std::uint64_t value = LittleEndian(header);
  switch (state_) {
    case State::kMagic:
      if (value == kFrameMagic) {
        Expect(State::kDescriptor, 1);
      } else if ((value & ~std::uint64_t{15}) == kSkippableMagic) {
        Expect(State::kSkippableSize, 4);
      } else {
        state_ = State::kDamaged;
      }
      break;
    case State::kSkippableSize:
      to_skip_ = value;
      Expect(State::kMagic, 4);
      break;
    case State::kDescriptor:
      ReadDescriptor(static_cast<unsigned char>(value));
      break;
    case State::kFrameHeader:
      ReadFrameHeader(header);
      break;
    case State::kBlockHeader:
      ReadBlockHeader(static_cast<std::uint32_t>(value));
      break;
    case State::kDamaged:
      break;
  }
}

// Window size, dictionary id and content size follow, each of them only sometimes.
void ZstdFraming::ReadDescriptor(unsigned char descriptor) {
  descriptor_ = descriptor;
  const std::size_t window_bytes = IsSingleSegment(descriptor) ? 0 : 1;
  Expect(State::kFrameHeader,
         window_bytes + kDictionaryBytes[descriptor & 3] + ContentSizeBytes(descriptor));
}

void ZstdFraming::ReadFrameHeader(std::string_view header) {
  std::uint64_t window = 0;
  if (IsSingleSegment(descriptor_)) {
    // A size of two bytes counts from 256; here it does not matter.
    window = LittleEndian(header.substr(kDictionaryBytes[descriptor_ & 3]));
  } else {
    window = WindowSize(static_cast<unsigned char>(header.front()));
  }
  largest_window_ = std::max(largest_window_, window);
  Expect(State::kBlockHeader, 3);
}

void ZstdFraming::ReadBlockHeader(std::uint32_t header) {
  constexpr std::uint32_t kRunLength = 1;  // one byte, repeated
  const bool last = (header & 1) != 0;
  const std::uint32_t type = header >> 1 & 3;
  to_skip_ = type == kRunLength ? 1 : header >> 3;
  if (!last) return;
  if (HasChecksum(descriptor_)) to_skip_ += 4;
  Expect(State::kMagic, 4);
}

}  // namespace talmach
