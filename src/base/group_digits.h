// Large numbers as people read them.
#pragma once

#include <string>

#include "base/types.h"

namespace talmach {

/// "1,234,567".
std::string GroupDigits(Index number);

}  // namespace talmach
