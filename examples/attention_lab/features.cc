// Where the inputs are yes-or-no features, training drives the tanh units to their ends: each unit
// says yes or no to a question about query and key. The histogram of their values turns from a hill
// around zero into two peaks at ±1, and many units can be read: "is this bit of the query + and
// that of the key −?".
#include <algorithm>
#include <array>
#include <cmath>

#include "learner.h"
#include "report.h"

namespace talmach::lab {
namespace {

constexpr Index kFeatures = 3;
constexpr Index kUnits = 12;
constexpr AttentionDims kDims{.batch = 64, .queries = 1, .values = 8, .value_size = 4};
constexpr int kUpdates = 2500;
constexpr int kBins = 10;

// Keys are the eight patterns of three bits; the query asks for one of them.
void Draw(Learner& learner, RandomStream& random, View target) {
  FillNormal(learner.value(), random);
  for (Index b = 0; b < kDims.batch; ++b) {
    const auto answer = static_cast<Index>(random.Below(kDims.values));
    for (Index c = 0; c < kFeatures; ++c) {
      for (Index j = 0; j < kDims.values; ++j) {
        learner.key()(b * kDims.values + j, c) = (j >> c & 1) != 0 ? 1.0f : -1.0f;
      }
      learner.query()(b, c) = (answer >> c & 1) != 0 ? 1.0f : -1.0f;
    }
    std::copy_n(learner.value().row(b * kDims.values + answer), kDims.value_size, target.row(b));
  }
}

struct UnitValues {
  std::array<double, kBins> histogram = {};  // shares, over [−1, 1]
  double saturated = 0;                      // share of |value| > 0.9
  std::vector<double> best_correlation;      // of each unit with the question it fits best
};

// "Is this bit of the query + (or −), and that of the key + (or −)?" A sign of 0 does not ask.
struct Question {
  Index bit;
  float query_sign;
  float key_sign;

  bool Holds(const float* query, const float* key) const {
    return (query_sign == 0 || query[bit] == query_sign) && (key_sign == 0 || key[bit] == key_sign);
  }
};

std::vector<Question> AllQuestions() {
  std::vector<Question> questions;
  for (Index bit = 0; bit < kFeatures; ++bit) {
    for (const float query_sign : {-1.0f, 0.0f, 1.0f}) {
      for (const float key_sign : {-1.0f, 0.0f, 1.0f}) {
        if (query_sign != 0 || key_sign != 0) questions.push_back({bit, query_sign, key_sign});
      }
    }
  }
  return questions;
}

// |correlation| of two lists of numbers; 0 if one is constant.
double Correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  double sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sx += x[i], sy += y[i];
    sxx += x[i] * x[i], syy += y[i] * y[i], sxy += x[i] * y[i];
  }
  const double variances = (n * sxx - sx * sx) * (n * syy - sy * sy);
  return variances > 1e-9 ? std::abs(n * sxy - sx * sy) / std::sqrt(variances) : 0.0;
}

// The values tanh(W q + U k + b) of every unit for every pair of query and key.
UnitValues Look(Learner& learner) {
  learner.Forward();
  const AttentionActivations& a = learner.activations();
  const double share = 1.0 / (kDims.batch * kDims.values * kUnits);
  const std::vector<Question> questions = AllQuestions();
  UnitValues result;
  for (Index unit = 0; unit < kUnits; ++unit) {
    std::vector<double> values;
    std::vector<std::vector<double>> answers(questions.size());
    for (Index b = 0; b < kDims.batch; ++b) {
      for (Index j = 0; j < kDims.values; ++j) {
        const Index row = b * kDims.values + j;
        const double value = std::tanh(a.projected_query(b, unit) + a.projected_key(row, unit));
        const int bin = std::min(kBins - 1, static_cast<int>((value + 1) / 2 * kBins));
        result.histogram[static_cast<std::size_t>(bin)] += share;
        result.saturated += std::abs(value) > 0.9 ? share : 0;
        values.push_back(value);
        for (std::size_t q = 0; q < questions.size(); ++q) {
          answers[q].push_back(questions[q].Holds(learner.query().row(b), learner.key().row(row)));
        }
      }
    }
    double best = 0;
    for (const auto& answer : answers) best = std::max(best, Correlation(values, answer));
    result.best_correlation.push_back(best);
  }
  return result;
}

ChartSeries Histogram(const std::string& name, const UnitValues& values) {
  ChartSeries series{.name = name, .mark = ChartMark::kBars};
  for (int bin = 0; bin < kBins; ++bin) {
    series.x.push_back(-1 + (bin + 0.5) * 2 / kBins);
    series.y.push_back(values.histogram[static_cast<std::size_t>(bin)]);
  }
  return series;
}

}  // namespace

Report Features() {
  Learner learner(
      {.query_size = kFeatures, .key_size = kFeatures, .projection_size = kUnits, .bias = true},
      kDims);
  for (const char* name : {"query.weight", "key.weight"}) {
    for (float& weight : learner.Weights(name).span()) weight *= 0.3f;  // begin undecided
  }
  RandomStream random(10);
  Tensor<float> target({kDims.batch, 1, kDims.value_size});
  Draw(learner, random, target.view());
  const UnitValues before = Look(learner);
  double error = 0;
  for (int update = 0; update < kUpdates; ++update) {
    Draw(learner, random, target.view());
    error = learner.Learn(target.view(), 0.01);
  }
  const UnitValues after = Look(learner);
  const auto detectors = [](const UnitValues& values) {
    return std::ranges::count_if(values.best_correlation, [](double x) { return x > 0.9; });
  };
  Report report{.table = {{"", "before", "after"}}};
  report.table.rows = {
      {"share of units with |tanh| > 0.9", Number(before.saturated), Number(after.saturated)},
      {"units of 12 that answer a question (correlation > 0.9)", std::to_string(detectors(before)),
       std::to_string(detectors(after))},
      {"error", "", Number(error, 5)}};
  report.findings = {
      {"retrieval is learnt", error < 0.05},
      {"at the start hardly a unit is saturated: below 5 %", before.saturated < 0.05},
      {"after training at least half of the values are", after.saturated > 0.5},
      {"at least three units answer a question, at the start none",
       detectors(after) >= 3 && detectors(before) == 0},
  };
  report.picture = {{"Values of the tanh units",
                     "tanh(W q + U k + b)",
                     "share",
                     {Histogram("before", before), Histogram("after", after)}}};
  return report;
}

}  // namespace talmach::lab
