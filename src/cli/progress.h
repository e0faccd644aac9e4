// The progress of a long command: one line on the terminal that is rewritten again and again.
#pragma once

#include <string>

#include "base/stopwatch.h"
#include "base/types.h"

namespace talmach {

/// "0h42m", "3m05s", "12s".
std::string DurationText(double seconds);

/// Prints "1,200 of 5,000 lines, 24 %, 80.1 lines/s, ETA 0m47s" to stderr a few times per second.
/// Silent unless `enabled`.
class ProgressLine {
 public:
  ProgressLine(bool enabled, Index total) : enabled_(enabled), total_(total) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  /// Erases the line.
  ~ProgressLine();

  void Update(Index done);

 private:
  bool enabled_;
  Index total_;
  Stopwatch clock_;
  double last_print_ = -1.0;  // seconds; never before
};

}  // namespace talmach
