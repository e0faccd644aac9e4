// Sub-word tokenizers: text to tokens and back.
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

namespace talmach {

/// A vocabulary and the way text is divided into its pieces. All const methods may be called from
/// several threads at once.
class Tokenizer {
 public:
  /// Files beyond this size are refused unread (a model of 64,000 pieces has about 1.3 MB).
  static constexpr Index kMaxFileBytes = Index{16} << 20;

  /// Reads a SentencePiece model (Kudo and Richardson 2018), or a list of given pieces
  /// (given_vocabulary.h), as the file says. Whatever ids the file has for them, the tokenizer has
  /// <unk> 0, <s> 1, </s> 2 and no padding; all other pieces follow in their order. Throws
  /// CheckpointError if the file is missing, too large or damaged, or has a piece of these names
  /// that is something else.
  static std::shared_ptr<const Tokenizer> Load(const std::string& path);

  virtual ~Tokenizer() = default;

  /// The best segmentation of one line of UTF-8, without <s> and </s>; empty for blank text.
  /// Neighbouring unknown characters are one <unk>; of given pieces each unknown one is.
  virtual std::vector<TokenId> Encode(std::string_view text) const = 0;

  /// The pieces of the same segmentation, one for each id; unknown ones as they stand in the text.
  virtual std::vector<std::string> EncodePieces(std::string_view text) const = 0;

  /// Whether a text has more than one segmentation.
  virtual bool CanSample() const = 0;
  /// A random segmentation (see above); alpha > 0. REQUIRES: CanSample().
  virtual std::vector<TokenId> Sample(std::string_view text, float alpha,
                                      std::uint64_t key) const = 0;

  /// The text of a segmentation. <s> and </s> vanish; <unk> becomes " ⁇ ", SentencePiece's mark.
  /// Ids outside the vocabulary are a std::logic_error.
  virtual std::string Decode(std::span<const TokenId> ids) const = 0;
  /// The same from pieces, which may be any strings.
  virtual std::string DecodePieces(std::span<const std::string> pieces) const = 0;

  /// The pieces with their spaces as records and pictures show them: U+2581 at the beginning of a
  /// piece that follows a space, nothing else. What stands in a SentencePiece model is that
  /// already.
  virtual std::vector<std::string> WithWordMarks(std::vector<std::string> pieces) const = 0;
  /// Whether white space stands before the piece in the text it is a part of.
  virtual bool FollowsSpace(TokenId id) const = 0;

  /// The piece of an id in [0, size()).
  virtual const std::string& PieceOf(TokenId id) const = 0;
  /// The id of a piece; kUnknownId if there is none.
  virtual TokenId IdOf(std::string_view piece) const = 0;
  /// The number of pieces, V.
  virtual Index size() const = 0;

  /// 16 hexadecimal digits: XXH3 over all pieces in order. Two vocabularies with the same hash
  /// give every id the same meaning.
  const std::string& Hash() const { return hash_; }
  /// The checksum of the file, which also holds the scores of the pieces and the normaliser.
  const std::string& file_checksum() const { return file_checksum_; }
  /// The path it was loaded from, for messages.
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::string hash_;
  std::string file_checksum_;
};

}  // namespace talmach
