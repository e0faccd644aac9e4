#include "base/group_digits.h"

#include <cstddef>

namespace talmach {

std::string GroupDigits(Index number) {
  std::string text = std::to_string(number);
  const std::ptrdiff_t first = text.starts_with('-') ? 1 : 0;
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > first; at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

}  // namespace talmach
