#include "kernels/top_k.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "kernels/kernel_test_support.h"

namespace talmach {
namespace {

// All columns of a row in the order of results, by sorting.
std::vector<TokenId> SortedColumns(const float* scores, Index size) {
  std::vector<TokenId> columns(static_cast<std::size_t>(size));
  std::iota(columns.begin(), columns.end(), 0);
  std::stable_sort(columns.begin(), columns.end(),
                   [&](TokenId a, TokenId b) { return scores[a] > scores[b]; });
  return columns;
}

void ExpectTopK(const Tensor<float>& scores, Index k) {
  const ConstView rows = scores.view();
  Tensor<float> values({rows.rows(), k});
  Tensor<TokenId> columns({rows.rows(), k});
  TopK(rows, values.view(), columns.view());
  for (Index row = 0; row < rows.rows(); ++row) {
    const std::vector<TokenId> expected = SortedColumns(rows.row(row), rows.cols());
    for (Index i = 0; i < k; ++i) {
      const TokenId column = expected[static_cast<std::size_t>(i)];
      ASSERT_EQ(columns.view()(row, i), column) << "size " << rows.cols() << ", place " << i;
      ASSERT_EQ(values.view()(row, i), rows(row, column));
    }
  }
}

TEST(TopKTest, EqualsSortingForEverySizeAndK) {
  ForEachTarget([] {
    TestNumbers numbers(3);
    for (const Index size : TailSizes()) {
      const Tensor<float> scores = numbers.Matrix(3, size);
      for (const Index k : {Index{1}, std::min<Index>(5, size), size}) ExpectTopK(scores, k);
    }
  });
}

TEST(TopKTest, BreaksTiesInOrderOfColumns) {
  ForEachTarget([] {
    TestNumbers numbers(4);
    for (const Index size : {1, 16, 63, 64, 65, 130, 1001}) {
      Tensor<float> scores = numbers.Matrix(4, size, 3.0f);
      for (float& score : scores.view().span()) score = std::round(score);
      ExpectTopK(scores, size);
    }
  });
}

TEST(TopKTest, TakesMinusInfinityLastInOrderOfColumns) {
  ForEachTargetAndThreads([] {
    Tensor<float> scores({2, 150});
    for (float& score : scores.view().span()) score = -std::numeric_limits<float>::infinity();
    scores.view()(0, 140) = -3.0f;
    scores.view()(0, 7) = std::numeric_limits<float>::infinity();
    ExpectTopK(scores, 1);
    ExpectTopK(scores, 6);
    ExpectTopK(scores, 150);
  });
}

TEST(TopKTest, SplitsLargeMatricesAmongThreads) {
  ForEachTargetAndThreads([] {
    TestNumbers numbers(5);
    ExpectTopK(numbers.Matrix(21, 8003, 20.0f), 5);
  });
}

TEST(TopKTest, RowsOfNaNGiveColumnsInRange) {
  ForEachTargetAndThreads([] {
    Tensor<float> scores({1, 70});
    for (float& score : scores.view().span()) score = std::numeric_limits<float>::quiet_NaN();
    Tensor<float> values({1, 4});
    Tensor<TokenId> columns({1, 4});
    TopK(scores.view(), values.view(), columns.view());
    for (const TokenId column : columns.view().span()) {
      EXPECT_GE(column, 0);
      EXPECT_LT(column, 70);
    }
  });
}

TEST(TopKTest, RefusesMoreThanThereIs) {
  Tensor<float> scores({1, 3});
  Tensor<float> values({1, 4});
  Tensor<TokenId> columns({1, 4});
  EXPECT_THROW(TopK(scores.view(), values.view(), columns.view()), std::logic_error);
}

}  // namespace
}  // namespace talmach
