// Tested by tests/search/beam_search_test.cc and tests/search/attention_agreement_test.cc.
#include "search/search_history.h"

#include <algorithm>

namespace talmach {

void SearchHistory::AddAttention(ConstView attention) {
  std::vector<float>& rows = attention_.emplace_back();
  rows.reserve(static_cast<std::size_t>(attention.rows() * source_length_));
  for (Index i = 0; i < attention.rows(); ++i) {
    rows.insert(rows.end(), attention.row(i), attention.row(i) + source_length_);
  }
}

Hypothesis SearchHistory::Reconstruct(const Extension& last, double alpha) const {
  const Index length = num_steps();
  Hypothesis result;
  result.tokens.resize(static_cast<std::size_t>(length));
  result.log_probabilities.resize(static_cast<std::size_t>(length));
  result.attention.resize(static_cast<std::size_t>(length * source_length_));
  Extension step = last;
  for (Index t = length - 1;; --t) {
    result.tokens[t] = step.token;
    result.log_probabilities[t] = step.log_probability;
    std::copy_n(attention_[t].data() + step.parent * source_length_, source_length_,
                result.attention.data() + t * source_length_);
    if (t == 0) break;
    step = extensions_[t - 1][step.parent];
  }
  for (const float value : result.log_probabilities) result.log_probability += value;
  result.score = NormalisedScore(result.log_probability, length, alpha);
  return result;
}

void SearchHistory::Extend(std::vector<Extension> extensions) {
  extensions_.push_back(std::move(extensions));
}

}  // namespace talmach
