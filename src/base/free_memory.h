// Memory that was freed and is still this process's.
#pragma once

namespace talmach {

/// Gives back to the system what malloc keeps for later, which after much work in several threads
/// may be a large part of the process. Does nothing where the C library is not glibc.
void ReturnFreeMemory();

}  // namespace talmach
