// The one logger. The library is silent until a program gives it a sink: `talmach::Log().sinks() =
// {…}` (src/cli does so; see cli/main.cc).
#pragma once

#include <spdlog/logger.h>

namespace talmach {

/// The logger of the process. Thread-safe if its sinks are.
spdlog::logger& Log();

}  // namespace talmach
