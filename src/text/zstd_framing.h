// Tells whether a .zst file is whole, and how much memory it asks for: Boost.Iostreams takes the
// end of the input for the end of the data, wherever it comes, and gives any frame the window it
// names. Internal to text.
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
  /// Bytes of text that the decompressor must keep at once, the most of all frames so far.
  std::uint64_t largest_window() const { return largest_window_; }

 private:
  enum class State { kMagic, kSkippableSize, kDescriptor, kFrameHeader, kBlockHeader, kDamaged };

  void Expect(State state, std::size_t num_bytes);
  void ReadHeader();
  void ReadDescriptor(unsigned char descriptor);
  void ReadFrameHeader(std::string_view header);
  void ReadBlockHeader(std::uint32_t header);

  State state_ = State::kMagic;
  std::size_t header_bytes_ = 4;  // of the present header, which `state_` names
  std::string header_;            // those seen so far
  unsigned char descriptor_ = 0;  // of the present frame
  std::uint64_t largest_window_ = 0;
  std::uint64_t to_skip_ = 0;  // bytes before the next header
};

}  // namespace talmach
