#include "base/profile.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace talmach {
namespace {

void Spend(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}

const ZoneProfile& Of(const Profile& profile, Zone zone) {
  return profile[static_cast<std::size_t>(zone)];
}

class ProfileTest : public testing::Test {
 protected:
  void TearDown() override { SetProfiling(false); }
};

TEST_F(ProfileTest, InnerScopesTakeTheirTimeFromOuterOnes) {
  const auto start = std::chrono::steady_clock::now();
  SetProfiling(true);
  {
    const ProfileScope decoder(Zone::kDecoder);
    Spend(std::chrono::milliseconds(2));
    {
      const ProfileScope attention(Zone::kAttention);
      CountFlops(100);
      Spend(std::chrono::milliseconds(3));
    }
    CountFlops(10);
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  const Profile profile = CollectProfile();
  EXPECT_GE(Of(profile, Zone::kDecoder).seconds, 0.002);
  EXPECT_GE(Of(profile, Zone::kAttention).seconds, 0.003);
  EXPECT_LE(Of(profile, Zone::kDecoder).seconds + Of(profile, Zone::kAttention).seconds,
            elapsed.count());
  EXPECT_EQ(Of(profile, Zone::kAttention).flops, 100);
  EXPECT_EQ(Of(profile, Zone::kDecoder).flops, 10);
}

TEST_F(ProfileTest, ThreadsAddUpAndStartAtZero) {
  SetProfiling(true);
  std::thread([] {
    const ProfileScope encoder(Zone::kEncoder);
    CountFlops(3);
  }).join();
  {
    const ProfileScope encoder(Zone::kEncoder);
    CountFlops(4);
  }
  EXPECT_EQ(Of(CollectProfile(), Zone::kEncoder).flops, 7);
  SetProfiling(true);
  EXPECT_EQ(Of(CollectProfile(), Zone::kEncoder).flops, 0);
}

TEST_F(ProfileTest, SwitchedOffCountsNothing) {
  SetProfiling(true);
  SetProfiling(false);
  {
    const ProfileScope output(Zone::kOutput);
    CountFlops(5);
  }
  EXPECT_EQ(Of(CollectProfile(), Zone::kOutput).flops, 0);
  EXPECT_EQ(Of(CollectProfile(), Zone::kOutput).seconds, 0);
}

}  // namespace
}  // namespace talmach
