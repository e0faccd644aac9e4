#include "cli/progress.h"

#include <fmt/format.h>

#include <cmath>

#include "base/group_digits.h"
#include "cli/console.h"

namespace talmach {

std::string DurationText(double seconds) {
  const auto total = static_cast<Index>(std::llround(seconds));
  if (total >= 3600) return fmt::format("{}h{:02}m", total / 3600, total / 60 % 60);
  if (total >= 60) return fmt::format("{}m{:02}s", total / 60, total % 60);
  return fmt::format("{}s", total);
}

ProgressLine::~ProgressLine() {
  if (enabled_ && last_print_ >= 0) WriteToStderr("\r\x1b[K");
}

void ProgressLine::Update(Index done) {
  constexpr double kSecondsBetween = 0.2;
  const double seconds = clock_.Seconds();
  if (!enabled_ || done == 0 || total_ == 0) return;
  if (last_print_ >= 0 && seconds - last_print_ < kSecondsBetween) return;
  last_print_ = seconds;
  const double rate = static_cast<double>(done) / seconds;
  const std::string text =
      fmt::format("\r\x1b[K{} of {} lines, {} %, {:.1f} lines/s, ETA {}", GroupDigits(done),
                  GroupDigits(total_), 100 * done / total_, rate,
                  DurationText(static_cast<double>(total_ - done) / rate));
  WriteToStderr(text);
}

}  // namespace talmach
