// The processor this program runs on, for logs.
#pragma once

#include <string>

namespace talmach {

/// "AMD Ryzen 5 5600G with Radeon Graphics"; "unknown processor" where the system does not say.
std::string ProcessorName();

}  // namespace talmach
