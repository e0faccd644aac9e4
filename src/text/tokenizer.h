// Sub-word tokenizer: a SentencePiece model (Kudo and Richardson 2018) behind a small class.
//
// Encode gives the best segmentation. Sample draws another one, a regulariser for training:
//  - unigram models (Kudo 2018, "Subword regularization"): a segmentation x of the text with
//    probability proportional to Π_i p(x_i)^α, drawn exactly, from the whole lattice, by forward
//    filtering and backward sampling. α → ∞ is Encode, small α is adventurous; 0.1 is usual.
//  - BPE models (Provilkov et al. 2020, "BPE-dropout"): each merge is left out with probability α.
// SentencePiece's own sampling draws from a generator hidden in each thread, so the sampling is
// done here: a sample is a pure function of (text, α, key).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace sentencepiece {
class SentencePieceProcessor;
}

namespace talmach {

/// Movable, not copyable; all const methods may be called from several threads at once.
class Tokenizer {
 public:
  /// Files beyond this size are refused unread (a model of 64,000 pieces has about 1.3 MB).
  static constexpr Index kMaxFileBytes = Index{16} << 20;

  /// Reads a SentencePiece model. Throws CheckpointError if the file is missing, too large,
  /// damaged, or does not reserve <unk> 0, <s> 1, </s> 2 (pad_id -1).
  static Tokenizer Load(const std::string& path);

  /// Reads a model whose reserved ids may be others. Its pieces serve to split text, as scoring
  /// does; its ids are not those of this program's vocabularies.
  static Tokenizer LoadForeign(const std::string& path);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  /// The best segmentation of one line of UTF-8, without <s> and </s>; empty for blank text.
  /// Neighbouring unknown characters are one <unk>.
  std::vector<TokenId> Encode(std::string_view text) const;

  /// The pieces of the same segmentation, one for each id; unknown ones as they stand in the text.
  std::vector<std::string> EncodePieces(std::string_view text) const;

  /// A random segmentation (see above); alpha > 0.
  std::vector<TokenId> Sample(std::string_view text, float alpha, std::uint64_t key) const;

  /// The text of a segmentation. <s> and </s> vanish; <unk> becomes " ⁇ ", SentencePiece's mark.
  /// Ids outside the vocabulary are a std::logic_error.
  std::string Decode(std::span<const TokenId> ids) const;
  /// The same from pieces, which may be any strings: this is how unknown words are put back.
  std::string DecodePieces(std::span<const std::string> pieces) const;

  /// The piece of an id in [0, size()).
  const std::string& PieceOf(TokenId id) const;
  /// The id of a piece; kUnknownId if there is none.
  TokenId IdOf(std::string_view piece) const;
  /// The number of pieces, V.
  Index size() const;

  /// 16 hexadecimal digits: XXH3 over all pieces in order. Two vocabularies with the same hash
  /// give every id the same meaning.
  const std::string& Hash() const { return hash_; }
  /// The checksum of the file, which also holds the scores of the pieces and the normaliser.
  const std::string& file_checksum() const { return file_checksum_; }
  /// The path it was loaded from, for messages.
  const std::string& path() const { return path_; }

 private:
  /// Made at the first Sample: only training draws, and it takes time.
  struct LazySampler;

  Tokenizer(std::string path, std::unique_ptr<sentencepiece::SentencePieceProcessor> processor);

  std::string path_;
  std::string hash_;
  std::string file_checksum_;
  std::unique_ptr<sentencepiece::SentencePieceProcessor> processor_;
  std::unique_ptr<LazySampler> sampler_;
};

}  // namespace talmach
