// The gradient of the annotations through the contexts of all steps.
#include <gtest/gtest.h>

#include "kernels/attention.h"
#include "kernels/kernel_test_support.h"

namespace talmach {
namespace {

// Steps of sources that end at different times, sorted by length as in training.
struct Steps {
  Steps(const std::vector<Index>& lengths, const std::vector<Index>& counts, Index size,
        bool masked)
      : num_steps(counts), length(lengths) {
    Index next = 0;
    for (const Index source_length : lengths) {
      begin.push_back(next);
      next += source_length;
    }
    Index rows = 0;
    for (Index step = 0; step < counts[0]; ++step) {
      step_begin.push_back(rows);
      for (const Index count : counts) rows += step < count ? 1 : 0;
    }
    weights = numbers.Matrix(rows, 40);
    if (masked) mask = numbers.Matrix(rows, 40);
    d_context = numbers.Matrix(rows, size);
    d_annotations = numbers.Matrix(next, size);
  }

  double Expected(const Tensor<float>& before, std::size_t source, Index j, Index column) const {
    double sum = before.view()(begin[source] + j, column);
    for (Index step = 0; step < num_steps[source]; ++step) {
      const Index row = step_begin[static_cast<std::size_t>(step)] + static_cast<Index>(source);
      const double factor = mask.size() == 0 ? 1.0 : mask.view()(row, j);
      sum += factor * weights.view()(row, j) * d_context.view()(row, column);
    }
    return sum;
  }

  TestNumbers numbers{23};
  std::vector<Index> num_steps, begin, length, step_begin;
  Tensor<float> weights, mask, d_context, d_annotations;
};

void ExpectAnnotationGradients(Steps& steps) {
  const Tensor<float> before = Copy(steps.d_annotations);
  AttentionAccumulateAnnotations({.weights = steps.weights.view(),
                                  .weight_mask = steps.mask.view(),
                                  .d_context = steps.d_context.view(),
                                  .spans = {steps.begin, steps.length},
                                  .step_begin = steps.step_begin,
                                  .num_steps = steps.num_steps,
                                  .d_annotations = steps.d_annotations.view()});
  for (std::size_t source = 0; source < steps.length.size(); ++source) {
    for (Index j = 0; j < steps.length[source]; ++j) {
      for (Index c = 0; c < before.view().cols(); ++c) {
        ASSERT_NEAR(steps.d_annotations.view()(steps.begin[source] + j, c),
                    steps.Expected(before, source, j, c), 2e-5)
            << "size " << before.view().cols() << ", source " << source << ", " << j << ", " << c;
      }
    }
  }
}

TEST(AttentionAnnotationsTest, GradientsSumOverTheStepsOfEachSource) {
  ForEachTargetAndThreads([] {
    for (const bool masked : {false, true}) {
      Steps steps({2, 37, 4, 9}, {7, 3, 3, 1}, 131, masked);
      ExpectAnnotationGradients(steps);
    }
  });
}

TEST(AttentionAnnotationsTest, GradientsOfEverySizeMatchTheSum) {
  ForEachTarget([] {
    for (const Index size : TailSizes()) {
      Steps steps({3, 1, 6}, {5, 5, 2}, size, /*masked=*/false);
      ExpectAnnotationGradients(steps);
    }
  });
}

TEST(AttentionAnnotationsTest, RefusesStepsOutsideTheContexts) {
  Steps steps({3, 1}, {5, 4}, 8, /*masked=*/false);
  steps.step_begin.back() += 2;
  const AttentionAnnotationsCall call{.weights = steps.weights.view(),
                                      .d_context = steps.d_context.view(),
                                      .spans = {steps.begin, steps.length},
                                      .step_begin = steps.step_begin,
                                      .num_steps = steps.num_steps,
                                      .d_annotations = steps.d_annotations.view()};
  EXPECT_THROW(AttentionAccumulateAnnotations(call), std::logic_error);
}

}  // namespace
}  // namespace talmach
