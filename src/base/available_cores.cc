// Where a quota is written:
//
//   version  group's path in /proc/self/cgroup     file of the group         no limit
//   2        the line "0::/PATH"                   cpu.max "QUOTA PERIOD"    "max"
//   1        the line with "cpu" among its names   cpu.cfs_quota_us          -1
//                                                  and cpu.cfs_period_us
//
// A group's limit holds for the groups within, so all are read up to the mount point. In a
// container the mount point often is the group itself: /proc/self/mountinfo names the path that is
// mounted ("root") and where.
#include "base/available_cores.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/split.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;

enum class Version { kOne, kTwo };

struct Mount {
  Version version = Version::kTwo;
  std::string root;   // the group that is mounted
  std::string point;  // where
};

bool ListHolds(std::string_view list, std::string_view name) {
  const std::vector<std::string_view> names = Split(list, ',');
  return std::ranges::find(names, name) != names.end();
}

// 36 35 98:0 /root /point rw,noatime shared:1 - cgroup2 device rw,options
std::optional<Mount> ParseMount(const std::string& line) {
  std::istringstream fields(line);
  std::string ignored;
  Mount mount;
  fields >> ignored >> ignored >> ignored >> mount.root >> mount.point;
  while (fields >> ignored && ignored != "-") continue;
  std::string type;
  std::string options;
  fields >> type >> ignored >> options;
  if (type == "cgroup2") return mount;
  mount.version = Version::kOne;
  if (type == "cgroup" && ListHolds(options, "cpu")) return mount;
  return std::nullopt;
}

// The group of this process, from lines such as "4:cpu,cpuacct:/user" and "0::/user".
std::optional<std::string> GroupPath(const fs::path& file, Version version) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t names = line.find(':');
    const std::size_t path = names == line.npos ? line.npos : line.find(':', names + 1);
    if (path == line.npos) continue;
    const std::string_view list = std::string_view(line).substr(names + 1, path - names - 1);
    if (version == Version::kTwo ? list.empty() : ListHolds(list, "cpu")) {
      return line.substr(path + 1);
    }
  }
  return std::nullopt;
}

std::optional<double> QuotaOfGroup(const fs::path& folder, Version version) {
  double quota = 0;
  double period = 0;
  if (version == Version::kTwo) {
    std::ifstream(folder / "cpu.max") >> quota >> period;  // "max" is no number
  } else {
    std::ifstream(folder / "cpu.cfs_quota_us") >> quota;
    std::ifstream(folder / "cpu.cfs_period_us") >> period;
  }
  if (!(quota > 0 && period > 0)) return std::nullopt;
  return quota / period;
}

void TakeSmaller(std::optional<double> quota, std::optional<double>* smallest) {
  if (quota && (!*smallest || *quota < **smallest)) *smallest = quota;
}

std::optional<double> QuotaOfMount(const Mount& mount, const std::string& group,
                                   const fs::path& root) {
  const fs::path top = root / fs::path(mount.point).relative_path();
  std::optional<double> smallest = QuotaOfGroup(top, mount.version);
  fs::path below = fs::path(group).lexically_relative(mount.root);
  // A group that is not below the mounted one cannot be seen from here.
  if (below.empty() || *below.begin() == "..") return smallest;
  for (fs::path folder = top; const fs::path& name : below) {
    folder /= name;
    TakeSmaller(QuotaOfGroup(folder, mount.version), &smallest);
  }
  return smallest;
}

int CoresOfAffinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return CPU_COUNT(&set);
  return static_cast<int>(std::thread::hardware_concurrency());  // more cores than the set has room
}

}  // namespace

std::optional<double> CoreQuota(const fs::path& root) {
  const fs::path self = root / "proc/self";
  std::ifstream mounts(self / "mountinfo");
  std::optional<double> smallest;
  for (std::string line; std::getline(mounts, line);) {
    const std::optional<Mount> mount = ParseMount(line);
    if (!mount) continue;
    const std::optional<std::string> group = GroupPath(self / "cgroup", mount->version);
    if (group) TakeSmaller(QuotaOfMount(*mount, *group, root), &smallest);
  }
  return smallest;
}

int AvailableCores() {
  static const int available = [] {
    double cores = CoresOfAffinity();
    if (const std::optional<double> quota = CoreQuota()) cores = std::min(cores, *quota);
    return std::max(1, static_cast<int>(std::lround(cores)));
  }();
  return available;
}

}  // namespace talmach
