// Any bytes are a configuration that is the same after it was printed and read again, or are
// refused with a ConfigError of at most some dozens of lines.

#include <algorithm>
#include <string>

#include "base/error.h"
#include "config/config.h"
#include "fuzz/fuzz_file.h"

namespace {

std::string Print(const talmach::Config& config) {
  return ToYaml(talmach::WithAbsolutePaths(config));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  talmach::Config config;
  try {
    config =
        talmach::LoadConfig({talmach::WriteFuzzFile("f.yaml", talmach::AsText(bytes, size))}, {});
  } catch (const talmach::ConfigError& error) {
    const std::string text = error.what();
    talmach::Check(std::ranges::count(text, '\n') < 100);
    return 0;
  }
  const std::string printed = Print(config);
  const std::string path = talmach::WriteFuzzFile("again.yaml", printed);
  talmach::Check(Print(talmach::LoadConfig({path}, {})) == printed);
  return 0;
}
