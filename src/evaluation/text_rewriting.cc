// Tested by tests/evaluation/text_test.cc and tests/evaluation/ter_test.cc.
#include "evaluation/text_rewriting.h"

namespace talmach {

std::string ReplaceAll(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  std::size_t start = 0;
  for (std::size_t found; (found = text.find(from, start)) != std::string_view::npos;) {
    out.append(text.substr(start, found - start)).append(to);
    start = found + from.size();
  }
  out.append(text.substr(start));
  return out;
}

}  // namespace talmach
