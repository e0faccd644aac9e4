// Tested by tests/search/attention_intervention_test.cc.
//
// What replaces the attention happens after the softmax and before anything reads its result, so
// one function can do it for training-free experiments without the kernels knowing. The shuffle of
// Fisher and Yates gives every order with the same probability; its random numbers depend on the
// source and the last token only, so a hypothesis meets the same orders whatever the beam holds
// beside it.
#include "model/attention_intervention.h"

#include <algorithm>

#include "base/random.h"

namespace talmach {
namespace {

// Fisher and Yates.
void Permute(std::uint64_t key, std::span<float> row) {
  RandomStream random(key);
  for (std::size_t i = row.size(); i > 1; --i) std::swap(row[i - 1], row[random.Below(i)]);
}

void MakeContext(std::span<const float> weights, const float* annotations,
                 std::span<float> context) {
  std::ranges::fill(context, 0.0f);
  for (const float weight : weights) {
    for (float& value : context) value += weight * *annotations++;
  }
}

}  // namespace

void Intervene(const StepIntervention& intervention, const AttendedStep& step) {
  for (Index i = 0; i < step.weights.rows(); ++i) {
    const std::span<float> row(step.weights.row(i), static_cast<std::size_t>(step.spans.length[i]));
    if (intervention.change == AttentionChange::kUniform) {
      std::ranges::fill(row, 1.0f / static_cast<float>(row.size()));
    } else if (intervention.change == AttentionChange::kPermuted) {
      Permute(intervention.keys[i], row);
    }
    MakeContext(row, step.annotations.row(step.spans.begin[i]),
                {step.context.row(i), static_cast<std::size_t>(step.context.cols())});
  }
  StoreOperand(step.context, step.context_operand);
}

}  // namespace talmach
