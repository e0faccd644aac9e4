#include "text/segmentation_sampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "base/types.h"

namespace talmach {
namespace {

std::string Joined(const std::vector<SegmentationSampler::Token>& tokens) {
  std::string joined;
  for (const auto& token : tokens) joined += std::string(token.text) + "|";
  return joined;
}

// How often each segmentation comes up.
std::map<std::string, double> Frequencies(const SegmentationSampler& sampler, std::string_view text,
                                          float alpha) {
  constexpr int kNumSamples = 40'000;
  std::map<std::string, double> frequencies;
  for (std::uint64_t key = 0; key < kNumSamples; ++key) {
    frequencies[Joined(sampler.Sample(text, alpha, key))] += 1.0 / kNumSamples;
  }
  return frequencies;
}

// "aab" with pieces a, b, aa, ab has the segmentations a|a|b, aa|b, a|ab; the oracle lists them.
TEST(SegmentationSamplerTest, DrawsUnigramSegmentationsByTheirProbability) {
  const std::vector<ScoredPiece> pieces = {
      {"a", 3, -1.0f}, {"b", 4, -2.0f}, {"aa", 5, -1.5f}, {"ab", 6, -4.0f}, {"abc", 7, -0.1f}};
  const SegmentationSampler sampler(SegmentationSampler::Type::kUnigram, pieces);
  for (const float alpha : {0.1f, 0.7f, 2.0f}) {
    const std::map<std::string, double> weights = {{"a|a|b|", std::exp(alpha * -4.0)},
                                                   {"aa|b|", std::exp(alpha * -3.5)},
                                                   {"a|ab|", std::exp(alpha * -5.0)}};
    double sum = 0;
    for (const auto& [segmentation, weight] : weights) sum += weight;
    const auto frequencies = Frequencies(sampler, "aab", alpha);
    EXPECT_EQ(frequencies.size(), weights.size());
    for (const auto& [segmentation, weight] : weights) {
      EXPECT_NEAR(frequencies.at(segmentation), weight / sum, 0.01) << segmentation;
    }
  }
}

TEST(SegmentationSamplerTest, CrossesUnknownCharacters) {
  const SegmentationSampler sampler(SegmentationSampler::Type::kUnigram,
                                    {{"a", 3, -1.0f}, {"äb", 4, -2.0f}});
  const auto tokens = sampler.Sample("aäöa\xc3", 1.0f, 9);
  EXPECT_EQ(Joined(tokens), "a|äö|a|\xc3|");
  EXPECT_EQ(tokens[1].id, kUnknownId);
  EXPECT_EQ(tokens[3].id, kUnknownId);
}

// Of "abc" with merges ab (first) and bc: ab|c unless the first merge is left out (p), then a|bc
// unless the second is left out as well.
TEST(SegmentationSamplerTest, LeavesOutBpeMergesWithTheirProbability) {
  const std::vector<ScoredPiece> pieces = {
      {"a", 3, -3.0f}, {"b", 4, -4.0f}, {"c", 5, -5.0f}, {"ab", 6, 0.0f}, {"bc", 7, -1.0f}};
  const SegmentationSampler sampler(SegmentationSampler::Type::kBpe, pieces);
  const auto frequencies = Frequencies(sampler, "abc", 0.3f);
  EXPECT_NEAR(frequencies.at("ab|c|"), 0.7, 0.01);
  EXPECT_NEAR(frequencies.at("a|bc|"), 0.3 * 0.7, 0.01);
  EXPECT_NEAR(frequencies.at("a|b|c|"), 0.3 * 0.3, 0.01);
}

TEST(SegmentationSamplerTest, MergesFromTheLeftOnEqualRank) {
  const SegmentationSampler sampler(SegmentationSampler::Type::kBpe,
                                    {{"a", 3, -2.0f}, {"aa", 4, 0.0f}, {"aaaa", 5, -1.0f}});
  EXPECT_EQ(Joined(sampler.Sample("aaaaaaa", 1e-9f, 1)), "aaaa|aa|a|");
}

TEST(SegmentationSamplerTest, IsLinearInTheLengthOfTheText) {
  const std::string text(200'000, 'a');
  for (const auto type : {SegmentationSampler::Type::kUnigram, SegmentationSampler::Type::kBpe}) {
    const SegmentationSampler sampler(type, {{"a", 3, -2.0f}, {"aa", 4, 0.0f}});
    EXPECT_GE(sampler.Sample(text, 0.5f, 1).size(), 100'000u);
  }
}

}  // namespace
}  // namespace talmach
