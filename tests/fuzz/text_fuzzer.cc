// Any bytes are lines of clean text, the same whether read in order or at will; or, compressed,
// refused with a DataError. The first byte chooses how the rest is packed.

#include <vector>

#include "base/error.h"
#include "base/utf8.h"
#include "fuzz/fuzz_file.h"
#include "text/line_file.h"
#include "text/text_reader.h"

namespace {

void ReadBothWays(const std::string& path) {
  const talmach::TextReaderOptions options{.max_line_bytes = 1000};
  talmach::TextReader reader(path, options);
  std::vector<std::string> lines;
  for (std::string line; reader.ReadLine(&line);) {
    talmach::Check(talmach::IsValidUtf8(line));
    talmach::Check(line.find('\n') == line.npos && line.find('\0') == line.npos);
    lines.push_back(line);
  }
  talmach::LineFile file(path, options);
  talmach::Check(file.num_lines() == std::ssize(lines));
  talmach::TextRepairs repairs;
  std::string line;
  for (talmach::Index i = 0; i < file.num_lines(); ++i) {
    file.Read(i, &line, &repairs);
    talmach::Check(line == lines[i]);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  constexpr const char* kNames[] = {"f.txt", "f.gz", "f.zst"};
  try {
    ReadBothWays(
        talmach::WriteFuzzFile(kNames[bytes[0] % 3], talmach::AsText(bytes + 1, size - 1)));
  } catch (const talmach::DataError&) {
  }
  return 0;
}
