// Ctrl-C and `kill`: one asks the command to stop in order (base/stop.h), which it does at once; a
// second one, which should never be needed, ends the program where it stands.
#pragma once

#include "base/stop.h"

namespace talmach {

/// Makes SIGINT and SIGTERM set StopSignal, and writes to closed pipes fail instead of killing.
void InstallSignalHandlers();

}  // namespace talmach
