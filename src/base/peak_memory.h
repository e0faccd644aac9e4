// How much memory this process has needed.
#pragma once

#include <cstddef>

namespace talmach {

/// The largest resident set so far, in bytes.
std::size_t PeakRssBytes();

}  // namespace talmach
