#include "io/safetensors.h"

#include "base/checksum.h"
#include "io/safetensors_format.h"

namespace talmach {

std::string_view TypeName(const AnyView& tensor) {
  return std::holds_alternative<ConstView>(tensor) ? "F32" : "I8";
}

std::string ShapeText(const AnyView& tensor) {
  return std::visit([](const auto& view) { return view.ShapeText(); }, tensor);
}

std::string_view BytesOf(const AnyView& tensor) {
  return std::visit(
      [](const auto& view) -> std::string_view {
        return {reinterpret_cast<const char*>(view.data()), view.span().size_bytes()};
      },
      tensor);
}

std::string HeaderChecksum(nlohmann::json header) {
  header[kMetadataKey].erase(kChecksumKey);
  return ChecksumOf(header.dump());
}

}  // namespace talmach
