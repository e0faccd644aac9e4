// Keys carry two bits, and which of them are relevant depends on both and on the query: with the
// query bit +1 the key whose bits differ, with −1 the key whose bits agree. For a given query every
// product q · W k is linear in k, and a linear function cannot rank (+,−) and (−,+) above both
// (+,+) and (−,−). The tanh units of additive attention are the hidden layer that can.
#include "learner.h"
#include "report.h"

namespace talmach::lab {
namespace {

constexpr AttentionDims kDims{.batch = 64, .queries = 1, .values = 6, .value_size = 4};
constexpr int kUpdates = 1200;

struct Task {
  std::vector<Index> answers = std::vector<Index>(kDims.batch);
  Tensor<float> target = Tensor<float>({kDims.batch, 1, kDims.value_size});
};

// One value of each sequence is relevant, and is what the output should be.
void Draw(Learner& learner, RandomStream& random, Task& task) {
  FillNormal(learner.value(), random);
  for (Index b = 0; b < kDims.batch; ++b) {
    const auto relevant = static_cast<Index>(random.Below(kDims.values));
    const float query = random.Below(2) == 0 ? 1.0f : -1.0f;
    learner.query()(b, 0) = query;
    learner.query()(b, 1) = 1.0f;
    for (Index j = 0; j < kDims.values; ++j) {
      const float bit = random.Below(2) == 0 ? 1.0f : -1.0f;
      learner.key()(b * kDims.values + j, 0) = bit;
      learner.key()(b * kDims.values + j, 1) = j == relevant ? -query * bit : query * bit;
    }
    task.answers[static_cast<std::size_t>(b)] = relevant;
    for (Index c = 0; c < kDims.value_size; ++c) {
      task.target.view()(b, c) = learner.value()(b * kDims.values + relevant, c);
    }
  }
}

// The energies of the four keys for both queries, minus their mean.
ChartGrid EnergyGrid(Learner& learner) {
  const float bits[4][2] = {{-1, -1}, {1, 1}, {-1, 1}, {1, -1}};
  ChartGrid grid{.rows = {"q = +", "q = −"}, .columns = {"− −", "+ +", "− +", "+ −"}};
  for (Index row = 0; row < 2; ++row) {
    learner.query()(row, 0) = row == 0 ? 1.0f : -1.0f;
    learner.query()(row, 1) = 1.0f;
    for (Index j = 0; j < 4; ++j) {
      for (Index c = 0; c < 2; ++c) learner.key()(row * kDims.values + j, c) = bits[j][c];
    }
  }
  const std::vector<float> energies = learner.Energies();
  for (Index row = 0; row < 2; ++row) {
    const float* first = energies.data() + row * kDims.values;
    const double mean = (first[0] + first[1] + first[2] + first[3]) / 4;
    for (Index j = 0; j < 4; ++j) grid.values.push_back(first[j] - mean);
  }
  return grid;
}

}  // namespace

Report XorRelevance() {
  const AttentionOptions projected{.query_size = 2, .key_size = 2, .projection_size = 16};
  struct Candidate {
    std::string name;
    AttentionOptions options;
  };
  std::vector<Candidate> candidates(4, {"additive", projected});
  candidates[0].options.bias = true;
  candidates[1] = {"dot", projected};
  candidates[1].options.score = AttentionScore::kDot;
  candidates[2] = {"scaled dot", projected};
  candidates[2].options.score = AttentionScore::kScaledDot;
  candidates[3] = {"general", {.score = AttentionScore::kGeneral, .query_size = 2, .key_size = 2}};

  Report report{.table = {{"score", "error", "accuracy"}}};
  report.picture = {{"Error while learning", "update", "squared error"},
                    {"Energies, additive", "bits of the key", ""},
                    {"Energies, dot product", "bits of the key", ""}};
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    Learner learner(candidates[i].options, kDims);
    RandomStream random(1);
    Task task;
    ChartSeries curve{.name = candidates[i].name};
    double sum = 0;
    for (int update = 1; update <= kUpdates; ++update) {
      Draw(learner, random, task);
      sum += learner.Learn(task.target.view(), 0.01);
      if (update % 40 != 0) continue;
      curve.x.push_back(update);
      curve.y.push_back(sum / 40);
      sum = 0;
    }
    double error = 0, accuracy = 0;
    for (int batch = 0; batch < 16; ++batch) {
      Draw(learner, random, task);
      error += learner.Error(task.target.view()) / 16;
      accuracy += learner.Accuracy(task.answers) / 16;
    }
    report.table.rows.push_back({candidates[i].name, Number(error), Number(accuracy)});
    report.picture[0].series.push_back(curve);
    if (i < 2) report.picture[i + 1].grid = EnergyGrid(learner);
    if (i == 0) {
      report.findings.push_back(
          {"additive finds the relevant key: accuracy above 0.99", accuracy > 0.99});
    } else {
      report.findings.push_back(
          {candidates[i].name + " does not: accuracy below 0.7", accuracy < 0.7});
    }
  }
  return report;
}

}  // namespace talmach::lab
