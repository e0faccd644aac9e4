// A controller reads two sensors and must blend them: the share of the second is a function of the
// situation x, x itself (a linear law) or x² (a quadratic law). The query is x, the two keys say
// which sensor is which, the values are the readings; only the blended reading is ever shown to the
// layer. Attention between two values is a sigmoid of the difference of their energies, so the
// energies have to learn ln(share / (1 − share)).
#include <algorithm>
#include <cmath>

#include "learner.h"
#include "report.h"

namespace talmach::lab {
namespace {

constexpr AttentionDims kDims{.batch = 64, .queries = 1, .values = 2, .value_size = 1};
constexpr int kUpdates = 4000;

double Share(bool quadratic, double x) { return quadratic ? x * x : x; }

void SetSituation(Learner& learner, Index b, float x) {
  learner.query()(b, 0) = x;
  for (Index sensor = 0; sensor < 2; ++sensor) {
    for (Index c = 0; c < 2; ++c) learner.key()(b * 2 + sensor, c) = sensor == c ? 1.0f : 0.0f;
  }
}

}  // namespace

Report Controller() {
  Report report{.table = {{"law", "error", "largest error of the share"}}};
  for (const bool quadratic : {false, true}) {
    Learner learner({.query_size = 1, .key_size = 2, .projection_size = 16, .bias = true}, kDims);
    RandomStream random(8);
    Tensor<float> target({kDims.batch, 1, 1});
    double error = 0;
    for (int update = 0; update < kUpdates; ++update) {
      FillNormal(learner.value(), random);
      for (Index b = 0; b < kDims.batch; ++b) {
        const float x = 0.05f + 0.9f * random.Uniform();
        SetSituation(learner, b, x);
        const double share = Share(quadratic, x);
        target.view()[b] = static_cast<float>((1 - share) * learner.value()(2 * b, 0) +
                                              share * learner.value()(2 * b + 1, 0));
      }
      error = learner.Learn(target.view(), 0.03 * (kUpdates - update) / kUpdates);
    }
    Chart panel{quadratic ? "Quadratic law" : "Linear law", "situation x",
                "weight of the second sensor"};
    panel.series = {{"wanted", {}, {}}, {"attention", {}, {}, ChartMark::kPoints}};
    for (Index b = 0; b < 31; ++b) SetSituation(learner, b, 0.05f + 0.03f * static_cast<float>(b));
    learner.Forward();
    double largest = 0;
    for (Index b = 0; b < 31; ++b) {
      const double x = learner.query()(b, 0);
      const double weight = learner.activations().weights(b, 1);
      largest = std::max(largest, std::abs(weight - Share(quadratic, x)));
      panel.series[0].x.push_back(x);
      panel.series[0].y.push_back(Share(quadratic, x));
      panel.series[1].x.push_back(x);
      panel.series[1].y.push_back(weight);
    }
    const std::string law = quadratic ? "quadratic" : "linear";
    report.table.rows.push_back({law, Number(error, 6), Number(largest, 4)});
    report.findings.push_back({"the " + law + " law is learnt to within 0.06", largest < 0.06});
    report.picture.push_back(panel);
  }
  return report;
}

}  // namespace talmach::lab
