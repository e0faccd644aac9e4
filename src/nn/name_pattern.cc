#include "nn/name_pattern.h"

#include <cstddef>
#include <string_view>

namespace talmach {
namespace {

// Whether `pattern`, in which `*` is any text, matches all of `name`. A star that has taken too
// little takes one character more; those before it need not be asked again, so that no pattern
// takes longer than the product of both lengths.
bool Matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;  // the last one met
  std::size_t after = 0;                      // where what follows it was tried last
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++after;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace

bool MatchesName(const std::string& pattern, const std::string& name) {
  return Matches(pattern, name) || Matches(pattern + ".*", name);
}

}  // namespace talmach
