// The one place that starts threads, so that a system that refuses them is reported.
//
// A limit of processes (ulimit -u, a container's pids.max) or of address space (ulimit -v; a stack
// takes 8 MiB of it) lets fewer threads start than were asked for. std::thread reports that without
// saying which limit it was, or what would need fewer threads.
#pragma once

#include <functional>
#include <string>
#include <thread>

namespace talmach {

/// Starts a thread that runs `body`, which must not throw. Throws Error if the system refuses;
/// `option` is what the user can lower ("--threads"), empty if nothing.
std::jthread StartThread(std::function<void()> body, const std::string& option);

/// Throws the same Error unless `count` more threads can be started now. For threads that a library
/// starts: OpenMP ends the process when it is refused one.
void RequireThreads(int count, const std::string& option);

/// How many of `wanted` more threads the system lets start now.
int CountStartableThreads(int wanted);

}  // namespace talmach
