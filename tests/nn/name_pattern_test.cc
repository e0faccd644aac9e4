#include "nn/name_pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace talmach {
namespace {

constexpr char kName[] = "encoder.layers.0.forward.weight_ih";

TEST(NamePatternTest, ANameMatchesItselfAndItsBeginningsUpToADot) {
  for (const char* pattern : {kName, "encoder", "encoder.layers.0", "encoder.layers.0.forward"}) {
    EXPECT_TRUE(MatchesName(pattern, kName)) << pattern;
  }
  for (const char* pattern : {"", "enc", "encoder.layers.0.forward.weight", "encoder.layers.00",
                              "layers", "encoder.", "encoder.layers.0.forward.weight_ih.x"}) {
    EXPECT_FALSE(MatchesName(pattern, kName)) << pattern;
  }
}

TEST(NamePatternTest, AStarIsAnyText) {
  for (const char* pattern : {"*", "*.weight_ih", "enc*", "encoder.layers.*.forward", "*ward*"}) {
    EXPECT_TRUE(MatchesName(pattern, kName)) << pattern;
  }
  EXPECT_TRUE(MatchesName("*embedding", "source_embedding.weight"));
  EXPECT_FALSE(MatchesName("embedding", "source_embedding.weight"));
  EXPECT_FALSE(MatchesName("*.backward", kName));
}

TEST(NamePatternTest, ManyStarsTakeNoTime) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  EXPECT_FALSE(MatchesName(pattern + "b", std::string(400, 'a')));
  EXPECT_TRUE(MatchesName(pattern, std::string(400, 'a')));
}

}  // namespace
}  // namespace talmach
