// Retrieval from a memory of eight keys: of each key only two coordinates say what it is, six are
// strong noise. A fixed metric counts all coordinates alike, however sharp it may become (its scale
// is learnt); a learned one finds out what matters.
#include "learner.h"
#include "report.h"

namespace talmach::lab {
namespace {

constexpr Index kSize = 8;
constexpr Index kTelling = 2;  // coordinates
constexpr AttentionDims kDims{.batch = 64, .queries = 1, .values = 8, .value_size = 4};
constexpr int kUpdates = 1500;

void Draw(Learner& learner, RandomStream& random, View target, std::vector<Index>& answers) {
  FillNormal(learner.query(), random, 1.5f);
  FillNormal(learner.key(), random, 1.5f);
  FillNormal(learner.value(), random);
  for (Index b = 0; b < kDims.batch; ++b) {
    const auto answer = static_cast<Index>(random.Below(kDims.values));
    const Index row = b * kDims.values + answer;
    for (Index c = 0; c < kTelling; ++c) learner.query()(b, c) = learner.key()(row, c);
    for (Index c = 0; c < kDims.value_size; ++c) target(b, c) = learner.value()(row, c);
    answers[static_cast<std::size_t>(b)] = answer;
  }
}

}  // namespace

Report Metric() {
  struct Candidate {
    std::string name;
    AttentionOptions options;
  };
  const AttentionOptions fixed{.query_size = kSize, .key_size = kSize};
  std::vector<Candidate> candidates(4, {"dot, fixed", fixed});
  candidates[0].options.score = AttentionScore::kDot;
  candidates[1] = {"additive, fixed", fixed};
  candidates[2] = {"general, learned", fixed};
  candidates[2].options.score = AttentionScore::kGeneral;
  candidates[3] = {"additive, learned", fixed};
  candidates[3].options.projection_size = 48;
  candidates[3].options.bias = true;

  Report report{.table = {{"metric", "error", "accuracy"}}};
  report.picture = {{"Retrieval among noise", "update", "squared error"}};
  std::vector<double> errors;
  for (const Candidate& candidate : candidates) {
    Learner learner(candidate.options, kDims);
    RandomStream random(9);
    Tensor<float> target({kDims.batch, 1, kDims.value_size});
    std::vector<Index> answers(kDims.batch);
    ChartSeries curve{.name = candidate.name};
    double sum = 0;
    for (int update = 1; update <= kUpdates; ++update) {
      Draw(learner, random, target.view(), answers);
      sum += learner.Learn(target.view(), 0.01);
      if (update % 50 != 0) continue;
      curve.x.push_back(update);
      curve.y.push_back(sum / 50);
      sum = 0;
    }
    double error = 0, accuracy = 0;
    for (int batch = 0; batch < 16; ++batch) {
      Draw(learner, random, target.view(), answers);
      error += learner.Error(target.view()) / 16;
      accuracy += learner.Accuracy(answers) / 16;
    }
    errors.push_back(error);
    report.table.rows.push_back({candidate.name, Number(error), Number(accuracy)});
    report.picture[0].series.push_back(curve);
  }
  report.findings = {
      {"a learned matrix takes a sixth off the error of the fixed dot product",
       errors[2] < errors[0] * 5 / 6},
      {"learned additive more than halves the error of fixed additive", errors[3] < errors[1] / 2},
      {"and is the best of the four", errors[3] < errors[0] && errors[3] < errors[2]},
  };
  return report;
}

}  // namespace talmach::lab
