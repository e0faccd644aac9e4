// Tested by tests/search/attention_intervention_test.cc.
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

void Intervene(const StepIntervention& intervention, ConstView annotations,
               const SourceSpans& spans, View weights, View context,
               const Operand& context_operand) {
  for (Index i = 0; i < weights.rows(); ++i) {
    const std::span<float> row(weights.row(i), static_cast<std::size_t>(spans.length[i]));
    if (intervention.change == AttentionChange::kUniform) {
      std::ranges::fill(row, 1.0f / static_cast<float>(row.size()));
    } else if (intervention.change == AttentionChange::kPermuted) {
      Permute(intervention.keys[i], row);
    }
    MakeContext(row, annotations.row(spans.begin[i]),
                {context.row(i), static_cast<std::size_t>(context.cols())});
  }
  StoreOperand(context, context_operand);
}

}  // namespace talmach
