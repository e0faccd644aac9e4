// Compares a gradient with central differences of a loss in double precision.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

#include "base/random.h"
#include "support/reference_model.h"
#include "tensor/tensor.h"

namespace talmach {

/// ‖analytic − numeric‖ ≤ tolerance · max(‖numeric‖, shortest), the numeric gradient being that of
/// `loss` with respect to `at`, which is moved and put back. `shortest` is for gradients whose
/// terms nearly cancel.
inline void ExpectGradient(const std::function<double()>& loss, reference::Vector& at,
                           const reference::Vector& analytic, const std::string& what,
                           double tolerance = 1e-5, double shortest = 0) {
  ASSERT_EQ(at.size(), analytic.size()) << what;
  constexpr double kStep = 1e-5;
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const double original = at[i];
    at[i] = original + kStep;
    const double up = loss();
    at[i] = original - kStep;
    const double down = loss();
    at[i] = original;
    const double numeric = (up - down) / (2 * kStep);
    difference += std::pow(analytic[i] - numeric, 2);
    norm += numeric * numeric;
  }
  EXPECT_GT(norm, 0) << what;
  EXPECT_LE(std::sqrt(difference), tolerance * std::max(std::sqrt(norm), shortest)) << what;
}

/// The same for every parameter of a set; `parameters` is what `loss` reads.
inline void ExpectParameterGradients(const std::function<double()>& loss,
                                     reference::Parameters& parameters, const ParameterSet& set,
                                     Gradients& gradients) {
  const reference::Parameters analytic = reference::Export(set, gradients.slab());
  for (auto& [name, matrix] : parameters) {
    ExpectGradient(loss, matrix.values, analytic.at(name).values, name);
  }
}

/// A matrix of normal random numbers.
inline Tensor<float> RandomMatrix(Index rows, Index cols, std::uint64_t seed) {
  Tensor<float> matrix({rows, cols});
  RandomStream random(seed);
  for (float& value : matrix.view().span()) value = random.Normal();
  return matrix;
}

inline reference::Vector ToVector(ConstView view) {
  return {view.data(), view.data() + view.size()};
}

/// Row r of a matrix with `cols` columns.
inline reference::Vector Row(const reference::Vector& matrix, Index r, Index cols) {
  return {matrix.begin() + r * cols, matrix.begin() + (r + 1) * cols};
}

/// Σ weights ∘ values: a loss whose gradient with respect to `values` is `weights`.
inline double WeightedSum(const reference::Vector& values, ConstView weights) {
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += values[i] * weights[i];
  return sum;
}

}  // namespace talmach
