// Temporary memory of one thread, kept from call to call.
#pragma once

#include <cstddef>
#include <vector>

namespace talmach {

/// Meant as a thread_local variable of the kernel that uses it.
class Scratch {
 public:
  /// Uninitialised memory for `count` values, aligned to 64 bytes. Valid until the next call.
  template <typename T>
  T* Reserve(std::size_t count) {
    const std::size_t num_lines = (count * sizeof(T) + sizeof(Line) - 1) / sizeof(Line);
    if (num_lines > lines_.size()) lines_ = std::vector<Line>(num_lines);
    return reinterpret_cast<T*>(lines_.data());
  }

 private:
  struct alignas(64) Line {
    std::byte bytes[64];
  };
  std::vector<Line> lines_;
};

}  // namespace talmach
