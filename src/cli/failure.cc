// Tested by tests/integration/memory_limits_test.py and tests/integration/program_test.py.
#include "cli/failure.h"

#include <execinfo.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>
#include <system_error>

#include "base/error.h"
#include "base/resource_limits.h"
#include "cli/console.h"
#include "cli/signals.h"
#include "text/text_writer.h"

namespace talmach {
namespace {

constexpr int kDone = 0;
constexpr int kRuntimeFailure = 1;
constexpr int kUsageFailure = 2;
constexpr int kDataFailure = 3;
constexpr int kModelFailure = 4;
constexpr int kDiverged = 5;
constexpr int kSignalBase = 128;

// A line made before it is needed.
class PreparedLine {
 public:
  PreparedLine() { Prepare("talmach: out of memory\n"); }
  void Prepare(std::string_view text) { size_ = text.copy(bytes_.data(), bytes_.size()); }
  std::string_view text() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, 512> bytes_{};
  std::size_t size_ = 0;
};

PreparedLine out_of_memory;
PreparedLine ended_by_library;
std::atomic<bool> leaves_in_order = false;

void PrepareLines() {
  const Complaint complaint = {.where = "talmach",
                               .what = "out of memory",
                               .expected = "limits that leave room for more",
                               .got = MemoryLimitsText()};
  out_of_memory.Prepare(
      ToString(complaint) +
      "; smaller batches, shorter lines or fewer threads need less, or raise the limit\n");
  ended_by_library.Prepare(
      ToString(complaint) +
      "; a library has ended the program, which it does when it is refused memory\n");
}

void PrintUncaught(std::string_view line) {
  [[maybe_unused]] const ssize_t ignored = write(STDERR_FILENO, line.data(), line.size());
}

// An exception that leaves std::call_once passes through the C library, which loads an unwinder for
// it the first time and ends the process if it is refused the memory for that; so it loads it now.
void LoadUnwinder() {
  void* frame = nullptr;
  backtrace(&frame, 1);
}

// Several threads may be refused memory at once: only the first one reports it.
void WaitUnlessFirst() {
  static std::atomic<bool> spoken = false;
  if (!spoken.exchange(true)) return;
  for (;;) pause();
}

[[noreturn]] void EndUncaught() {
  if (!std::current_exception()) std::abort();  // a mistake of the programmer
  WaitUnlessFirst();
  try {
    throw;
  } catch (const std::bad_alloc&) {
    PrintUncaught(out_of_memory.text());
    _exit(kRuntimeFailure);
  } catch (...) {
    _exit(ReportException());
  }
}

void EndUnlessInOrder() {
  if (leaves_in_order) return;
  WaitUnlessFirst();
  PrintUncaught(ended_by_library.text());
  _exit(kRuntimeFailure);
}

int Report(const std::exception& error, int exit_code) {
  PrintError(error.what());
  return exit_code;
}

// For threads that libraries start; our own report more (base/start_thread.h).
int ReportSystemError(const std::system_error& error) {
  if (error.code() != std::errc::resource_unavailable_try_again) {
    return Report(error, kRuntimeFailure);
  }
  PrintError(ToString({.where = "talmach",
                       .what = fmt::format("the system refuses another thread ({})", error.what()),
                       .expected = "limits that leave room for it",
                       .got = ThreadLimitsText(),
                       .hint = "ask for fewer --threads, or raise the limit"}));
  return kRuntimeFailure;
}

}  // namespace

int ReportException() {
  try {
    throw;
  } catch (const BrokenPipeError&) {
    return kDone;  // the reader of our output has had enough
  } catch (const Interrupted& error) {
    return Report(error, kSignalBase + error.signal_number());
  } catch (const ConfigError& error) {
    return Report(error, kUsageFailure);
  } catch (const DataError& error) {
    return Report(error, kDataFailure);
  } catch (const CheckpointError& error) {
    return Report(error, kModelFailure);
  } catch (const NumericError& error) {
    return Report(error, kDiverged);
  } catch (const std::bad_alloc&) {
    WriteToStderr(out_of_memory.text());
    return kRuntimeFailure;
  } catch (const std::system_error& error) {
    return ReportSystemError(error);
  } catch (const std::exception& error) {
    return Report(error, kRuntimeFailure);
  }
}

void InstallFailureHandlers() {
  std::set_terminate(EndUncaught);
  std::atexit(EndUnlessInOrder);
  LoadUnwinder();
  PrepareLines();
}

void LeaveInOrder() { leaves_in_order = true; }

}  // namespace talmach
