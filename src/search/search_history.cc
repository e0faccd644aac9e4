// Tested by tests/search/beam_search_test.cc and tests/search/attention_agreement_test.cc.
//
// The lattice for a beam of 2 over three steps. Extension (parent, token) p:t stands below the step
// that made it; a parent is a row of that step.
//
//   step             0            1            2
//   rows             0            0   1        0   1
//   attention_       A00          A10 A11      A20 A21
//   extensions_      0:a 0:b      0:c 0:d      …
//
// The hypothesis that ends with the extension 1:</s> at step 2 came from row 1 of step 2, which is
// extension 0:d of step 1, thus row 0 of step 1, which is extension 0:a of step 0. Read backwards
// and reversed that is a d </s>, with the attention A00, A10, A21: the row of weights that each
// token was chosen with. Neighbours that were dropped stay in the lattice and are never visited.
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
