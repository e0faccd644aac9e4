// The choice of the next token: from logits to the few tokens a search goes on with. The
// distribution over the whole vocabulary is summed up, never written.
#pragma once

#include <span>

#include "tensor/tensor_view.h"

namespace talmach {

/// What may come next.
struct TokenChoice {
  bool allow_unknown = false;            // <unk>; <s> never may come
  std::span<const TokenId> forced = {};  // the token each row must take, −1: any; empty: none must

  TokenId ForcedAt(Index row) const { return forced.empty() ? TokenId{-1} : forced[row]; }
};

/// The k best tokens of M rows by log-probability (nats), best first, equals in order of tokens;
/// −∞ where there are no more. A row that is forced holds its token alone. A row of NaN logits has
/// NaN values.
struct BestTokens {
  View values;                 // [M, k]
  TensorView<TokenId> tokens;  // [M, k]
};

/// The best tokens of rows [first_row, first_row + logits.rows()) of `best` from their logits
/// [rows, V], which are overwritten; k ≤ V. Log-probabilities are those of the softmax over all
/// tokens, including those that may not come next.
void FindBest(View logits, const TokenChoice& choice, Index first_row, const BestTokens& best);

/// The same for one row whose vocabulary is `candidates` (ascending): logits[i] is that of
/// candidates[i], and the softmax is over them. A forced token must be one of them.
void FindBestCandidates(std::span<float> logits, std::span<const TokenId> candidates,
                        const TokenChoice& choice, Index row, const BestTokens& best);

}  // namespace talmach
