// The best k tokens need no softmax over the vocabulary: log p = logit − log Σ exp is monotonic, so
// the k largest logits are chosen first and the sum, one number per row, is subtracted from k of
// them. Forbidden tokens get the logit −∞ after the sum has been taken: they lose their place but
// not their share of the probability, so that the scores of the others are those of the model.
//
// A forced token (a given prefix) keeps its log-probability; the row then holds it alone.
#include "model/best_tokens.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "kernels/softmax.h"
#include "kernels/top_k.h"

namespace talmach {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

// Writes a row that consists of one token.
void SetForced(TokenId token, float log_probability, Index row, const BestTokens& best) {
  std::fill_n(best.values.row(row), best.values.cols(), kNever);
  std::fill_n(best.tokens.row(row), best.tokens.cols(), token);
  best.values(row, 0) = log_probability;
}

}  // namespace

void FindBest(View logits, const TokenChoice& choice, Index first_row, const BestTokens& best) {
  const Index rows = logits.rows();
  std::vector<float> log_sums(static_cast<std::size_t>(rows));
  std::vector<float> forced_values(static_cast<std::size_t>(rows));
  LogSumExp(logits, log_sums);
  for (Index i = 0; i < rows; ++i) {
    const TokenId forced = choice.ForcedAt(first_row + i);
    if (forced >= 0) forced_values[i] = logits(i, forced);
    logits(i, kBeginId) = kNever;
    if (!choice.allow_unknown) logits(i, kUnknownId) = kNever;
  }
  const View values = best.values.Rows(first_row, first_row + rows);
  TopK(logits, values, best.tokens.Rows(first_row, first_row + rows));
  for (Index i = 0; i < rows; ++i) {
    const TokenId forced = choice.ForcedAt(first_row + i);
    if (forced >= 0) {
      SetForced(forced, forced_values[i] - log_sums[i], first_row + i, best);
    } else {
      for (Index k = 0; k < values.cols(); ++k) values(i, k) -= log_sums[i];
    }
  }
}

void FindBestCandidates(std::span<float> logits, std::span<const TokenId> candidates,
                        const TokenChoice& choice, Index row, const BestTokens& best) {
  Require(logits.size() == candidates.size(), "a logit for each candidate");
  const View all(logits.data(), {1, std::ssize(logits)});
  float log_sum = 0.0f;
  LogSumExp(all, std::span(&log_sum, 1));
  if (const TokenId forced = choice.ForcedAt(row); forced >= 0) {
    const auto found = std::ranges::lower_bound(candidates, forced);
    Require(found != candidates.end() && *found == forced, "a forced token is a candidate");
    return SetForced(forced, logits[found - candidates.begin()] - log_sum, row, best);
  }
  for (std::size_t i = 0; i < candidates.size() && candidates[i] <= kBeginId; ++i) {
    if (candidates[i] == kBeginId || !choice.allow_unknown) logits[i] = kNever;
  }
  const Index found = std::min(best.values.cols(), std::ssize(logits));
  TopK(all, View(best.values.row(row), {1, found}),
       TensorView<TokenId>(best.tokens.row(row), {1, found}));
  for (Index k = 0; k < best.values.cols(); ++k) {
    if (k < found) {
      best.values(row, k) -= log_sum;
      best.tokens(row, k) = candidates[best.tokens(row, k)];
    } else {
      best.values(row, k) = kNever;
      best.tokens(row, k) = kEndId;
    }
  }
}

}  // namespace talmach
