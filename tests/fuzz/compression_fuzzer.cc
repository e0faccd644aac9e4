// Any bytes are compressed data that unpack to the same whatever pieces they come in and leave in,
// or are refused with a DataError at the same place; and what is packed is unpacked again. The
// first byte chooses the format, the second the size of the pieces.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "fuzz/fuzz_file.h"
#include "text/compression.h"

namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;  // of a few bytes may come gigabytes

struct Result {
  std::string bytes;
  bool refused = false;

  bool operator==(const Result&) const = default;
};

Result Unpack(const char* name, std::string_view packed, std::size_t input_size,
              std::size_t output_size) {
  const auto decompressor = talmach::MakeDecompressor(name, name);
  std::vector<char> buffer(output_size);
  Result result;
  try {
    while (!packed.empty()) {
      std::string_view piece = packed.substr(0, input_size);
      packed.remove_prefix(piece.size());
      while (const talmach::Index size =
                 decompressor->Decompress(&piece, buffer.data(), std::ssize(buffer))) {
        result.bytes.append(buffer.data(), static_cast<std::size_t>(size));
        if (result.bytes.size() < kMaxBytes) continue;
        result.bytes.resize(kMaxBytes);
        return result;
      }
      talmach::Check(piece.empty());
    }
    decompressor->CheckEnd();
  } catch (const talmach::DataError&) {
    result.refused = true;
  }
  return result;
}

std::string Pack(const char* name, std::string_view bytes) {
  const auto compressor = talmach::MakeCompressor(name);
  std::string packed =
      compressor->Compress(bytes.substr(0, bytes.size() / 2), talmach::Compressor::Until::kHere);
  return packed +
         compressor->Compress(bytes.substr(bytes.size() / 2), talmach::Compressor::Until::kEnd);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  const char* name = bytes[0] % 2 == 0 ? "f.gz" : "f.zst";
  const std::size_t piece = 1 + bytes[1];
  const std::string_view packed = talmach::AsText(bytes + 2, size - 2);
  const Result whole = Unpack(name, packed, std::max<std::size_t>(packed.size(), 1), 65536);
  const Result parts = Unpack(name, packed, piece, 1 + piece % 16);
  talmach::Check(whole.refused == parts.refused);
  // What was unpacked before the damage was seen depends on the pieces.
  const std::size_t common = std::min(whole.bytes.size(), parts.bytes.size());
  talmach::Check(whole.refused ? whole.bytes.compare(0, common, parts.bytes, 0, common) == 0
                               : whole == parts);
  const Result again = Unpack(name, Pack(name, packed), piece, 4096);
  talmach::Check(!again.refused && again.bytes == packed);
  return 0;
}
