// v · tanh(…) / τ: c times the vector v does what the temperature τ / c does. A layer with a
// learned v therefore chooses its own temperature.
#include <algorithm>
#include <cmath>

#include "learner.h"
#include "report.h"

namespace talmach::lab {
namespace {

constexpr AttentionDims kDims{.batch = 4, .queries = 4, .values = 12, .value_size = 1};

struct Attended {
  std::vector<float> weights;
  double entropy = 0;  // mean over the queries, in nats
};

// The weights of one layer on the same input with the vector `scale` · v and temperature τ.
Attended Attend(float scale, float temperature) {
  Learner learner({.query_size = 6,
                   .key_size = 6,
                   .projection_size = 16,
                   .bias = true,
                   .temperature = temperature},
                  kDims);
  RandomStream random(4);
  FillNormal(learner.query(), random);
  FillNormal(learner.key(), random);
  for (float& v : learner.Weights("scale").span()) v *= scale;
  learner.Forward();
  const View& weights = learner.activations().weights;
  Attended attended{.weights = {weights.span().begin(), weights.span().end()}};
  for (Index row = 0; row < weights.rows(); ++row) {
    attended.entropy +=
        Entropy(weights.row(row), kDims.values) / static_cast<double>(weights.rows());
  }
  return attended;
}

}  // namespace

Report Temperature() {
  Report report{
      .table = {{"factor c", "entropy, c · v", "entropy, τ = 1/c", "largest difference"}}};
  ChartSeries longer{.name = "c · v, τ = 1"};
  ChartSeries colder{.name = "v, τ = 1/c", .mark = ChartMark::kPoints};
  double largest = 0;
  for (const float factor : {0.25f, 0.5f, 1.0f, 2.0f, 4.0f, 8.0f, 12.0f, 16.0f}) {
    const Attended by_length = Attend(factor, 1.0f);
    const Attended by_temperature = Attend(1.0f, 1.0f / factor);
    double difference = 0;
    for (std::size_t i = 0; i < by_length.weights.size(); ++i) {
      difference =
          std::max<double>(difference, std::abs(by_length.weights[i] - by_temperature.weights[i]));
    }
    largest = std::max(largest, difference);
    report.table.rows.push_back({Number(factor, 2), Number(by_length.entropy),
                                 Number(by_temperature.entropy), Number(difference, 7)});
    longer.x.push_back(factor);
    longer.y.push_back(by_length.entropy);
    colder.x.push_back(factor);
    colder.y.push_back(by_temperature.entropy);
  }
  report.findings = {
      {"c · v and τ = 1/c give the same weights to within 1e-5", largest < 1e-5},
      {"the longer v, the sharper: the entropy falls from above 2.4 (ln 12 is 2.485) to below 1",
       longer.y.front() > 2.4 && longer.y.back() < 1 &&
           std::ranges::is_sorted(longer.y, std::greater<>())},
  };
  report.picture = {{"Entropy of the weights", "c", "nats", {longer, colder}}};
  return report;
}

}  // namespace talmach::lab
