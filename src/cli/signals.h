// Ctrl-C and `kill`. The first asks the command to stop cleanly (base/stop.h), which it does at
// once; a second, which should never be needed, ends the program immediately.
#pragma once

#include "base/stop.h"

namespace talmach {

/// Makes SIGINT and SIGTERM set StopSignal, and writes to closed pipes fail instead of killing.
void InstallSignalHandlers();

}  // namespace talmach
