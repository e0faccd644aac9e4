#include "base/error.h"

#include <system_error>

#include "base/utf8.h"

namespace talmach {
namespace {

// What a message shows of a name or value, which may be any bytes of a hostile file: UTF-8 without
// control characters, which terminals would obey, and not more than a reader takes in.
std::string Shown(std::string_view text) {
  constexpr std::size_t kMaxBytes = 1000;
  std::string shown = RepairUtf8(text.substr(0, kMaxBytes));
  if (text.size() > kMaxBytes) shown += "…";
  for (char& byte : shown) {
    const auto code = static_cast<unsigned char>(byte);
    if (code < ' ' || code == 0x7f) byte = '?';
  }
  return shown;
}

// The same for each line of a text that is a list of complaints.
std::string ShownLines(std::string_view text) {
  constexpr int kMaxLines = 100;
  std::string shown;
  for (int line = 1;; ++line) {
    const std::size_t end = text.find('\n');
    shown += Shown(text.substr(0, end));
    if (end == text.npos || line == kMaxLines) return shown;
    shown += '\n';
    text.remove_prefix(end + 1);
  }
}

}  // namespace

// Only a complaint without a place may have several lines: it is a list of complaints.
std::string ToString(const Complaint& complaint) {
  std::string line;
  auto append = [&line](std::string_view separator, std::string_view prefix,
                        const std::string& part) {
    if (part.empty()) return;
    if (!line.empty()) line += separator;
    line += prefix;
    line += part;
  };
  const bool is_list = complaint.where.empty();
  append("", "", Shown(complaint.where));
  append(": ", "", is_list ? ShownLines(complaint.what) : Shown(complaint.what));
  append(complaint.what.empty() ? ": " : "; ", "expected ", Shown(complaint.expected));
  append(complaint.expected.empty() ? "; " : ", ", "got ", Shown(complaint.got));
  append("; ", "", Shown(complaint.hint));
  return line;
}

std::string ErrnoText(int error_number) { return std::generic_category().message(error_number); }

void Require(bool condition, std::string_view what, const char* file, int line) {
  if (condition) return;
  throw std::logic_error(std::string(file) + ":" + std::to_string(line) + ": " + std::string(what));
}

}  // namespace talmach
