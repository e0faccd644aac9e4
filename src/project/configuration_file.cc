// Tested by tests/project/verifier_test.cc.
#include "project/configuration_file.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "base/checksum.h"

namespace talmach {
namespace {

constexpr std::string_view kMark = "# xxh3 ";

// The last line of a file that begins with `text`.
std::string ChecksumLine(std::string_view text) {
  return std::string(kMark) + ChecksumOf(text) + "\n";
}

}  // namespace

std::string ConfigurationText(const Config& config) {
  std::string text = ToYaml(WithAbsolutePaths(config));
  if (!text.ends_with('\n')) text += '\n';
  return text + ChecksumLine(text);
}

bool IsAsWritten(const std::string& text) {
  const std::size_t mark = text.rfind(kMark);
  if (mark == std::string::npos) return false;
  return std::string_view(text).substr(mark) ==
         ChecksumLine(std::string_view(text).substr(0, mark));
}

bool IsOneOf(const std::string& path, const std::vector<std::string>& files) {
  return std::ranges::any_of(files, [&](const std::string& file) {
    std::error_code ignored;  // what is not there is not the same
    return std::filesystem::equivalent(path, file, ignored);
  });
}

}  // namespace talmach
