// Memory that was freed but still belongs to this process.
#pragma once

namespace talmach {

/// Returns to the system what malloc keeps for later use, which after much work in several threads
/// may be a large part of the process. Does nothing where the C library is not glibc.
void ReturnFreeMemory();

}  // namespace talmach
