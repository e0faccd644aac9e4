#include "kernels/attention.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/kernel_test_support.h"

namespace talmach {
namespace {

// The sizes and options of a case.
struct Shape {
  std::vector<Index> lengths;  // of the sources, whose rows follow each other
  Index keys_size;
  Index annotations_size;
  AttentionActivation activation = AttentionActivation::kTanh;
  bool scaled = true;
  bool masked = false;
  float temperature = 1.0f;
  bool guided = false;
};

// Random inputs of one step: query r reads source r, or, when shared, source r / 2.
class Case {
 public:
  explicit Case(const Shape& shape, bool shared = false)
      : shape_(shape),
        rows(static_cast<Index>(shape.lengths.size()) * (shared ? 2 : 1)),
        longest(*std::max_element(shape.lengths.begin(), shape.lengths.end()) + 2) {
    Index next = 1;  // the first row belongs to nobody
    std::vector<Index> begins;
    for (const Index source_length : shape.lengths) {
      begins.push_back(next);
      next += source_length;
    }
    for (Index row = 0; row < rows; ++row) {
      const auto source = static_cast<std::size_t>(shared ? row / 2 : row);
      begin.push_back(begins[source]);
      length.push_back(shape.lengths[source]);
    }
    query = numbers_.Matrix(rows, shape.keys_size + 3);
    keys = numbers_.Matrix(next, shape.keys_size, 2.0f);
    annotations = numbers_.Matrix(next, shape.annotations_size);
    scale = numbers_.Matrix(1, shape.keys_size);
    d_context = numbers_.Matrix(rows, shape.annotations_size);
    weight_mask = numbers_.Matrix(rows, longest);
    for (float& value : weight_mask.view().span()) value = value < -0.5f ? 0.0f : 4.0f / 3.0f;
    weights = numbers_.Matrix(rows, longest);
    guide = numbers_.Matrix(rows, longest);
    for (float& value : guide.view().span()) value = std::max(value, 0.0f);
    std::fill_n(guide.view().row(0), longest, 0.0f);  // a target without links
    context = Tensor<float>({rows, shape.annotations_size});
  }

  SourceSpans spans() const { return {begin, length}; }
  AttentionEnergy energy() const {
    return {shape_.activation, shape_.scaled ? scale.data() : nullptr, shape_.temperature,
            exponential_keys};
  }
  ConstView guide_view() const { return shape_.guided ? guide.view() : ConstView(); }
  ConstView mask() const { return shape_.masked ? weight_mask.view() : ConstView(); }

  void Forward(const Operand& context_operand) {
    AttentionForward({.query = query.view(),
                      .keys = keys.view(),
                      .annotations = annotations.view(),
                      .spans = spans(),
                      .energy = energy(),
                      .weight_mask = mask(),
                      .weights = weights.view(),
                      .context = context.view(),
                      .context_operand = context_operand});
  }

 private:
  TestNumbers numbers_{19};
  Shape shape_;

 public:
  Index rows, longest;
  bool exponential_keys = false;
  std::vector<Index> begin, length;
  Tensor<float> query, keys, annotations, scale, d_context, weight_mask, weights, context, guide;
};

// The header's equations for one query, in double precision.
struct Reference {
  std::vector<double> query, scale;
  std::vector<std::vector<double>> keys, annotations;
  std::vector<double> mask, guide;
  AttentionActivation activation;
  double temperature;

  Reference(const Case& c, Index row) {
    const Index size = c.keys.view().cols();
    const float* q = c.query.view().row(row) + 3;
    query.assign(q, q + size);
    scale.assign(query.size(), 1.0);
    if (c.energy().scale != nullptr) scale.assign(c.scale.data(), c.scale.data() + size);
    const auto at = static_cast<std::size_t>(row);
    for (Index j = 0; j < c.length[at]; ++j) {
      const float* key = c.keys.view().row(c.begin[at] + j);
      const float* annotation = c.annotations.view().row(c.begin[at] + j);
      keys.emplace_back(key, key + size);
      annotations.emplace_back(annotation, annotation + c.annotations.view().cols());
      mask.push_back(c.mask().empty() ? 1.0 : c.mask()(row, j));
      guide.push_back(c.guide_view().empty() ? 0.0 : c.guide_view()(row, j));
    }
    activation = c.energy().activation;
    temperature = c.energy().temperature;
  }

  std::vector<double> Weights() const {
    std::vector<double> weights;
    double sum = 0.0;
    for (const std::vector<double>& key : keys) {
      double energy = 0.0;
      for (std::size_t a = 0; a < key.size(); ++a) {
        const double x = query[a] + key[a];
        energy +=
            scale[a] * (activation == AttentionActivation::kTanh ? std::tanh(x) : std::max(x, 0.0));
      }
      weights.push_back(std::exp(energy / temperature));
      sum += weights.back();
    }
    for (double& weight : weights) weight /= sum;
    return weights;
  }

  std::vector<double> Context() const {
    const std::vector<double> weights = Weights();
    std::vector<double> context(annotations[0].size());
    for (std::size_t j = 0; j < weights.size(); ++j) {
      for (std::size_t c = 0; c < context.size(); ++c) {
        context[c] += weights[j] * mask[j] * annotations[j][c];
      }
    }
    return context;
  }
};

// The slope of d_context · Context() − guide · ln Weights() in `*input`, which must be a number
// inside `reference`.
double Slope(const Reference& reference, double* input, const float* d_context) {
  constexpr double kStep = 1e-5;
  const auto objective = [&] {
    const std::vector<double> context = reference.Context();
    double sum = 0.0;
    for (std::size_t c = 0; c < context.size(); ++c) sum += d_context[c] * context[c];
    const std::vector<double> weights = reference.Weights();
    for (std::size_t j = 0; j < weights.size(); ++j) {
      sum -= reference.guide[j] * std::log(weights[j]);
    }
    return sum;
  };
  const double at = *input;
  *input = at + kStep;
  const double above = objective();
  *input = at - kStep;
  const double below = objective();
  *input = at;
  return (above - below) / (2.0 * kStep);
}

void ExpectForward(Case& c, Precision precision) {
  TestOperand operand(precision, c.rows, c.context.view().cols());
  c.Forward(operand.operand());
  for (Index row = 0; row < c.rows; ++row) {
    const Reference reference(c, row);
    const std::vector<double> weights = reference.Weights();
    for (Index j = 0; j < c.longest; ++j) {
      const auto at = static_cast<std::size_t>(j);
      const double expected = at < weights.size() ? weights[at] : 0.0;
      ASSERT_NEAR(c.weights.view()(row, j), expected, 3e-5) << "row " << row << ", " << j;
    }
    const std::vector<double> context = reference.Context();
    for (Index i = 0; i < c.context.view().cols(); ++i) {
      const double expected = context[static_cast<std::size_t>(i)];
      ASSERT_NEAR(c.context.view()(row, i), expected, 3e-5) << "row " << row << ", column " << i;
      ASSERT_NEAR(operand(row, i), expected, 3e-5 + operand.Tolerance(expected));
    }
  }
}

std::vector<Shape> Shapes() {
  return {{.lengths = {5, 1, 3}, .keys_size = 33, .annotations_size = 37},
          {.lengths = {4, 9}, .keys_size = 16, .annotations_size = 65, .scaled = false},
          {.lengths = {2, 7, 18},
           .keys_size = 7,
           .annotations_size = 5,
           .activation = AttentionActivation::kRelu,
           .masked = true},
          {.lengths = {6, 17}, .keys_size = 50, .annotations_size = 131, .temperature = 2.5f},
          {.lengths = {3, 7, 12},
           .keys_size = 20,
           .annotations_size = 9,
           .masked = true,
           .temperature = 0.7f,
           .guided = true},
          {.lengths = {3, 33},
           .keys_size = 67,
           .annotations_size = 64,
           .activation = AttentionActivation::kRelu,
           .scaled = false,
           .masked = true,
           .temperature = 0.5f}};
}

TEST(AttentionTest, ForwardMatchesTheEquations) {
  ForEachTargetAndThreads([] {
    for (const Shape& shape : Shapes()) {
      Case c(shape);
      ExpectForward(c, Precision::kFloat32);
      ExpectForward(c, Precision::kBFloat16);
    }
  });
}

TEST(AttentionTest, ForwardMatchesTheEquationsForEverySize) {
  ForEachTarget([] {
    for (const Index size : TailSizes()) {
      Case c({.lengths = {2, size % 70 + 1}, .keys_size = size, .annotations_size = size});
      ExpectForward(c, Precision::kFloat32);
    }
  });
}

TEST(AttentionTest, QueriesMayShareASource) {
  ForEachTargetAndThreads([] {
    for (const Shape& shape : Shapes()) {
      Case c(shape, /*shared=*/true);
      ExpectForward(c, Precision::kFloat32);
    }
  });
}

TEST(AttentionTest, ExponentialKeysChangeNothing) {
  ForEachTargetAndThreads([] {
    for (const bool shared : {false, true}) {
      for (const Shape& shape : Shapes()) {
        if (shape.activation != AttentionActivation::kTanh) continue;
        Case plain(shape, shared);
        plain.Forward({});
        Case c(shape, shared);
        ExponentialKeys(c.keys.view());
        c.exponential_keys = true;
        c.Forward({});
        for (Index i = 0; i < c.weights.size(); ++i) {
          ASSERT_NEAR(c.weights.data()[i], plain.weights.data()[i], 2e-6);
        }
        for (Index i = 0; i < c.context.size(); ++i) {
          ASSERT_NEAR(c.context.data()[i], plain.context.data()[i], 1e-5);
        }
      }
    }
  });
}

// Past the range the exponentials are cut off; where tanh is saturated anyway nothing changes.
TEST(AttentionTest, ExponentialKeysMayBeHuge) {
  ForEachTarget([] {
    Shape shape{.lengths = {5, 9}, .keys_size = 33, .annotations_size = 3};
    Case plain(shape);
    for (float& key : plain.keys.view().span()) key *= 1e4f;
    plain.Forward({});
    Case c(shape);
    for (float& key : c.keys.view().span()) key *= 1e4f;
    ExponentialKeys(c.keys.view());
    c.exponential_keys = true;
    c.Forward({});
    for (Index i = 0; i < c.weights.size(); ++i) {
      ASSERT_NEAR(c.weights.data()[i], plain.weights.data()[i], 1e-5);
    }
  });
}

TEST(AttentionTest, WeightsSumToOneForLargeEnergies) {
  ForEachTargetAndThreads([] {
    Case c({.lengths = {40}, .keys_size = 512, .annotations_size = 1});
    for (float& value : c.scale.view().span()) value *= 100.0f;
    c.Forward({});
    double sum = 0.0;
    for (const float weight : c.weights.view().span()) sum += weight;
    EXPECT_NEAR(sum, 1.0, 1e-5);
  });
}

// Every gradient of a step by central differences, keys packed as in the case.
struct Gradients {
  explicit Gradients(const Case& c)
      : query({c.rows, c.keys.view().cols()}),
        keys({c.keys.view().rows(), c.keys.view().cols()}),
        scale({1, c.keys.view().cols()}) {
    for (Index row = 0; row < c.rows; ++row) {
      Reference reference(c, row);
      const float* d_context = c.d_context.view().row(row);
      const Index first_key = c.begin[static_cast<std::size_t>(row)];
      for (Index a = 0; a < scale.size(); ++a) {
        const auto at = static_cast<std::size_t>(a);
        query.view()(row, a) = Slope(reference, &reference.query[at], d_context);
        scale.data()[a] += Slope(reference, &reference.scale[at], d_context);
        for (std::size_t j = 0; j < reference.keys.size(); ++j) {
          const Index key = first_key + static_cast<Index>(j);
          keys.view()(key, a) = Slope(reference, &reference.keys[j][at], d_context);
        }
      }
    }
  }
  Tensor<double> query, keys, scale;
};

// Runs both passes and compares every gradient. Keys and scale accumulate onto what is there.
void ExpectBackward(Case& c, const Gradients& expected, Precision precision) {
  c.Forward({});
  const Index size = c.keys.view().cols();
  const Index num_keys = c.keys.view().rows();
  TestOperand d_query(precision, c.rows, size + 3);
  Tensor<float> d_keys({num_keys, size});
  for (float& value : d_keys.view().span()) value = 0.5f;
  std::vector<float> d_scale(static_cast<std::size_t>(size), 0.25f);
  const bool scaled = c.energy().scale != nullptr;
  AttentionBackward({.d_context = c.d_context.view(),
                     .query = c.query.view(),
                     .keys = c.keys.view(),
                     .annotations = c.annotations.view(),
                     .spans = c.spans(),
                     .energy = c.energy(),
                     .weight_mask = c.mask(),
                     .weights = c.weights.view(),
                     .guide = c.guide_view(),
                     .d_query = d_query.operand(),
                     .d_keys = d_keys.view(),
                     .d_scale = scaled ? d_scale.data() : nullptr});
  for (Index a = 0; a < size; ++a) {
    for (Index row = 0; row < c.rows; ++row) {
      const double slope = expected.query.view()(row, a);
      ASSERT_NEAR(d_query(row, 3 + a), slope, 2e-5 + d_query.Tolerance(slope));
    }
    for (Index key = 0; key < num_keys; ++key) {
      ASSERT_NEAR(d_keys.view()(key, a), 0.5 + expected.keys.view()(key, a), 2e-5) << key;
    }
    const double slope = scaled ? expected.scale.view()(0, a) : 0.0;
    ASSERT_NEAR(d_scale[static_cast<std::size_t>(a)], 0.25 + slope, 2e-5);
  }
  ASSERT_EQ(d_query(0, 2), TestOperand::kMarker);  // only the last A columns are written
}

TEST(AttentionTest, BackwardMatchesFiniteDifferences) {
  for (const Shape& shape : Shapes()) {
    Case c(shape);
    const Gradients expected(c);
    ForEachTargetAndThreads([&] { ExpectBackward(c, expected, Precision::kFloat32); });
  }
}

TEST(AttentionTest, BackwardInBFloat16MatchesFiniteDifferences) {
  Case c(Shapes()[0]);
  const Gradients expected(c);
  ForEachTargetAndThreads([&] { ExpectBackward(c, expected, Precision::kBFloat16); });
}

TEST(AttentionTest, BackwardMatchesFiniteDifferencesForEverySize) {
  for (Index size = 1; size <= 67; ++size) {
    Case c({.lengths = {2, 1}, .keys_size = size, .annotations_size = size % 5 + 1});
    const Gradients expected(c);
    ForEachTarget([&] { ExpectBackward(c, expected, Precision::kFloat32); });
  }
}

TEST(AttentionTest, BackwardIsRepeatable) {
  ForEachTargetAndThreads([] {
    Case c({.lengths = std::vector<Index>(9, 15), .keys_size = 200, .annotations_size = 300});
    c.Forward({});
    const auto run = [&] {
      Tensor<float> result({c.keys.view().rows() + c.rows + 1, 200});
      const View all = result.view();
      const Index num_keys = c.keys.view().rows();
      Tensor<float> d_query({c.rows, 200});
      AttentionBackward({.d_context = c.d_context.view(),
                         .query = c.query.view(),
                         .keys = c.keys.view(),
                         .annotations = c.annotations.view(),
                         .spans = c.spans(),
                         .energy = c.energy(),
                         .weights = c.weights.view(),
                         .d_query = Operand(all.Rows(num_keys, num_keys + c.rows)),
                         .d_keys = all.Rows(0, num_keys),
                         .d_scale = all.row(num_keys + c.rows)});
      return result;
    };
    ExpectSameBits(run(), run());
  });
}

TEST(AttentionTest, ARowDoesNotDependOnItsNeighboursOrTheThreads) {
  ForEachTargetAndThreads([] {
    Case c({.lengths = {7, 15, 40, 2, 9}, .keys_size = 131, .annotations_size = 259},
           /*shared=*/true);
    c.Forward({});
    for (const Index row : {Index{0}, Index{5}, c.rows - 1}) {
      const auto at = static_cast<std::size_t>(row);
      const Index source_length = c.length[at];
      Tensor<float> weights({1, source_length});
      Tensor<float> context({1, 259});
      const Index first = 0;
      const ConstView keys = c.keys.view().Rows(c.begin[at], c.begin[at] + source_length);
      const ConstView annotations =
          c.annotations.view().Rows(c.begin[at], c.begin[at] + source_length);
      AttentionForward({.query = c.query.view().Rows(row, row + 1),
                        .keys = keys,
                        .annotations = annotations,
                        .spans = {{&first, 1}, {&source_length, 1}},
                        .energy = c.energy(),
                        .weights = weights.view(),
                        .context = context.view()});
      for (Index i = 0; i < 259; ++i) ASSERT_EQ(context.data()[i], c.context.view()(row, i));
      for (Index j = 0; j < source_length; ++j)
        ASSERT_EQ(weights.data()[j], c.weights.view()(row, j));
    }
  });
}

TEST(AttentionTest, RefusesEmptyAndMisplacedSources) {
  const Shape shape{.lengths = {3, 4}, .keys_size = 8, .annotations_size = 8};
  Case empty(shape);
  empty.length[1] = 0;
  EXPECT_THROW(empty.Forward({}), std::logic_error);
  Case outside(shape);
  outside.begin[1] += 1;
  EXPECT_THROW(outside.Forward({}), std::logic_error);
  Case too_long(shape);
  too_long.weights = Tensor<float>({2, 3});
  EXPECT_THROW(too_long.Forward({}), std::logic_error);
}

}  // namespace
}  // namespace talmach
