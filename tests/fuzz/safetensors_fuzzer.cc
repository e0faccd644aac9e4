// Any bytes are refused with a CheckpointError or give tensors that can be read.

#include "base/error.h"
#include "fuzz/fuzz_file.h"
#include "io/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  try {
    const talmach::SafetensorsFile file(
        talmach::WriteFuzzFile("f.safetensors", talmach::AsText(bytes, size)));
    [[maybe_unused]] volatile float sink = 0;
    for (const std::string& name : file.names()) {
      std::visit(
          [&](const auto& view) {
            for (const auto value : view.span()) sink = static_cast<float>(value);
          },
          file.GetAny(name));
    }
    file.Verify();
  } catch (const talmach::CheckpointError&) {
  }
  return 0;
}
