// Units that start far on the negative side: ReLU gives 0 and has the slope 0 there, so no gradient
// ever reaches it, and attention stays uniform. tanh is saturated too, but its slope is small
// instead of zero, and it learns its way out.
#include <algorithm>

#include "learner.h"
#include "report.h"

namespace talmach::lab {
namespace {

constexpr Index kSize = 4;
constexpr AttentionDims kDims{.batch = 32, .queries = 1, .values = 6, .value_size = 4};
constexpr float kBias = -4;
constexpr int kUpdates = 1200;

// Features in [−1, 1); the answer is the key that equals the query.
void Draw(Learner& learner, RandomStream& random, View target) {
  for (float& x : learner.query().span()) x = 2 * random.Uniform() - 1;
  for (float& x : learner.key().span()) x = 2 * random.Uniform() - 1;
  FillNormal(learner.value(), random);
  for (Index b = 0; b < kDims.batch; ++b) {
    const Index answer = b * kDims.values + static_cast<Index>(random.Below(kDims.values));
    std::copy_n(learner.query().row(b), kSize, learner.key().row(answer));
    std::copy_n(learner.value().row(answer), kDims.value_size, target.row(b));
  }
}

}  // namespace

Report Relu() {
  Report report{.table = {{"activation", "|dU| at the start", "error, first", "error, last"}}};
  report.picture = {{"All units begin at −4", "update", "squared error"}};
  double gradient[2], first[2], last[2];
  for (const int i : {0, 1}) {
    const bool is_tanh = i == 0;
    Learner learner(
        {.query_size = kSize,
         .key_size = kSize,
         .projection_size = 24,
         .bias = true,
         .activation = is_tanh ? AttentionActivation::kTanh : AttentionActivation::kRelu},
        kDims);
    std::ranges::fill(learner.Weights("bias").span(), kBias);
    RandomStream random(7);
    Tensor<float> target({kDims.batch, 1, kDims.value_size});
    Draw(learner, random, target.view());
    gradient[i] = learner.GradientNorm(target.view(), "key.weight");
    ChartSeries curve{.name = is_tanh ? "tanh" : "ReLU"};
    double sum = 0;
    for (int update = 1; update <= kUpdates; ++update) {
      Draw(learner, random, target.view());
      sum += learner.Learn(target.view(), 0.01);
      if (update % 60 != 0) continue;
      curve.x.push_back(update);
      curve.y.push_back(sum / 60);
      sum = 0;
    }
    first[i] = curve.y.front();
    last[i] = curve.y.back();
    report.picture[0].series.push_back(curve);
    report.table.rows.push_back(
        {curve.name, Number(gradient[i], 6), Number(first[i]), Number(last[i])});
  }
  report.findings = {
      {"the gradient of ReLU is exactly 0, that of tanh is not",
       gradient[1] == 0 && gradient[0] > 0},
      {"ReLU never learns: its error stays within 10 % of the first", last[1] > 0.9 * first[1]},
      {"tanh does: its error falls below half of ReLU's", last[0] < 0.5 * last[1]},
  };
  return report;
}

}  // namespace talmach::lab
