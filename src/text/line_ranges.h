// Which lines a user wants: "1-20", "3", "1-5,8,30-". Lines count from 1.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/types.h"

namespace talmach {

class LineRanges {
 public:
  /// All lines.
  LineRanges() = default;
  /// Throws ConfigError that starts with `where`, e.g. "--lines".
  static LineRanges Parse(std::string_view text, const std::string& where);

  bool Contains(Index line) const;

 private:
  std::vector<std::pair<Index, Index>> ranges_;  // both ends belong to it; none: all lines
};

}  // namespace talmach
