// Ctrl-C and `kill`: the first one asks the command to stop in order, the second one ends at once.
#pragma once

#include <atomic>

#include "base/error.h"

namespace talmach {

/// Work was given up because of a signal. Exit code 128 + the signal: 130 or 143.
class Interrupted : public Error {
 public:
  explicit Interrupted(int signal_number);
  int signal_number() const { return signal_number_; }

 private:
  int signal_number_;
};

/// Makes SIGINT and SIGTERM set StopSignal, and writes to closed pipes fail instead of killing.
void InstallSignalHandlers();

/// From here on the first signal ends the program at once, with the same exit code: for work that
/// cannot look at StopSignal and has nothing to save.
void EndOnSignal();

/// The signal that asked to stop, 0 if none. May be read from any thread.
const std::atomic<int>& StopSignal();

/// Throws Interrupted if a signal has asked to stop.
void ThrowIfStopped();

}  // namespace talmach
