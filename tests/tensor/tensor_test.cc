#include "tensor/tensor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "tensor/arena.h"

namespace talmach {
namespace {

TEST(TensorViewTest, SeesAllLeadingDimensionsAsRows) {
  Tensor<float> tensor({2, 3, 4});
  const View view = tensor.view();
  EXPECT_EQ(view.rows(), 6);
  EXPECT_EQ(view.cols(), 4);
  EXPECT_EQ(view.size(), 24);
  view(5, 3) = 7.0f;
  EXPECT_EQ(view[23], 7.0f);
  EXPECT_EQ(view.ShapeText(), "[2, 3, 4]");
}

TEST(TensorViewTest, RowsAreChecked) {
  Tensor<float> tensor({4, 2});
  EXPECT_EQ(tensor.view().Rows(1, 3).data(), tensor.data() + 2);
  EXPECT_THROW(tensor.view().Rows(3, 5), std::logic_error);
}

TEST(TensorTest, StartsAtZeroAndMovesItsMemory) {
  Tensor<float> tensor({3, 3});
  for (const float value : tensor.view().span()) EXPECT_EQ(value, 0.0f);
  const float* data = tensor.data();
  Tensor<float> moved = std::move(tensor);
  EXPECT_EQ(moved.data(), data);
  EXPECT_EQ(tensor.size(), 0);  // NOLINT(bugprone-use-after-move): moved-from is empty
}

TEST(ArenaTest, AlignsAndReusesMemory) {
  Arena arena;
  const View first = arena.Allocate<float>({3, 5});
  const View second = arena.Allocate<float>({7});
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(first.data()) % Arena::kAlignment, 0u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(second.data()) % Arena::kAlignment, 0u);
  EXPECT_GE(second.data(), first.data() + first.size());
  arena.Reset();
  EXPECT_EQ(arena.Allocate<float>({2}).data(), first.data());
}

TEST(ArenaTest, BecomesOneBlockAfterReset) {
  Arena arena;
  for (int i = 0; i < 10; ++i) arena.Allocate<float>({1 << 18});
  const std::size_t used = arena.used_bytes();
  arena.Reset();
  const View first = arena.Allocate<float>({1 << 18});
  View last = first;
  for (int i = 1; i < 10; ++i) last = arena.Allocate<float>({1 << 18});
  EXPECT_EQ(last.data() + last.size(), first.data() + used / sizeof(float));
}

TEST(ArenaTest, AScopeGivesBackItsMemory) {
  Arena arena;
  arena.Allocate<float>({112});
  const std::size_t before = arena.used_bytes();
  const float* first = nullptr;
  for (const Index size : {1 << 16, 1 << 20, 1 << 22, 1 << 10}) {  // in the block, and in others
    const Arena::Scope scope(arena);
    const View inside = arena.Allocate<float>({size});
    inside[size - 1] = 1.0f;
    if (first == nullptr) first = inside.data();
    {
      const Arena::Scope inner(arena);
      const View deeper = arena.Allocate<float>({size});
      EXPECT_NE(deeper.data(), inside.data());
      deeper[0] = 2.0f;
    }
    EXPECT_EQ(inside[size - 1], 1.0f);
  }
  EXPECT_EQ(arena.used_bytes(), before);
  EXPECT_EQ(arena.Allocate<float>({1}).data(), first);
  EXPECT_EQ(arena.peak_bytes(), before + 2 * sizeof(float) * (1 << 22));
  // Reset makes one block that holds all there was at once.
  arena.Reset();
  const View head = arena.Allocate<float>({112});  // a whole number of cache lines
  EXPECT_EQ(arena.Allocate<float>({1 << 23}).data(), head.data() + head.size());
}

TEST(ArenaTest, MeasuresWithTheSameCode) {
  Arena real;
  Arena measuring(Arena::Mode::kMeasure);
  for (Arena* arena : {&real, &measuring}) {
    arena->Allocate<float>({3, 5});
    arena->AllocateRows(65, 10);
  }
  EXPECT_EQ(real.used_bytes(), measuring.used_bytes());
  EXPECT_EQ(measuring.Allocate<float>({2}).data(), nullptr);
}

TEST(ArenaTest, PadsRowsWithZeros) {
  Arena arena;
  View view = arena.AllocateRows(65, 3);
  EXPECT_EQ(view.rows(), 128);
  std::fill(view.data(), view.data() + view.size(), 1.0f);
  arena.Reset();
  view = arena.AllocateRows(65, 3);
  EXPECT_EQ(view(64, 2), 1.0f);
  for (Index r = 65; r < 128; ++r) EXPECT_EQ(view(r, 0), 0.0f);
}

}  // namespace
}  // namespace talmach
