// Random segmentations of a text into pieces. Internal to text; see tokenizer.h.
//
// Unigram: let E be the pieces of the lattice, a piece from byte b to byte e with log-probability
// s weighing w = exp(α s). Forward filtering computes F(0) = 1, F(e) = Σ_{(b,e) ∈ E} F(b) w; then,
// from the end of the text backwards, the piece that ends at e is drawn with probability
// F(b) w / F(e). The product of these is Π w / F(end): exactly proportional to P(x)^α.
// A character without a piece is an <unk> edge of log-probability min s − 10, as in SentencePiece.
//
// BPE-dropout: merges happen in the order of their rank, each left out with probability α when
// its turn comes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"
#include "text/piece_trie.h"

namespace talmach {

/// Immutable; may be used from several threads.
class SegmentationSampler {
 public:
  enum class Type { kUnigram, kBpe };
  SegmentationSampler(Type type, std::vector<ScoredPiece> pieces);

  struct Token {
    TokenId id;
    std::string_view text;  // the part of the text it stands for
  };

  /// A segmentation of text as SentencePiece normalises it. Characters without a piece are
  /// kUnknownId, neighbouring ones one token. The text must outlive the tokens.
  std::vector<Token> Sample(std::string_view normalized, float alpha, std::uint64_t key) const;

 private:
  Type type_;
  float unknown_score_;
  PieceTrie trie_;
};

}  // namespace talmach
