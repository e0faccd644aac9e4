#include "text/corpus_split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/random.h"

namespace talmach {
namespace {

using ::testing::Each;
using ::testing::SizeIs;

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::vector<CorpusPart> Split(const Pairs& pairs, const SplitOptions& options) {
  CorpusSplitter splitter;
  for (const auto& [source, target] : pairs) splitter.Add(source, target);
  return splitter.Split(options);
}

// Texts that come again now and then.
Pairs RandomPairs(Index count) {
  RandomStream random(3);
  const auto text = [&] { return std::to_string(random.Below(4 * count)); };
  Pairs pairs;
  for (Index i = 0; i < count; ++i) pairs.emplace_back(text(), text());
  return pairs;
}

TEST(CorpusSplitTest, NoTextIsOnTwoSidesAndSizesAreExact) {
  const Pairs pairs = RandomPairs(3000);
  const std::vector<CorpusPart> parts = Split(pairs, {.num_valid = 150, .num_test = 101});
  EXPECT_EQ(std::ranges::count(parts, CorpusPart::kValid), 150);
  EXPECT_EQ(std::ranges::count(parts, CorpusPart::kTest), 101);
  std::map<std::string, std::set<CorpusPart>> of_source;
  std::map<std::string, std::set<CorpusPart>> of_target;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    of_source[pairs[i].first].insert(parts[i]);
    of_target[pairs[i].second].insert(parts[i]);
  }
  EXPECT_LT(of_source.size(), pairs.size());  // there was something to keep together
  for (const auto& [text, sides] : of_source) EXPECT_THAT(sides, SizeIs(1)) << text;
  for (const auto& [text, sides] : of_target) EXPECT_THAT(sides, SizeIs(1)) << text;
}

TEST(CorpusSplitTest, TheSeedAloneChooses) {
  const Pairs pairs = RandomPairs(500);
  const SplitOptions options{.num_valid = 40, .num_test = 40, .seed = 5};
  EXPECT_EQ(Split(pairs, options), Split(pairs, options));
  EXPECT_NE(Split(pairs, options), Split(pairs, {.num_valid = 40, .num_test = 40, .seed = 6}));
}

TEST(CorpusSplitTest, ChainsOfEqualTextsStayTogether) {
  // 0–1 share a target, 1–2 a source, 2–3 a target, but for white space.
  const Pairs chain = {{"a", "x"}, {"b", "x "}, {" b", "y"}, {"c", "y"}};
  EXPECT_THAT(Split(chain, {.num_valid = 80, .num_test = 0}), Each(CorpusPart::kValid));
  EXPECT_THAT(Split(chain, {.num_valid = 79, .num_test = 0}), Each(CorpusPart::kTrain));
}

TEST(CorpusSplitTest, EmptyTextsAreTrainedOnOrCleanedAway) {
  const Pairs pairs = {{"", "x"}, {"a", "x"}, {"b", " "}};
  EXPECT_THAT(Split(pairs, {.num_valid = 100, .num_test = 100}), Each(CorpusPart::kTrain));
}

}  // namespace
}  // namespace talmach
