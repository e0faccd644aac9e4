#include "kernels/dropout.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "base/random.h"
#include "kernels/parallel.h"
#include "support/random_matrix.h"
#include "support/simd_targets.h"

namespace talmach {
namespace {

// The definition in dropout.h, element by element.
float ExpectedMask(const Dropout& dropout, std::uint64_t i) {
  const auto block = Philox4x32(dropout.key, 16 * (i / 128) + i % 16);
  const std::uint32_t word = block[i / 16 % 4];
  const std::uint32_t number = i / 64 % 2 == 0 ? word & 0xffffu : word >> 16;
  const bool dropped = number < std::lround(65536.0f * dropout.rate);
  return dropped ? 0.0f : 1.0f / (1.0f - dropout.rate);
}

TEST(DropoutTest, MaskIsTheDocumentedFunctionOfKeyAndPosition) {
  const Dropout dropout = {.key = 0x123456789abcdef0u, .rate = 0.3f};
  ForEachSimdTarget([&] {
    for (const Index size : {1, 2, 15, 16, 17, 63, 64, 65, 127, 128, 129, 300, 1021}) {
      Tensor<float> mask({1, size + 1});
      FillDropoutMask(dropout, View(mask.data(), {1, size}));
      for (Index i = 0; i < size; ++i) {
        ASSERT_EQ(mask.view()[i], ExpectedMask(dropout, static_cast<std::uint64_t>(i))) << i;
      }
      ASSERT_EQ(mask.view()[size], 0.0f) << "wrote past the end";
    }
  });
}

TEST(DropoutTest, MaskDoesNotDependOnTheNumberOfThreads) {
  const Dropout dropout = {.key = 77, .rate = 0.5f};
  for (const int threads : {1, 2, 3}) {
    const ScopedNumThreads count(threads);
    Tensor<float> mask({1, 50003});
    FillDropoutMask(dropout, mask.view());
    for (Index i = 0; i < 50003; i += 37) {
      ASSERT_EQ(mask.view()[i], ExpectedMask(dropout, static_cast<std::uint64_t>(i))) << i;
    }
  }
}

TEST(DropoutTest, DropsAtItsRateAndKeepsTheMean) {
  for (const float rate : {0.1f, 0.5f, 0.9f}) {
    Tensor<float> mask({100, 1000});
    FillDropoutMask({.key = 5, .rate = rate}, mask.view());
    const auto values = mask.view().span();
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / 1e5;
    const double deviation = std::sqrt(rate / (1.0 - rate) / 1e5);
    EXPECT_NEAR(mean, 1.0, 4.0 * deviation) << rate;
  }
}

TEST(DropoutTest, DifferentKeysGiveDifferentMasks) {
  Tensor<float> a({1, 128});
  Tensor<float> b({1, 128});
  FillDropoutMask({.key = 1, .rate = 0.5f}, a.view());
  FillDropoutMask({.key = std::uint64_t{1} << 32, .rate = 0.5f}, b.view());
  Index differences = 0;
  for (Index i = 0; i < 128; ++i) differences += a.view()[i] != b.view()[i] ? 1 : 0;
  EXPECT_GT(differences, 32);
}

TEST(DropoutTest, ApplyingMultipliesByTheMask) {
  const Dropout dropout = {.key = 9, .rate = 0.25f};
  ForEachSimdTarget([&] {
    for (Index cols = 1; cols <= 67; ++cols) {
      const Tensor<float> x = RandomMatrix(3, cols, 1);
      Tensor<float> mask({3, cols});
      FillDropoutMask(dropout, mask.view());
      Tensor<float> y({3, cols});
      ApplyDropout(dropout, x.view(), Operand(y.view()));
      Tensor<BFloat16> rounded({3, cols});
      ApplyDropout(dropout, x.view(), Operand(rounded.view()));
      for (Index i = 0; i < y.size(); ++i) {
        const float expected = x.view()[i] * mask.view()[i];
        ASSERT_EQ(y.view()[i], expected);
        ASSERT_EQ(rounded.view()[i].bits, BFloat16(expected).bits);
      }
    }
  });
}

TEST(DropoutTest, OutputMayBeTheInput) {
  const Dropout dropout = {.key = 9, .rate = 0.25f};
  const Tensor<float> before = RandomMatrix(5, 77, 1);
  Tensor<float> x = RandomMatrix(5, 77, 1);
  ApplyDropout(dropout, x.view(), Operand(x.view()));
  for (Index i = 0; i < x.size(); ++i) {
    ASSERT_EQ(x.view()[i], before.view()[i] * ExpectedMask(dropout, static_cast<std::uint64_t>(i)));
  }
}

TEST(DropoutTest, InactiveDropoutCopies) {
  const Tensor<float> x = RandomMatrix(5, 7, 1);
  Tensor<float> y({5, 7});
  ApplyDropout({}, x.view(), Operand(y.view()));
  for (Index i = 0; i < x.size(); ++i) EXPECT_EQ(y.view()[i], x.view()[i]);
}

TEST(DropoutTest, RatesOutsideTheirRangeAreProgrammingErrors) {
  Tensor<float> mask({1, 1});
  EXPECT_THROW(FillDropoutMask({.key = 1, .rate = 1.0f}, mask.view()), std::logic_error);
  EXPECT_THROW(FillDropoutMask({.key = 1, .rate = -0.1f}, mask.view()), std::logic_error);
}

TEST(DropTokensTest, ReplacesWhereTheMaskIsZero) {
  const Dropout dropout = {.key = 21, .rate = 0.2f};
  std::vector<TokenId> tokens(301);
  std::iota(tokens.begin(), tokens.end(), 10);
  DropTokens(dropout, kUnknownId, tokens);
  Index dropped = 0;
  for (Index i = 0; i < 301; ++i) {
    const bool expected = ExpectedMask(dropout, static_cast<std::uint64_t>(i)) == 0.0f;
    EXPECT_EQ(tokens[i], expected ? kUnknownId : static_cast<TokenId>(i + 10));
    dropped += expected ? 1 : 0;
  }
  EXPECT_GT(dropped, 0);
}

TEST(DropTokensTest, InactiveDropoutKeepsAllTokens) {
  std::vector<TokenId> tokens = {3, 4, 5};
  DropTokens({.key = 1}, kUnknownId, tokens);
  EXPECT_EQ(tokens, (std::vector<TokenId>{3, 4, 5}));
}

}  // namespace
}  // namespace talmach
