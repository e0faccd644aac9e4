#include "kernels/operand.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/parallel.h"
#include "support/random_matrix.h"
#include "support/simd_targets.h"

namespace talmach {
namespace {

// Numbers around every kind of rounding decision.
std::vector<float> DifficultFloats() {
  std::vector<float> values = {0.0f,
                               -0.0f,
                               std::numeric_limits<float>::infinity(),
                               -std::numeric_limits<float>::infinity(),
                               std::numeric_limits<float>::max(),
                               std::numeric_limits<float>::denorm_min()};
  for (const std::uint32_t low : {0x0000u, 0x7fffu, 0x8000u, 0x8001u, 0xffffu}) {
    for (const std::uint32_t high : {0x0001u, 0x3f80u, 0x3f81u, 0x7f7fu, 0xbf80u, 0xc2ffu}) {
      values.push_back(std::bit_cast<float>(high << 16 | low));
    }
  }
  return values;
}

TEST(OperandTest, StoresTheNearestBFloat16) {
  const std::vector<float> difficult = DifficultFloats();
  ForEachSimdTarget([&] {
    for (Index size = 1; size <= 67; ++size) {
      Tensor<float> values({1, size});
      for (Index i = 0; i < size; ++i) values.view()[i] = difficult[i * 7 % difficult.size()];
      Tensor<BFloat16> rounded({1, size + 1});
      StoreOperand(values.view(), Operand(TensorView<BFloat16>(rounded.data(), {1, size})));
      for (Index i = 0; i < size; ++i) {
        ASSERT_EQ(rounded.view()[i].bits, BFloat16(values.view()[i]).bits) << values.view()[i];
      }
      ASSERT_EQ(rounded.view()[size].bits, 0) << "wrote past the end";
    }
  });
}

TEST(OperandTest, NanStaysNan) {
  ForEachSimdTarget([] {
    for (const std::uint32_t bits : {0x7fc00000u, 0x7f800001u, 0xffffffffu, 0x7fffffffu}) {
      Tensor<float> values({1, 20});
      for (float& value : values.view().span()) value = std::bit_cast<float>(bits);
      Tensor<BFloat16> rounded({1, 20});
      StoreOperand(values.view(), Operand(rounded.view()));
      for (const BFloat16 value : rounded.view().span()) EXPECT_TRUE(std::isnan(value.ToFloat()));
    }
  });
}

TEST(OperandTest, LoadingWhatWasStoredGivesTheRoundedValues) {
  ForEachSimdTarget([] {
    for (const int threads : {1, 2}) {
      const ScopedNumThreads count(threads);
      const Tensor<float> values = RandomMatrix(37, 1021, 1);
      Tensor<BFloat16> rounded({37, 1021});
      StoreOperand(values.view(), Operand(rounded.view()));
      Tensor<float> loaded({37, 1021});
      LoadOperand(Operand(rounded.view()), loaded.view());
      Tensor<float> narrowed({37, 1021});
      RoundToBFloat16(values.view(), narrowed.view());
      for (Index i = 0; i < values.size(); ++i) {
        ASSERT_EQ(loaded.view()[i], BFloat16(values.view()[i]).ToFloat());
        ASSERT_EQ(narrowed.view()[i], loaded.view()[i]);
      }
    }
  });
}

TEST(OperandTest, Float32OperandIsTheMatrixItself) {
  Tensor<float> values = RandomMatrix(3, 4, 1);
  Arena arena;
  const Operand operand = AllocateOperandFor(arena, Precision::kFloat32, values.view(), 1);
  EXPECT_EQ(operand.float32(), values.data());
  EXPECT_EQ(arena.used_bytes(), 0u);
  StoreOperand(values.view(), operand);
  LoadOperand(operand, values.view());
  EXPECT_EQ(operand.AsView().data(), values.data());
}

TEST(OperandTest, AllocatedRowsArePaddedWithZeros) {
  for (const Precision precision : {Precision::kFloat32, Precision::kBFloat16, Precision::kInt8}) {
    Arena arena;
    const Operand operand = AllocateOperand(arena, precision, 65, 3);
    ASSERT_EQ(operand.rows(), 128);
    ASSERT_EQ(operand.cols(), 3);
    EXPECT_EQ(operand.precision() == Precision::kBFloat16, precision == Precision::kBFloat16);
    Tensor<float> padding = RandomMatrix(63, 3, 1);
    const Operand rows = operand.Rows(65, 128);
    if (precision == Precision::kBFloat16) {
      LoadOperand(rows, padding.view());
    } else {
      padding.view() = rows.AsView();
      for (const float value : rows.AsView().span()) EXPECT_EQ(value, 0.0f);
      continue;
    }
    for (const float value : padding.view().span()) EXPECT_EQ(value, 0.0f);
  }
}

TEST(OperandTest, RowsShareMemory) {
  Tensor<BFloat16> values({5, 7});
  const Operand part = Operand(values.view()).Rows(2, 4);
  EXPECT_EQ(part.bfloat16(), values.view().row(2));
  EXPECT_EQ(part.rows(), 2);
  EXPECT_TRUE(Operand(values.view()).Rows(3, 3).empty());
  EXPECT_THROW(Operand(values.view()).Rows(4, 6), std::logic_error);
}

TEST(OperandTest, EmptyOperandsAreNotWritten) {
  const Tensor<float> values = RandomMatrix(2, 3, 1);
  StoreOperand(values.view(), Operand());
  EXPECT_TRUE(Operand().empty());
}

TEST(OperandTest, WrongShapesAndFormatsAreProgrammingErrors) {
  const Tensor<float> values = RandomMatrix(2, 3, 1);
  Tensor<BFloat16> other({3, 2});
  EXPECT_THROW(StoreOperand(values.view(), Operand(other.view())), std::logic_error);
  EXPECT_THROW(Operand(other.view()).AsView(), std::logic_error);
}

TEST(OperandTest, MeasuringArenasHandOutNothing) {
  Arena arena(Arena::Mode::kMeasure);
  const Operand operand = AllocateOperand(arena, Precision::kBFloat16, 1, 64);
  EXPECT_TRUE(operand.empty());
  EXPECT_EQ(arena.used_bytes(), 64u * 64u * sizeof(BFloat16));
}

}  // namespace
}  // namespace talmach
