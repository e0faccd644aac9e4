// How many threads can compute at the same time, which on shared machines is fewer than the
// processor has cores.
#pragma once

#include <filesystem>
#include <optional>

namespace talmach {

/// The cores this process may use: those of its affinity mask (taskset, a container's cpuset), or
/// fewer where a control group has a quota of processor time (a container's CPU limit). A quota of
/// 1.4 cores counts as 1, one of 1.5 as 2; at least 1. Looked up once.
int AvailableCores();

/// The smallest quota of processor time of the process's control group and the groups around it, in
/// cores; none if there is no limit. Version 1 and 2 of control groups. `root` stands before
/// /proc/self and the paths of mounts, for tests.
std::optional<double> CoreQuota(const std::filesystem::path& root = "/");

}  // namespace talmach
