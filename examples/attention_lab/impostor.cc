// Among keys of length 1 a key that only half agrees with the query, but is long, is an impostor: a
// product grows with its length and soon beats the true key. Additive energies are bounded by
// Σ |v|, and units that compare query and key coordinate by coordinate answer a far-off key with
// less, not more. Both layers learn on keys of length 1 and meet the impostor afterwards.
#include <cmath>

#include "learner.h"
#include "report.h"

namespace talmach::lab {
namespace {

constexpr Index kSize = 8;
constexpr AttentionDims kDims{.batch = 64, .queries = 1, .values = 8, .value_size = 4};
constexpr Index kTrue = 0;
constexpr Index kImpostor = 1;
constexpr int kUpdates = 1500;

void Normalise(float* row, float length) {
  double sum = 0;
  for (Index c = 0; c < kSize; ++c) sum += row[c] * row[c];
  for (Index c = 0; c < kSize; ++c) row[c] *= length / static_cast<float>(std::sqrt(sum));
}

// Key 0 is the query with a little noise. With impostor_length > 0, key 1 has the cosine 1/2 with
// the query and that length; all others are random and of length 1.
void Draw(Learner& learner, RandomStream& random, float impostor_length, View target) {
  FillNormal(learner.query(), random);
  FillNormal(learner.key(), random);
  FillNormal(learner.value(), random);
  for (Index b = 0; b < kDims.batch; ++b) {
    float* query = learner.query().row(b);
    Normalise(query, 1);
    for (Index j = 0; j < kDims.values; ++j) {
      float* key = learner.key().row(b * kDims.values + j);
      Normalise(key, 1);
      if (j == kTrue) {
        for (Index c = 0; c < kSize; ++c) key[c] = query[c] + 0.2f * key[c];
        Normalise(key, 1);
      } else if (j == kImpostor && impostor_length > 0) {
        float cosine = 0;
        for (Index c = 0; c < kSize; ++c) cosine += key[c] * query[c];
        for (Index c = 0; c < kSize; ++c) key[c] -= cosine * query[c];
        Normalise(key, std::sqrt(0.75f));
        for (Index c = 0; c < kSize; ++c) key[c] += 0.5f * query[c];
        Normalise(key, impostor_length);
      }
    }
    for (Index c = 0; c < kDims.value_size; ++c) {
      target(b, c) = learner.value()(b * kDims.values + kTrue, c);
    }
  }
}

}  // namespace

Report Impostor() {
  const AttentionOptions additive{
      .query_size = kSize, .key_size = kSize, .projection_size = 48, .bias = true};
  const AttentionOptions dot{.score = AttentionScore::kDot, .query_size = kSize, .key_size = kSize};
  const std::vector<Index> answers(kDims.batch, kTrue);
  const std::vector<float> lengths{1, 2, 3, 4, 6, 8, 12, 16};
  Report report{.table = {{"length of the impostor"}}};
  report.picture = {{"The true key is found", "length of the impostor", "accuracy"},
                    {"Weight of the impostor", "length of the impostor", "mean weight"}};
  for (const float length : lengths) report.table.header.push_back(Number(length, 0));
  std::vector<double> longest;
  for (const bool is_additive : {true, false}) {
    Learner learner(is_additive ? additive : dot, kDims);
    RandomStream random(2);
    Tensor<float> target({kDims.batch, 1, kDims.value_size});
    for (int update = 0; update < kUpdates; ++update) {
      Draw(learner, random, 0, target.view());
      learner.Learn(target.view(), update < kUpdates / 2 ? 0.01 : 0.002);
    }
    const std::string name = is_additive ? "additive" : "dot";
    ChartSeries found{.name = name};
    ChartSeries weight{.name = name};
    std::vector<std::string> row{name + ": accuracy"};
    for (const float length : lengths) {
      double accuracy = 0, sum = 0;
      for (int batch = 0; batch < 8; ++batch) {
        Draw(learner, random, length, target.view());
        learner.Forward();
        accuracy += learner.Accuracy(answers) / 8;
        for (Index b = 0; b < kDims.batch; ++b) {
          sum += learner.activations().weights(b, kImpostor) / (8.0 * kDims.batch);
        }
      }
      found.x.push_back(length);
      found.y.push_back(accuracy);
      weight.x.push_back(length);
      weight.y.push_back(sum);
      row.push_back(Number(accuracy));
    }
    report.table.rows.push_back(row);
    report.picture[0].series.push_back(found);
    report.picture[1].series.push_back(weight);
    longest.push_back(found.y.back());
    report.findings.push_back(
        {name + " finds the true key among keys of length 1: accuracy above 0.95",
         found.y.front() > 0.95});
  }
  report.findings.push_back(
      {"beside the longest impostor additive still does: above 0.9", longest[0] > 0.9});
  report.findings.push_back({"the dot product hardly ever: below 0.05", longest[1] < 0.05});
  return report;
}

}  // namespace talmach::lab
