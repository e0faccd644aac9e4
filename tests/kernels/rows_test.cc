#include "kernels/rows.h"

#include <gtest/gtest.h>

#include <vector>

#include "kernels/parallel.h"
#include "support/random_matrix.h"
#include "support/simd_targets.h"

namespace talmach {
namespace {

constexpr Index kTableRows = 11;

std::vector<TokenId> RandomIds(Index count) {
  RandomStream random(3);
  std::vector<TokenId> ids(static_cast<std::size_t>(count));
  for (TokenId& id : ids) id = static_cast<TokenId>(random.Below(kTableRows + 1)) - 1;
  return ids;
}

TEST(GatherRowsTest, CopiesRowsAndZerosTheMissing) {
  for (const int threads : {1, 2}) {
    const ScopedNumThreads count(threads);
    for (const Index width : {1, 17, 640}) {
      const Tensor<float> table = RandomMatrix(kTableRows, width, 1);
      const std::vector<TokenId> ids = RandomIds(101);
      Tensor<float> out = RandomMatrix(101, width, 2);
      GatherRows(table.view(), ids, out.view());
      for (Index i = 0; i < 101; ++i) {
        for (Index c = 0; c < width; ++c) {
          ASSERT_EQ(out.view()(i, c), ids[i] < 0 ? 0.0f : table.view()(ids[i], c));
        }
      }
    }
  }
}

TEST(GatherRowsTest, WidensRowsOfRoundedTables) {
  for (const Index width : {1, 17, 640}) {
    const Tensor<float> table = RandomMatrix(kTableRows, width, 1);
    Tensor<std::int8_t> values({kTableRows, width});
    std::vector<float> scales(kTableRows);
    QuantizeWeights(table.view(), values.view(), scales);
    const std::vector<TokenId> ids = RandomIds(101);
    Tensor<float> out = RandomMatrix(101, width, 2);
    GatherRows(QuantizedView{values.view(), scales.data()}, ids, out.view());
    for (Index i = 0; i < 101; ++i) {
      for (Index c = 0; c < width; ++c) {
        const float expected = ids[i] < 0 ? 0.0f : scales[ids[i]] * values.view()(ids[i], c);
        ASSERT_EQ(out.view()(i, c), expected);
      }
    }
  }
}

TEST(GatherRowsTest, IdsOutsideTheTableAreProgrammingErrors) {
  const Tensor<float> table = RandomMatrix(3, 2, 1);
  Tensor<float> out({1, 2});
  const std::vector<TokenId> too_large = {3};
  const std::vector<TokenId> too_small = {-2};
  EXPECT_THROW(GatherRows(table.view(), too_large, out.view()), std::logic_error);
  EXPECT_THROW(ScatterAddRows(out.view(), too_small, out.view()), std::logic_error);
}

TEST(ScatterAddRowsTest, AddsInAscendingOrder) {
  const std::vector<TokenId> ids = RandomIds(301);
  const auto check = [&](Index width) {
    const Tensor<float> d_out = RandomMatrix(301, width, 1);
    Tensor<float> table = RandomMatrix(kTableRows, width, 2);
    Tensor<float> expected = RandomMatrix(kTableRows, width, 2);
    for (Index i = 0; i < 301; ++i) {
      if (ids[i] < 0) continue;
      for (Index c = 0; c < width; ++c) expected.view()(ids[i], c) += d_out.view()(i, c);
    }
    ScatterAddRows(d_out.view(), ids, table.view());
    for (Index i = 0; i < table.size(); ++i) ASSERT_EQ(table.view()[i], expected.view()[i]);
  };
  ForEachSimdTarget([&] {
    for (Index width = 1; width <= 67; ++width) check(width);
  });
  for (const int threads : {1, 2, 3}) {
    const ScopedNumThreads count(threads);
    check(640);
    check(999);
  }
}

TEST(AccumulateColumnSumsTest, AddsInAscendingOrder) {
  const auto check = [](Index rows, Index cols, Index num_columns) {
    Tensor<float> x = RandomMatrix(rows, cols, 1);
    Tensor<BFloat16> rounded = RoundedMatrix(x.view());
    for (const bool bfloat16 : {false, true}) {
      Tensor<float> sums = RandomMatrix(1, num_columns + 1, 2);
      Tensor<float> expected = RandomMatrix(1, num_columns + 1, 2);
      for (Index r = 0; r < rows; ++r) {
        for (Index c = 0; c < num_columns; ++c) {
          expected.view()[c] += bfloat16 ? rounded.view()(r, c).ToFloat() : x.view()(r, c);
        }
      }
      AccumulateColumnSums(bfloat16 ? Operand(rounded.view()) : Operand(x.view()), num_columns,
                           sums.data());
      for (Index c = 0; c <= num_columns; ++c) ASSERT_EQ(sums.view()[c], expected.view()[c]);
    }
  };
  ForEachSimdTarget([&] {
    for (Index cols = 1; cols <= 67; ++cols) check(3, cols, cols);
    check(5, 200, 131);
    check(64, 301, 300);
  });
  for (const int threads : {1, 2, 3}) {
    const ScopedNumThreads count(threads);
    check(300, 777, 700);
  }
}

TEST(AccumulateColumnSumsTest, NoRowsAddNothing) {
  Tensor<float> none({0, 4});
  float sums[4] = {1.0f, 2.0f, 3.0f, 4.0f};
  AccumulateColumnSums(Operand(none.view()), 4, sums);
  EXPECT_EQ(sums[3], 4.0f);
}

}  // namespace
}  // namespace talmach
