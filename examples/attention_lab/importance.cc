// What attention weighs most need not be what the output depends on most: the context is a sum of
// weighted values, and a value that says what the others say together adds nothing, however large
// its weight. Constructed here: three inputs, of which the most attended lies where the other two
// balance. What leaving an input out changes says which ones matter.
#include <algorithm>
#include <cmath>

#include "learner.h"
#include "report.h"

namespace talmach::lab {

Report Importance() {
  constexpr Index kInputs = 3;
  const std::vector<std::string> names{"a", "b", "c"};
  Learner learner({.score = AttentionScore::kDot, .query_size = 1, .key_size = 1},
                  {.batch = 1, .queries = 1, .values = kInputs, .value_size = 2});
  const float weights[kInputs] = {0.6f, 0.3f, 0.1f};
  const float values[kInputs][2] = {{0.1f, 0.0f}, {-2.0f, -2.5f}, {6.0f, 8.0f}};
  learner.query()[0] = 1;
  for (Index j = 0; j < kInputs; ++j) {
    learner.key()[j] = std::log(weights[j]);  // so that the softmax gives the weights above
    for (Index c = 0; c < 2; ++c) learner.value()(j, c) = values[j][c];
  }
  learner.Forward();
  const AttentionActivations& activations = learner.activations();
  const float whole[2] = {activations.output[0], activations.output[1]};

  ChartSeries attended{.name = "weight", .mark = ChartMark::kBars};
  ChartSeries contribution{.name = "weight × length", .mark = ChartMark::kBars};
  ChartSeries change{.name = "change without it", .mark = ChartMark::kBars};
  for (Index j = 0; j < kInputs; ++j) {
    learner.inputs.value_mask = {};
    learner.Forward();
    const double weight = activations.weights[j];
    std::vector<std::uint8_t> others(kInputs, 1);
    others[static_cast<std::size_t>(j)] = 0;
    learner.inputs.value_mask = MaskView(others.data(), {1, kInputs});
    learner.Forward();
    const auto x = static_cast<double>(j);
    attended.x.push_back(x);
    attended.y.push_back(weight);
    contribution.x.push_back(x);
    contribution.y.push_back(weight * std::hypot(values[j][0], values[j][1]));
    change.x.push_back(x);
    change.y.push_back(
        std::hypot(activations.output[0] - whole[0], activations.output[1] - whole[1]));
  }

  Report report{.table = {{"input", "weight", "weight × length of the value",
                           "change of the output without it"}}};
  for (std::size_t j = 0; j < names.size(); ++j) {
    report.table.rows.push_back(
        {names[j], Number(attended.y[j]), Number(contribution.y[j]), Number(change.y[j])});
  }
  const auto largest = [](const ChartSeries& series) {
    return std::ranges::max_element(series.y) - series.y.begin();
  };
  report.findings = {
      {"the most attended input is a", largest(attended) == 0},
      {"the least attended is c", std::ranges::min_element(attended.y) - attended.y.begin() == 2},
      {"yet leaving out c changes the output at least five times as much as leaving out a",
       change.y[2] > 5 * change.y[0]},
      {"and its share of the context is ten times as long",
       contribution.y[2] > 10 * contribution.y[0]},
  };
  report.picture = {{"Attention weights", "input", "", {attended}},
                    {"What the output depends on", "input", "", {contribution, change}}};
  for (Chart& panel : report.picture) panel.categories = names;
  return report;
}

}  // namespace talmach::lab
