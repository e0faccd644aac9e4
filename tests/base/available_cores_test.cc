#include "base/available_cores.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "support/temporary_directory.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMountTwo =
    "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr const char* kMountOne =
    "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
    "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n";

// A machine's files below a temporary directory.
class CoreQuotaTest : public ::testing::Test {
 protected:
  void Write(const fs::path& path, const std::string& text) const {
    fs::create_directories((root() / path).parent_path());
    std::ofstream(root() / path) << text;
  }
  void WriteSelf(const std::string& cgroup, const std::string& mountinfo) const {
    Write("proc/self/cgroup", cgroup);
    Write("proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n" + mountinfo);
  }
  fs::path root() const { return directory_.Path(""); }

 private:
  TemporaryDirectory directory_;
};

TEST_F(CoreQuotaTest, IsNoneWithoutControlGroups) {
  EXPECT_EQ(CoreQuota(root()), std::nullopt);
  WriteSelf("", "");
  EXPECT_EQ(CoreQuota(root()), std::nullopt);
}

TEST_F(CoreQuotaTest, OfVersionTwoIsTheQuotientInCpuMax) {
  WriteSelf("0::/user/run\n", kMountTwo);
  Write("sys/fs/cgroup/user/run/cpu.max", "150000 100000\n");
  EXPECT_EQ(CoreQuota(root()), 1.5);
  Write("sys/fs/cgroup/user/run/cpu.max", "max 100000\n");
  EXPECT_EQ(CoreQuota(root()), std::nullopt);
}

TEST_F(CoreQuotaTest, OfVersionOneIsTheQuotientOfTwoFiles) {
  WriteSelf("5:cpuset:/\n4:cpu,cpuacct:/docker/a\n0::/elsewhere\n", kMountOne);
  Write("sys/fs/cgroup/cpu,cpuacct/docker/a/cpu.cfs_quota_us", "50000\n");
  Write("sys/fs/cgroup/cpu,cpuacct/docker/a/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(CoreQuota(root()), 0.5);
  Write("sys/fs/cgroup/cpu,cpuacct/docker/a/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(CoreQuota(root()), std::nullopt);
}

TEST_F(CoreQuotaTest, TheSmallestOfNestedGroupsHolds) {
  WriteSelf("0::/slice/service/run\n", kMountTwo);
  Write("sys/fs/cgroup/slice/cpu.max", "400000 100000\n");
  Write("sys/fs/cgroup/slice/service/cpu.max", "200000 100000\n");
  Write("sys/fs/cgroup/slice/service/run/cpu.max", "max 100000\n");
  EXPECT_EQ(CoreQuota(root()), 2.0);
}

// Without a namespace of its own a container sees the host's path, but the mount is its group.
TEST_F(CoreQuotaTest, TheMountPointIsTheContainersGroup) {
  WriteSelf("4:cpu:/docker/a\n",
            "33 31 0:30 /docker/a /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n");
  Write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "300000\n");
  Write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(CoreQuota(root()), 3.0);
  WriteSelf("4:cpu:/docker/a/job\n",
            "33 31 0:30 /docker/a /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n");
  Write("sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "100000\n");
  Write("sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(CoreQuota(root()), 1.0);
}

TEST_F(CoreQuotaTest, AGroupOutsideOfTheMountIsNotLookedFor) {
  WriteSelf("0::/../other\n", kMountTwo);
  Write("sys/fs/cgroup/cpu.max", "250000 100000\n");
  Write("sys/fs/other/cpu.max", "100000 100000\n");
  EXPECT_EQ(CoreQuota(root()), 2.5);
}

TEST(AvailableCoresTest, IsAtLeastOneAndAtMostTheMachines) {
  EXPECT_GE(AvailableCores(), 1);
  EXPECT_EQ(AvailableCores(), AvailableCores());
}

}  // namespace
}  // namespace talmach
