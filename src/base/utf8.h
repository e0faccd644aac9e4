// UTF-8 as it arrives from the outside world.
#pragma once

#include <string>
#include <string_view>

#include "base/types.h"

namespace talmach {

/// The text with every maximal ill-formed byte sequence replaced by U+FFFD, as the Unicode
/// standard recommends; adds the number of replacements to `*num_replaced` when given.
std::string RepairUtf8(std::string_view text, Index* num_replaced = nullptr);

/// True if `text` is well-formed UTF-8.
bool IsValidUtf8(std::string_view text);

/// The number of code points of well-formed `text`.
Index CountCodePoints(std::string_view text);

}  // namespace talmach
