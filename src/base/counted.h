// Numbers of things in messages: "1 line", "2,000 lines", "line 3", "7 lines (3, 5, 9, 10, 11, …)".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace talmach {

/// "1 line", "2,000 lines": `unit` is a noun that takes an s.
std::string Counted(Index count, std::string_view unit);

/// Which lines a message is about: the first few by number, the others counted.
class LineNumbers {
 public:
  /// `number` counts from 1.
  void Add(Index number);

  Index count() const { return count_; }
  /// "line 3", or "7 lines (3, 5, 9, 10, 11, …)"; with `unit` "pair", "pair 3".
  std::string Text(std::string_view unit = "line") const;
  /// "was" or "were".
  std::string_view was() const { return count_ == 1 ? "was" : "were"; }

 private:
  std::vector<Index> first_;
  Index count_ = 0;
};

}  // namespace talmach
