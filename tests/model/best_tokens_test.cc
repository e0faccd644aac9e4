#include "model/best_tokens.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "base/random.h"
#include "tensor/tensor.h"

namespace talmach {
namespace {

Tensor<float> RandomLogits(Index rows, Index cols, std::uint64_t seed) {
  RandomStream random(seed);
  Tensor<float> logits({rows, cols});
  for (float& value : logits.view().span()) value = 8.0f * random.Uniform() - 4.0f;
  return logits;
}

struct Result {
  explicit Result(Index rows, Index k) : values({rows, k}), tokens({rows, k}) {}
  BestTokens view() { return {values.view(), tokens.view()}; }

  Tensor<float> values;
  Tensor<TokenId> tokens;
};

// By sorting, in double precision.
void ExpectBest(const std::vector<float>& logits, const std::vector<TokenId>& tokens,
                bool allow_unknown, const BestTokens& best, Index row) {
  double sum = 0.0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit));
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (tokens[i] == kBeginId || (tokens[i] == kUnknownId && !allow_unknown)) continue;
    order.push_back(i);
  }
  std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t i) { return logits[i]; });
  for (Index k = 0; k < best.values.cols(); ++k) {
    if (k >= std::ssize(order)) {
      EXPECT_EQ(best.values(row, k), -std::numeric_limits<float>::infinity());
      continue;
    }
    EXPECT_EQ(best.tokens(row, k), tokens[order[k]]);
    EXPECT_NEAR(best.values(row, k), logits[order[k]] - std::log(sum), 1e-5);
  }
}

TEST(BestTokensTest, AreThoseOfTheSoftmaxThatMayFollow) {
  const Index rows = 4;
  const Index size = 150;
  const Tensor<float> logits = RandomLogits(rows, size, 1);
  std::vector<TokenId> all(size);
  std::iota(all.begin(), all.end(), 0);
  for (const bool allow_unknown : {false, true}) {
    for (const Index k : {1, 5, 150}) {
      Tensor<float> copy({rows, size});
      std::ranges::copy(logits.view().span(), copy.data());
      copy.view()(0, kBeginId) = copy.view()(1, kUnknownId) = 9.0f;
      std::vector<std::vector<float>> kept;
      for (Index row = 0; row < rows; ++row) {
        kept.emplace_back(copy.view().row(row), copy.view().row(row) + size);
      }
      Result result(rows, k);
      FindBest(copy.view(), {.allow_unknown = allow_unknown}, 0, result.view());
      for (Index row = 0; row < rows; ++row) {
        ExpectBest(kept[row], all, allow_unknown, result.view(), row);
      }
    }
  }
}

TEST(BestTokensTest, AForcedRowHoldsItsTokenAlone) {
  Tensor<float> logits = RandomLogits(2, 20, 2);
  const float expected = logits.view()(1, kBeginId);
  double sum = 0.0;
  for (Index v = 0; v < 20; ++v) sum += std::exp(static_cast<double>(logits.view()(1, v)));
  const std::vector<TokenId> forced = {-1, -1, kBeginId};
  Result result(3, 3);
  FindBest(logits.view(), {.forced = forced}, 1, result.view());
  EXPECT_GT(result.values.view()(1, 2), -100.0f);
  EXPECT_EQ(result.tokens.view()(2, 0), kBeginId);
  EXPECT_NEAR(result.values.view()(2, 0), expected - std::log(sum), 1e-5);
  EXPECT_EQ(result.values.view()(2, 1), -std::numeric_limits<float>::infinity());
}

TEST(BestTokensTest, CandidatesHaveASoftmaxOfTheirOwn) {
  const std::vector<TokenId> candidates = {0, 1, 2, 7, 30, 31};
  const std::vector<float> logits = {5.0f, 4.0f, 1.0f, 3.0f, -2.0f, 3.0f};
  for (const bool allow_unknown : {false, true}) {
    Result result(1, 8);
    std::vector<float> copy = logits;
    FindBestCandidates(copy, candidates, {.allow_unknown = allow_unknown}, 0, result.view());
    ExpectBest(logits, candidates, allow_unknown, result.view(), 0);
  }
  const std::vector<TokenId> forced = {30};
  Result result(1, 2);
  std::vector<float> copy = logits;
  FindBestCandidates(copy, candidates, {.forced = forced}, 0, result.view());
  EXPECT_EQ(result.tokens.view()(0, 0), 30);
  EXPECT_LT(result.values.view()(0, 0), -6.0f);
  EXPECT_EQ(result.values.view()(0, 1), -std::numeric_limits<float>::infinity());
}

TEST(BestTokensTest, NaNsShow) {
  Tensor<float> logits = RandomLogits(2, 70, 3);
  logits.view()(0, 69) = std::numeric_limits<float>::quiet_NaN();
  Result result(2, 4);
  FindBest(logits.view(), {}, 0, result.view());
  EXPECT_TRUE(std::isnan(result.values.view()(0, 0)));
  EXPECT_FALSE(std::isnan(result.values.view()(1, 0)));
}

}  // namespace
}  // namespace talmach
