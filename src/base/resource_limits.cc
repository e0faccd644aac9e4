// Tested by tests/base/start_thread_test.cc and tests/integration/memory_limits_test.py.
#include "base/resource_limits.h"

#include <sys/resource.h>

namespace talmach {
namespace {

// "name is 500000 KiB", or nothing where there is no limit.
template <typename Resource>
std::string LimitText(const char* name, Resource resource, rlim_t unit, const char* unit_name) {
  rlimit limit{};
  if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return "";
  return std::string(name) + " is " + std::to_string(limit.rlim_cur / unit) + unit_name;
}

std::string AddressSpaceText() { return LimitText("ulimit -v", RLIMIT_AS, 1024, " KiB"); }

std::string Join(const std::string& first, const std::string& second) {
  return first.empty() || second.empty() ? first + second : first + ", " + second;
}

}  // namespace

std::string MemoryLimitsText() {
  const std::string text =
      Join(AddressSpaceText(), LimitText("ulimit -d", RLIMIT_DATA, 1024, " KiB"));
  return text.empty() ? "all of the machine's or the container's memory is in use" : text;
}

std::string ThreadLimitsText() {
  const std::string text =
      Join(AddressSpaceText(), LimitText("ulimit -u", RLIMIT_NPROC, 1, " processes"));
  return text.empty() ? "the container's pids.max or memory is" : text;
}

}  // namespace talmach
