// Text in parts.
#pragma once

#include <string_view>
#include <vector>

namespace talmach {

/// "a,,b" → "a", "", "b": one part more than there are separators. The parts are views of `text`.
std::vector<std::string_view> Split(std::string_view text, char separator);

}  // namespace talmach
