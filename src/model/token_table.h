// What the decoder computes from the last target token alone, kept for each token: the share of
// the embedding in the gates of the first cell and in the readout. Two products of every step
// become a copy.
//
// Rows are computed when a token is first asked for, 16 neighbours at a time, so that a program
// that translates one sentence does not wait for the whole vocabulary. A row's bits depend on the
// token alone, not on what was asked before.
#pragma once

#include <memory>
#include <mutex>
#include <span>

#include "base/types.h"
#include "tensor/arena.h"
#include "tensor/tensor.h"

namespace talmach {

class Decoder;

/// Const methods may run in several threads at once.
class TokenTable {
 public:
  /// The decoder must be packed, stay unchanged and outlive the table.
  TokenTable(const Decoder& decoder, Index vocabulary_size);

  /// gates [M, …] and readout_sums [M, …] of M tokens, as Decoder::EmbeddingProducts gives them. A
  /// table that would exceed kMaxBytes is not kept; then the rows are computed in memory from
  /// `arena`.
  void Gather(std::span<const TokenId> tokens, Arena& arena, View gates, View readout_sums) const;

  static constexpr Index kMaxBytes = Index{64} << 20;

 private:
  static constexpr Index kBlockTokens = 16;

  struct Block {
    std::once_flag once;
    Tensor<float> gates;         // [kBlockTokens, gates_size_]
    Tensor<float> readout_sums;  // [kBlockTokens, sums_size_]
  };
  const Block& FindBlock(TokenId token) const;

  const Decoder* decoder_;
  Index vocabulary_size_;
  Index gates_size_;
  Index sums_size_;
  std::unique_ptr<Block[]> blocks_;  // none if the table is not kept
};

}  // namespace talmach
