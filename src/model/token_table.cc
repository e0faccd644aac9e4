// Tested by tests/model/seq2seq_model_test.cc and tests/model/pytorch_fixture_test.cc.
//
// A table that is filled as it is read. Blocks of 16 neighbouring tokens are computed by one call
// of the decoder's own code the first time one of them is asked for; std::call_once makes other
// threads wait for a block that is being computed. Every block has exactly 16 rows, the last one by
// repeating the last token, so that each row comes from a product of the same shape and has the
// same bits in whatever order tokens are asked for.
#include "model/token_table.h"

#include <algorithm>
#include <vector>

#include "model/decoder.h"

namespace talmach {

TokenTable::TokenTable(const Decoder& decoder, Index vocabulary_size)
    : decoder_(&decoder),
      vocabulary_size_(vocabulary_size),
      gates_size_(decoder.embedding_gates_size()),
      sums_size_(decoder.readout().num_sums()) {
  const Index bytes = vocabulary_size * (gates_size_ + sums_size_) * Index{sizeof(float)};
  if (bytes > kMaxBytes) return;
  blocks_ = std::make_unique<Block[]>(
      static_cast<std::size_t>(RoundUp(vocabulary_size, kBlockTokens) / kBlockTokens));
}

const TokenTable::Block& TokenTable::FindBlock(TokenId token) const {
  Block& block = blocks_[static_cast<std::size_t>(token / kBlockTokens)];
  std::call_once(block.once, [&] {
    // Always the same number of rows: the last block repeats the last token.
    std::vector<TokenId> tokens;
    const Index first = token / kBlockTokens * kBlockTokens;
    for (Index i = 0; i < kBlockTokens; ++i) {
      tokens.push_back(static_cast<TokenId>(std::min(first + i, vocabulary_size_ - 1)));
    }
    block.gates = Tensor<float>({kBlockTokens, gates_size_});
    block.readout_sums = Tensor<float>({kBlockTokens, sums_size_});
    Arena arena;
    decoder_->EmbeddingProducts(tokens, arena, block.gates.view(), block.readout_sums.view());
  });
  return block;
}

void TokenTable::Gather(std::span<const TokenId> tokens, Arena& arena, View gates,
                        View readout_sums) const {
  Require(gates.rows() == std::ssize(tokens) && readout_sums.rows() == std::ssize(tokens),
          "a row for each token");
  if (!blocks_) return decoder_->EmbeddingProducts(tokens, arena, gates, readout_sums);
  for (Index i = 0; i < std::ssize(tokens); ++i) {
    const TokenId token = tokens[i];
    Require(0 <= token && token < vocabulary_size_, "a token is in the vocabulary");
    const Block& block = FindBlock(token);
    std::copy_n(block.gates.view().row(token % kBlockTokens), gates_size_, gates.row(i));
    std::copy_n(block.readout_sums.view().row(token % kBlockTokens), sums_size_,
                readout_sums.row(i));
  }
}

}  // namespace talmach
