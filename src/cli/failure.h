// How the program ends when something goes wrong: one line on stderr and an exit code, whichever
// thread it happens in.
//
// Memory may be refused where nobody can catch it: in a thread that a library has started, in a
// destructor, in a library that ends the process when it cannot go on. Those ends come here, too.
#pragma once

namespace talmach {

/// The exit code of the exception being handled; prints what went wrong, without asking for memory
/// where that was refused.
int ReportException();

/// Makes exceptions that nobody catches, in any thread, and libraries that call exit end in one
/// line and exit code 1. Call first of all.
void InstallFailureHandlers();

/// From now on exit is ours: the program is done or has said what went wrong.
void LeaveInOrder();

}  // namespace talmach
