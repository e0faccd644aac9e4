// Tested by tests/integration/program_test.py and tests/integration/waiting_test.py.
#include "cli/signals.h"

#include <unistd.h>

#include <csignal>

namespace talmach {
namespace {

void HandleStopSignal(int signal_number) {
  if (RequestStop(signal_number) != 0) _exit(128 + signal_number);
}

void Handle(int signal_number, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;  // files are read and written to the end of the current piece
  sigaction(signal_number, &action, nullptr);
}

}  // namespace

void InstallSignalHandlers() {
  PrepareStop();
  Handle(SIGINT, HandleStopSignal);
  Handle(SIGTERM, HandleStopSignal);
  // What cannot be written is an error of the call that wrote it.
  Handle(SIGPIPE, SIG_IGN);
  Handle(SIGXFSZ, SIG_IGN);
}

}  // namespace talmach
