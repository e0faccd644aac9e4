// What the writer and the reader of safetensors files must agree on. Internal to io.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "io/safetensors.h"

namespace talmach {

inline constexpr const char* kMetadataKey = "__metadata__";
inline constexpr const char* kChecksumKey = "xxh3";

/// The metadata key of a tensor's checksum.
inline std::string TensorChecksumKey(const std::string& name) {
  return std::string(kChecksumKey) + ":" + name;
}

/// The data of a tensor.
std::string_view BytesOf(const AnyView& tensor);

/// The checksum of a header: of its JSON with sorted keys and no spaces, itself left out.
std::string HeaderChecksum(nlohmann::json header);

}  // namespace talmach
