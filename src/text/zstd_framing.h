// Tells whether a .zst file is whole. Boost.Iostreams takes the end of the input for the end of
// the data, wherever it comes. Internal to text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace talmach {

/// Follows the frames and blocks of Zstandard data (RFC 8878, section 3.1) by their sizes, without
/// looking into blocks. Contents are checked by the decompressor.
class ZstdFraming {
 public:
  /// The next bytes of the file.
  void Update(std::string_view bytes);
  /// True between frames: the data may end here.
  bool AtFrameEnd() const { return state_ == State::kMagic && header_.empty() && to_skip_ == 0; }

 private:
  enum class State { kMagic, kSkippableSize, kDescriptor, kBlockHeader, kDamaged };

  void ReadHeader();
  void ReadDescriptor(std::uint32_t descriptor);
  void ReadBlockHeader(std::uint32_t header);

  State state_ = State::kMagic;
  std::string header_;         // the bytes of the present header seen so far
  std::uint64_t to_skip_ = 0;  // bytes before the next header
  bool has_checksum_ = false;  // of the present frame
};

}  // namespace talmach
