// Tested by tests/io/safetensors_test.cc.
//
// The checksums are in the header, so the data is hashed before anything is written. The header's
// own checksum covers its JSON with sorted keys and without itself, which any JSON library can
// reproduce. Spaces pad the header to a multiple of eight bytes, so that the data behind it is
// aligned.
#include <array>
#include <bit>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/checksum.h"
#include "base/error.h"
#include "base/utf8.h"
#include "io/safetensors.h"
#include "io/safetensors_format.h"

namespace talmach {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

nlohmann::json Shape(const AnyView& tensor) {
  nlohmann::json shape = nlohmann::json::array();
  std::visit(
      [&](const auto& view) {
        for (int i = 0; i < view.rank(); ++i) shape.push_back(view.dim(i));
      },
      tensor);
  return shape;
}

void AddMetadata(const std::string& key, const std::string& value, nlohmann::json* header) {
  Require(!key.starts_with(kChecksumKey), "metadata keys do not start with xxh3");
  Require(IsValidUtf8(key) && IsValidUtf8(value), "metadata is UTF-8");
  (*header)[kMetadataKey][key] = value;
}

nlohmann::json Header(const std::vector<NamedTensor>& tensors,
                      const SafetensorsMetadata& metadata) {
  nlohmann::json header = {{kMetadataKey, nlohmann::json::object()}};
  for (const auto& [key, value] : metadata) AddMetadata(key, value, &header);
  Index offset = 0;
  for (const auto& [name, tensor] : tensors) {
    Require(TypeName(tensor) == "I8" || offset % static_cast<Index>(alignof(float)) == 0,
            "float32 data is aligned");
    Require(!name.empty() && IsValidUtf8(name) && name != kMetadataKey && !header.contains(name),
            "tensor names are unique, UTF-8 and not empty");
    const std::string_view bytes = BytesOf(tensor);
    const Index end = offset + static_cast<Index>(bytes.size());
    header[name] = {
        {"dtype", TypeName(tensor)}, {"shape", Shape(tensor)}, {"data_offsets", {offset, end}}};
    header[kMetadataKey][TensorChecksumKey(name)] = ChecksumOf(bytes);
    offset = end;
  }
  header[kMetadataKey][kChecksumKey] = HeaderChecksum(header);
  return header;
}

// The length and the header as bytes; data that follows is aligned.
std::string HeaderBytes(const nlohmann::json& header) {
  std::string text = header.dump();
  text.resize(static_cast<std::size_t>(RoundUp(static_cast<Index>(text.size()), 8)), ' ');
  Require(static_cast<Index>(text.size()) <= SafetensorsFile::kMaxHeaderBytes,
          "the header has less than the bytes a reader accepts");
  const auto length = std::bit_cast<std::array<char, 8>>(std::uint64_t{text.size()});
  return std::string(length.begin(), length.end()) + text;
}

}  // namespace

void WriteSafetensors(const std::string& path, const std::vector<NamedTensor>& tensors,
                      const SafetensorsMetadata& metadata, const AtomicFileOptions& options) {
  const std::string header = HeaderBytes(Header(tensors, metadata));
  std::size_t num_bytes = header.size();
  for (const NamedTensor& tensor : tensors) num_bytes += BytesOf(tensor.tensor).size();
  AtomicFile file(path, static_cast<Index>(num_bytes), options);
  file.Write(header);
  for (const NamedTensor& tensor : tensors) file.Write(BytesOf(tensor.tensor));
  file.Commit();
}

}  // namespace talmach
