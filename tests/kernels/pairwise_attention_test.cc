// The parts of attention, each against sums written out in double precision, on every instruction
// set and for every tail.
#include "kernels/pairwise_attention.h"

#include <cmath>

#include "kernels/kernel_test_support.h"

namespace talmach {
namespace {

// A tensor of numbers in [−1, 1).
Tensor<float> Random(std::initializer_list<Index> dims, std::uint32_t seed) {
  Tensor<float> tensor(dims);
  TestNumbers numbers(seed);
  for (float& value : tensor.view().span()) value = numbers.Next(1.0f);
  return tensor;
}

// Element (b, i, j) of a tensor.
template <typename T>
T& At(TensorView<T> tensor, Index b, Index i, Index j) {
  return tensor(b * tensor.dim(1) + i, j);
}

struct Sizes {
  Index batch, queries, values, size;
};

// e_bij in double precision; `moved` is added to one of the numbers it is made of.
double Energy(const Sizes& sizes, ConstView query, ConstView keys, const AttentionEnergy& energy,
              Index b, Index i, Index j, const float* moved = nullptr, double step = 0) {
  const auto value = [&](const float& number) { return number + (&number == moved ? step : 0.0); };
  double sum = 0;
  for (Index a = 0; a < sizes.size; ++a) {
    const double x = value(At(query, b, i, a)) + value(At(keys, b, j, a));
    const double activated =
        energy.activation == AttentionActivation::kTanh ? std::tanh(x) : std::max(x, 0.0);
    sum += activated * (energy.scale == nullptr ? 1.0 : value(energy.scale[a]));
  }
  return sum / energy.temperature;
}

// The central difference of Σ d_e e with respect to *number.
double Slope(const Sizes& sizes, ConstView query, ConstView keys, const AttentionEnergy& energy,
             ConstView d_energies, const float* number) {
  constexpr double kStep = 1e-6;
  double slope = 0;
  for (Index b = 0; b < sizes.batch; ++b) {
    for (Index i = 0; i < sizes.queries; ++i) {
      for (Index j = 0; j < sizes.values; ++j) {
        const double up = Energy(sizes, query, keys, energy, b, i, j, number, kStep);
        const double down = Energy(sizes, query, keys, energy, b, i, j, number, -kStep);
        slope += At(d_energies, b, i, j) * (up - down) / (2 * kStep);
      }
    }
  }
  return slope;
}

void ExpectAdditiveEnergies(const Sizes& sizes, const AttentionEnergy& energy) {
  // No structured binding: clang 14 cannot capture one.
  const Index batch = sizes.batch, queries = sizes.queries, values = sizes.values;
  const Index size = sizes.size;
  const Tensor<float> query = Random({batch, queries, size}, 1);
  const Tensor<float> keys = Random({batch, values, size}, 2);
  const Tensor<float> d_energies = Random({batch, queries, values}, 3);
  Tensor<double> query_slopes({batch, queries, size});
  Tensor<double> key_slopes({batch, values, size});
  Tensor<double> scale_slopes({size});
  const auto slope = [&](const float* number) {
    return Slope(sizes, query.view(), keys.view(), energy, d_energies.view(), number);
  };
  for (Index i = 0; i < query.size(); ++i) query_slopes.data()[i] = slope(query.data() + i);
  for (Index i = 0; i < keys.size(); ++i) key_slopes.data()[i] = slope(keys.data() + i);
  for (Index a = 0; energy.scale != nullptr && a < size; ++a) {
    scale_slopes.data()[a] = slope(energy.scale + a);
  }
  ForEachTargetAndThreads([&] {
    Tensor<float> energies({batch, queries, values});
    AdditiveEnergies({.query = query.view(),
                      .keys = keys.view(),
                      .energy = energy,
                      .energies = energies.view()});
    for (Index b = 0; b < batch; ++b) {
      for (Index i = 0; i < queries; ++i) {
        for (Index j = 0; j < values; ++j) {
          ASSERT_NEAR(At(energies.view(), b, i, j),
                      Energy(sizes, query.view(), keys.view(), energy, b, i, j), 3e-5);
        }
      }
    }
    Tensor<float> d_query = Random({batch, queries, size}, 4);  // to be overwritten
    Tensor<float> d_keys = Random({batch, values, size}, 5);
    std::vector<float> d_scale(static_cast<std::size_t>(size), 0.25f);
    AdditiveEnergiesBackward({.d_energies = d_energies.view(),
                              .query = query.view(),
                              .keys = keys.view(),
                              .energy = energy,
                              .d_query = d_query.view(),
                              .d_keys = d_keys.view(),
                              .d_scale = energy.scale != nullptr ? d_scale.data() : nullptr});
    for (Index i = 0; i < query.size(); ++i) {
      ASSERT_NEAR(d_query.data()[i], query_slopes.data()[i], 2e-5);
    }
    for (Index i = 0; i < keys.size(); ++i) {
      ASSERT_NEAR(d_keys.data()[i], key_slopes.data()[i], 2e-5);
    }
    for (Index a = 0; a < size; ++a) {
      ASSERT_NEAR(d_scale[static_cast<std::size_t>(a)], 0.25 + scale_slopes.data()[a], 2e-5);
    }
  });
}

TEST(PairwiseAttentionTest, AdditiveEnergiesAndTheirGradientsForEverySize) {
  for (Index size = 1; size <= 67; ++size) {
    const Tensor<float> scale = Random({size}, 6);
    ExpectAdditiveEnergies({2, 2, size % 6 + 1, size}, {.scale = scale.data()});
  }
}

TEST(PairwiseAttentionTest, AdditiveEnergiesWithEveryOption) {
  const Sizes sizes{3, 4, 5, 9};
  const Tensor<float> scale = Random({sizes.size}, 7);
  for (const auto activation : {AttentionActivation::kTanh, AttentionActivation::kRelu}) {
    for (const float temperature : {1.0f, 0.5f}) {
      ExpectAdditiveEnergies(sizes, {activation, scale.data(), temperature});
      ExpectAdditiveEnergies(sizes, {activation, nullptr, temperature});
    }
  }
}

TEST(PairwiseAttentionTest, SoftmaxAndItsGradientForEveryLength) {
  for (const Index values : TailSizes()) {
    const Tensor<float> energies = Random({2, 3, values}, 8);
    const Tensor<float> d_weights = Random({2, 3, values}, 9);
    ForEachTarget([&] {
      Tensor<float> weights = Random({2, 3, values}, 8);
      MaskedSoftmax({}, /*causal=*/false, weights.view());
      Tensor<float> d_energies = Random({2, 3, values}, 9);
      MaskedSoftmaxBackward(weights.view(), d_energies.view());
      for (Index row = 0; row < 6; ++row) {
        double sum = 0, mean = 0;
        for (Index j = 0; j < values; ++j) sum += std::exp(double{energies.view()(row, j)});
        for (Index j = 0; j < values; ++j) {
          mean += std::exp(double{energies.view()(row, j)}) / sum * d_weights.view()(row, j);
        }
        for (Index j = 0; j < values; ++j) {
          const double weight = std::exp(double{energies.view()(row, j)}) / sum;
          ASSERT_NEAR(weights.view()(row, j), weight, 1e-6);
          ASSERT_NEAR(d_energies.view()(row, j), weight * (d_weights.view()(row, j) - mean), 1e-6);
        }
      }
    });
  }
}

TEST(PairwiseAttentionTest, HiddenValuesGetExactlyZeroAndTheRestSumsToOne) {
  const Index queries = 5, values = 19;
  std::vector<std::uint8_t> visible(2 * values);
  for (std::size_t j = 0; j < visible.size(); ++j) visible[j] = j % 3 != 0;
  const MaskView mask(visible.data(), {2, values});
  ForEachTargetAndThreads([&] {
    for (const bool causal : {false, true}) {
      Tensor<float> weights = Random({2, queries, values}, 10);
      At(weights.view(), 1, 4, 0) = 80.0f;  // hidden, and the largest by far
      MaskedSoftmax(mask, causal, weights.view());
      for (Index b = 0; b < 2; ++b) {
        for (Index i = 0; i < queries; ++i) {
          double sum = 0;
          bool any = false;
          for (Index j = 0; j < values; ++j) {
            const bool seen =
                visible[static_cast<std::size_t>(b * values + j)] != 0 && (!causal || j <= i);
            any = any || seen;
            ASSERT_EQ(At(weights.view(), b, i, j) > 0.0f, seen);
            ASSERT_GE(At(weights.view(), b, i, j), 0.0f);
            sum += At(weights.view(), b, i, j);
          }
          ASSERT_NEAR(sum, any ? 1.0 : 0.0, 1e-6);
        }
      }
    }
  });
}

TEST(PairwiseAttentionTest, ProductsAndSumsForEverySize) {
  for (Index size = 1; size <= 67; ++size) {
    const Index rows = size % 4 + 1, others = size % 7 + 1;
    const Tensor<float> x = Random({2, rows, size}, 11);
    const Tensor<float> y = Random({2, others, size}, 12);
    const Tensor<float> w = Random({2, rows, others}, 13);
    ForEachTargetAndThreads([&] {
      Tensor<float> products({2, rows, others});
      PairwiseProducts(x.view(), y.view(), products.view());
      Tensor<float> sums = Random({2, rows, size}, 14);
      WeightedSums(w.view(), y.view(), sums.view());
      Tensor<float> transposed = Random({2, others, size}, 15);
      TransposedWeightedSums(w.view(), x.view(), transposed.view());
      for (Index b = 0; b < 2; ++b) {
        for (Index i = 0; i < rows; ++i) {
          for (Index j = 0; j < others; ++j) {
            double product = 0;
            for (Index c = 0; c < size; ++c) {
              product += double{At(x.view(), b, i, c)} * At(y.view(), b, j, c);
            }
            ASSERT_NEAR(At(products.view(), b, i, j), product, 1e-5);
          }
        }
        for (Index c = 0; c < size; ++c) {
          for (Index i = 0; i < rows; ++i) {
            double sum = 0;
            for (Index j = 0; j < others; ++j) {
              sum += double{At(w.view(), b, i, j)} * At(y.view(), b, j, c);
            }
            ASSERT_NEAR(At(sums.view(), b, i, c), sum, 1e-5);
          }
          for (Index j = 0; j < others; ++j) {
            double sum = 0;
            for (Index i = 0; i < rows; ++i) {
              sum += double{At(w.view(), b, i, j)} * At(x.view(), b, i, c);
            }
            ASSERT_NEAR(At(transposed.view(), b, j, c), sum, 1e-5);
          }
        }
      }
    });
  }
}

TEST(PairwiseAttentionTest, RefusesWrongShapes) {
  Tensor<float> query({2, 3, 4}), keys({2, 5, 4}), narrow_keys({2, 5, 3}), energies({2, 3, 5});
  EXPECT_THROW(AdditiveEnergies({.query = query.view(),
                                 .keys = narrow_keys.view(),
                                 .energy = {},
                                 .energies = energies.view()}),
               std::logic_error);
  EXPECT_THROW(PairwiseProducts(keys.view(), query.view(), energies.view()), std::logic_error);
  EXPECT_THROW(WeightedSums(energies.view(), query.view(), keys.view()), std::logic_error);
  const std::vector<std::uint8_t> visible(6);
  EXPECT_THROW(MaskedSoftmax(MaskView(visible.data(), {2, 3}), false, energies.view()),
               std::logic_error);
}

}  // namespace
}  // namespace talmach
