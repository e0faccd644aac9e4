#include "evaluation/edit_distance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

#include "base/random.h"

namespace talmach {
namespace {

using Words = std::vector<std::uint32_t>;

Index Count(const Words& hypothesis, const Words& reference) {
  return EditCounter().Count(hypothesis, reference);
}

// A slow oracle: the same search, with every candidate's whole matrix computed anew.

constexpr Index kFar = 1 << 29;

struct Matrix {
  std::vector<std::vector<Index>> cost;
  Index distance() const { return cost.back().back(); }
};

Matrix FillMatrix(const Words& words, const Words& reference) {
  const auto n = static_cast<Index>(words.size()), m = static_cast<Index>(reference.size());
  const double ratio = n == 0 ? 1 : static_cast<double>(m) / static_cast<double>(n);
  const Index width = 25 < ratio / 2 ? static_cast<Index>(std::ceil(ratio / 2 + 25)) : 25;
  Matrix matrix{std::vector(n + 1, std::vector<Index>(m + 1, kFar))};
  for (Index j = 0; j <= m; ++j) matrix.cost[0][j] = j;
  for (Index i = 1; i <= n; ++i) {
    const auto diagonal = static_cast<Index>(std::floor(static_cast<double>(i) * ratio));
    const Index end = i == n ? m + 1 : std::min(m + 1, diagonal + width);
    for (Index j = std::max<Index>(0, diagonal - width); j < end; ++j) {
      Index& cell = matrix.cost[i][j];
      cell = std::min(cell, matrix.cost[i - 1][j] + 1);
      if (j == 0) continue;
      cell = std::min(cell, matrix.cost[i][j - 1] + 1);
      cell = std::min(cell, matrix.cost[i - 1][j - 1] + (words[i - 1] != reference[j - 1]));
    }
  }
  return matrix;
}

struct Alignment {
  std::vector<Index> aligned;
  std::vector<bool> word_is_wrong, reference_is_wrong;
};

Alignment TraceBack(const Matrix& matrix, const Words& words, const Words& reference) {
  auto i = static_cast<Index>(words.size()), j = static_cast<Index>(reference.size());
  Alignment alignment{std::vector<Index>(j), std::vector<bool>(i, true),
                      std::vector<bool>(j, true)};
  while (i > 0 || j > 0) {
    const Index cost = matrix.cost[i][j];
    const bool both = i > 0 && j > 0;
    const bool match = both && words[i - 1] == reference[j - 1];
    if (both && cost == matrix.cost[i - 1][j - 1] + !match) {
      --i, --j;
      alignment.aligned[j] = i;
      alignment.word_is_wrong[i] = alignment.reference_is_wrong[j] = !match;
    } else if (i > 0 && cost == matrix.cost[i - 1][j] + 1) {
      --i;
    } else {
      alignment.aligned[--j] = i - 1;
    }
  }
  return alignment;
}

Words Slice(const Words& words, Index begin, Index end) {
  const auto size = static_cast<Index>(words.size());
  begin = std::min(begin, size), end = std::min(end, size);
  return begin < end ? Words(words.begin() + begin, words.begin() + end) : Words();
}

Words Join(std::initializer_list<Words> parts) {
  Words joined;
  for (const Words& part : parts) joined.insert(joined.end(), part.begin(), part.end());
  return joined;
}

Words Moved(const Words& w, Index start, Index length, Index target) {
  const auto size = static_cast<Index>(w.size());
  const Index end = start + length;
  const Words block = Slice(w, start, end);
  if (target < start) {
    return Join({Slice(w, 0, target), block, Slice(w, target, start), Slice(w, end, size)});
  }
  const Index behind = target > end ? target : length + target;
  return Join({Slice(w, 0, start), Slice(w, end, behind), block, Slice(w, behind, size)});
}

Index SlowCount(Words words, const Words& reference) {
  if (reference.empty()) return static_cast<Index>(words.size());
  const auto n = static_cast<Index>(words.size()), m = static_cast<Index>(reference.size());
  Index num_shifts = 0, num_tried = 0;
  while (true) {
    const Matrix matrix = FillMatrix(words, reference);
    const Alignment alignment = TraceBack(matrix, words, reference);
    std::tuple<Index, Index, Index, Index, Words> best{-kFar, 0, 0, 0, {}};
    auto any = [](const std::vector<bool>& wrong, Index start, Index length) {
      for (Index i = start; i < start + length; ++i) {
        if (wrong[i]) return true;
      }
      return false;
    };
    for (Index h = 0; h < n && num_tried < 1000; ++h) {
      for (Index r = 0; r < m && num_tried < 1000; ++r) {
        if (std::abs(r - h) > 50) continue;
        for (Index length = 1; length <= 10 && h + length <= n && r + length <= m; ++length) {
          if (words[h + length - 1] != reference[r + length - 1] || num_tried >= 1000) break;
          if (!any(alignment.word_is_wrong, h, length)) continue;
          if (!any(alignment.reference_is_wrong, r, length)) continue;
          if (h <= alignment.aligned[r] && alignment.aligned[r] < h + length) continue;
          Index previous = -1;
          for (Index offset = -1; offset < length; ++offset) {
            const Index target = r + offset < 0 ? 0 : alignment.aligned[r + offset] + 1;
            if (target == previous) continue;
            previous = target;
            Words shifted = Moved(words, h, length, target);
            const Index gain = matrix.distance() - FillMatrix(shifted, reference).distance();
            ++num_tried;
            best = std::max(best, {gain, length, -h, -target, std::move(shifted)});
          }
        }
      }
    }
    if (num_tried >= 1000 || std::get<0>(best) <= 0) return num_shifts + matrix.distance();
    ++num_shifts;
    words = std::get<4>(best);
  }
}

Words RandomWords(RandomStream* random, Index length, Index vocabulary) {
  Words words;
  for (Index i = 0; i < length; ++i) {
    words.push_back(static_cast<std::uint32_t>(random->Below(vocabulary)));
  }
  return words;
}

TEST(EditCounterTest, CountsInsertionsDeletionsSubstitutions) {
  EXPECT_EQ(Count({1, 2, 3}, {1, 2, 3}), 0);
  EXPECT_EQ(Count({1, 3}, {1, 2, 3}), 1);
  EXPECT_EQ(Count({1, 2, 2, 3}, {1, 2, 3}), 1);
  EXPECT_EQ(Count({1, 9, 3}, {1, 2, 3}), 1);
}

TEST(EditCounterTest, MovingABlockIsOneEdit) {
  EXPECT_EQ(Count({4, 5, 6, 1, 2, 3}, {1, 2, 3, 4, 5, 6}), 1);
  EXPECT_EQ(Count({1, 2, 7, 8, 3, 4}, {1, 2, 3, 4, 7, 8}), 1);
}

TEST(EditCounterTest, EmptySidesCostTheOtherSide) {
  EXPECT_EQ(Count({}, {}), 0);
  EXPECT_EQ(Count({1, 2}, {}), 2);
  EXPECT_EQ(Count({}, {1, 2, 3}), 3);
}

TEST(EditCounterTest, EqualsTheSlowSearchOnShortLines) {
  RandomStream random(1);
  EditCounter counter;
  for (int trial = 0; trial < 2000; ++trial) {
    const Words hypothesis = RandomWords(&random, random.Below(12), 2 + trial % 7);
    const Words reference = RandomWords(&random, random.Below(12), 2 + trial % 7);
    ASSERT_EQ(counter.Count(hypothesis, reference), SlowCount(hypothesis, reference)) << trial;
  }
}

// Shuffled blocks make shifts worth while; lengths reach past the beam and the shift limits.
TEST(EditCounterTest, EqualsTheSlowSearchOnLongLines) {
  RandomStream random(2);
  EditCounter counter;
  for (int trial = 0; trial < 12; ++trial) {
    Words reference = RandomWords(&random, 20 + 12 * trial, 400);
    Words hypothesis = reference;
    for (int move = 0; move < 5; ++move) {
      const auto size = static_cast<Index>(hypothesis.size());
      const Index start = random.Below(size - 4), target = random.Below(size);
      hypothesis = Moved(hypothesis, start, 1 + random.Below(4), target);
      hypothesis[random.Below(size)] = 1000;
    }
    if (trial % 3 == 0) hypothesis.resize(hypothesis.size() / 2);
    ASSERT_EQ(counter.Count(hypothesis, reference), SlowCount(hypothesis, reference)) << trial;
  }
}

TEST(EditCounterTest, EqualsTheSlowSearchOnVeryUnequalLengths) {
  RandomStream random(3);
  for (const auto& [n, m] : {std::pair{1, 120}, {2, 190}, {120, 1}, {150, 3}, {60, 130}}) {
    const Words hypothesis = RandomWords(&random, n, 5), reference = RandomWords(&random, m, 5);
    ASSERT_EQ(Count(hypothesis, reference), SlowCount(hypothesis, reference)) << n << " " << m;
  }
}

}  // namespace
}  // namespace talmach
