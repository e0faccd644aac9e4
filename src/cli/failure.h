// How the program ends when something goes wrong: one line on stderr and an exit code, in whichever
// thread it happens.
//
// Memory may be refused where nobody can catch it: in a thread that a library has started, in a
// destructor, in a library that ends the process when it cannot go on. Those cases end here too.
#pragma once

namespace talmach {

/// The exit code of the exception being handled; prints what went wrong, without asking for memory
/// where that was refused.
int ReportException();

/// From now on, uncaught exceptions in any thread and libraries that call exit end the program with
/// one line and exit code 1. Call this first.
void InstallFailureHandlers();

/// From now on, exit ends the program normally: it is done, or has reported what went wrong.
void LeaveInOrder();

}  // namespace talmach
