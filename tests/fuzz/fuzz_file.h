// Puts the bytes libFuzzer invents into a file, for readers that take a path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "support/temporary_directory.h"

namespace talmach {

/// Writes the bytes to a file of this name, which lives until the next call, and returns its path.
inline std::string WriteFuzzFile(std::string_view name, const std::uint8_t* bytes,
                                 std::size_t size) {
  static const TemporaryDirectory directory;
  return directory.Write(name, {reinterpret_cast<const char*>(bytes), size});
}

}  // namespace talmach
