// The limits that the system sets for this process, worded for messages.
#pragma once

#include <string>

namespace talmach {

/// What limits the memory of this process: "ulimit -v is 500000 KiB".
std::string MemoryLimitsText();

/// What limits its threads, whose stacks take memory too: "ulimit -v is 500000 KiB, ulimit -u is
/// 100 processes".
std::string ThreadLimitsText();

}  // namespace talmach
