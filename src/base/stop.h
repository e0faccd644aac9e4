// A request that the program stop, made by a signal handler, and waits that end when it is made.
//
// RequestStop sets a flag and writes to a pipe that nobody reads, so that whoever waits for a file
// together with that pipe wakes up, in any thread (Bernstein's self-pipe trick; the kernel gives no
// other way to wait for both without a race). Unless a program calls PrepareStop, nothing here ever
// stops anything: programs that use the library may ignore all of it.
#pragma once

#include <atomic>

#include "base/error.h"

namespace talmach {

/// Work was given up because of a signal.
class Interrupted : public Error {
 public:
  explicit Interrupted(int signal_number);
  int signal_number() const { return signal_number_; }

 private:
  int signal_number_;
};

/// Makes the pipe. Call once, before RequestStop and from one thread.
void PrepareStop();

/// Asks to stop because of a signal and returns the one that asked before, 0 if none did. May be
/// called by a signal handler.
int RequestStop(int signal_number);

/// The signal that asked to stop, 0 if none. May be read from any thread.
const std::atomic<int>& StopSignal();

/// Throws Interrupted if a signal has asked to stop.
void ThrowIfStopped();

/// While it lives, the stop points of this thread throw, or do not. Without one they do not:
/// whoever waits for the result (a client, a checkpoint) decides. A thread pool's workers take this
/// from the thread that gives them work. It lives and dies on one thread.
class ScopedInterruptible {
 public:
  explicit ScopedInterruptible(bool interruptible);
  ScopedInterruptible(const ScopedInterruptible&) = delete;
  ScopedInterruptible& operator=(const ScopedInterruptible&) = delete;
  ~ScopedInterruptible();

 private:
  bool before_;
};

bool IsInterruptible();

/// A place where long work may be given up: throws Interrupted if this thread is interruptible and
/// a signal has asked to stop. Cheap enough for every time step.
void StopPoint();

/// What to wait for.
enum class Access { kRead, kWrite };

/// Waits at most `milliseconds` (-1: without end) until the descriptor can be read or written
/// without blocking, or has failed, and returns whether that is so. A negative descriptor is never
/// ready. Returns false as soon as a stop has been asked for and the descriptor is not ready.
bool WaitForDescriptor(int descriptor, Access access, int milliseconds);

}  // namespace talmach
