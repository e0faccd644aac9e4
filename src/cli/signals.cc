#include "cli/signals.h"

#include <unistd.h>

#include <csignal>
#include <string>

namespace talmach {
namespace {

std::atomic<int> stop_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "it is written by a signal handler");

void HandleStopSignal(int signal_number) {
  if (stop_signal.exchange(signal_number) != 0) _exit(128 + signal_number);
}

void HandleSignalAtOnce(int signal_number) { _exit(128 + signal_number); }

void Handle(int signal_number, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;  // files are read and written to the end of the current piece
  sigaction(signal_number, &action, nullptr);
}

}  // namespace

Interrupted::Interrupted(int signal_number)
    : Error({.what = "stopped by signal " + std::to_string(signal_number)}),
      signal_number_(signal_number) {}

void InstallSignalHandlers() {
  Handle(SIGINT, HandleStopSignal);
  Handle(SIGTERM, HandleStopSignal);
  // What cannot be written is an error of the call that wrote it.
  Handle(SIGPIPE, SIG_IGN);
  Handle(SIGXFSZ, SIG_IGN);
}

void EndOnSignal() {
  Handle(SIGINT, HandleSignalAtOnce);
  Handle(SIGTERM, HandleSignalAtOnce);
  ThrowIfStopped();
}

const std::atomic<int>& StopSignal() { return stop_signal; }

void ThrowIfStopped() {
  if (const int signal_number = stop_signal.load(); signal_number != 0) {
    throw Interrupted(signal_number);
  }
}

}  // namespace talmach
