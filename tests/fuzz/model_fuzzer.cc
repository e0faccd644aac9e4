// Any header over any data is refused as a model with a CheckpointError or gives a model, in
// float32 and in int8, whose weights are all of the file's.

#include <algorithm>
#include <string>
#include <string_view>

#include "base/error.h"
#include "fuzz/fuzz_file.h"
#include "model/model_file.h"

namespace {

// The bytes up to the first NUL are the header, which so gets its right length; the rest is data.
std::string AsSafetensors(std::string_view bytes) {
  std::string header(bytes.substr(0, bytes.find('\0')));
  const std::string_view data = bytes.substr(std::min(bytes.size(), header.size() + 1));
  header.resize((header.size() + 7) / 8 * 8, ' ');
  std::string file;
  for (int shift = 0; shift < 64; shift += 8) {
    file += static_cast<char>(static_cast<std::uint64_t>(header.size()) >> shift);
  }
  return file.append(header).append(data);
}

void TryToLoad(const std::string& path, talmach::Precision precision) {
  try {
    talmach::LoadModel(path, precision);
  } catch (const talmach::CheckpointError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string file = AsSafetensors(talmach::AsText(bytes, size));
  const std::string path = talmach::WriteFuzzFile("f.safetensors", file);
  TryToLoad(path, talmach::Precision::kFloat32);
  TryToLoad(path, talmach::Precision::kInt8);
  return 0;
}
