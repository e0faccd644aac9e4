#include "base/error.h"

#include <system_error>

namespace talmach {

std::string ToString(const Complaint& complaint) {
  std::string line;
  auto append = [&line](std::string_view separator, std::string_view prefix,
                        const std::string& part) {
    if (part.empty()) return;
    if (!line.empty()) line += separator;
    line += prefix;
    line += part;
  };
  append("", "", complaint.where);
  append(": ", "", complaint.what);
  append(complaint.what.empty() ? ": " : "; ", "expected ", complaint.expected);
  append(complaint.expected.empty() ? "; " : ", ", "got ", complaint.got);
  append("; ", "", complaint.hint);
  return line;
}

std::string ErrnoText(int error_number) { return std::generic_category().message(error_number); }

void Require(bool condition, std::string_view what, const char* file, int line) {
  if (condition) return;
  throw std::logic_error(std::string(file) + ":" + std::to_string(line) + ": " + std::string(what));
}

}  // namespace talmach
