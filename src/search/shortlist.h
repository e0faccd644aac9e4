// A lexical shortlist: for each source token the target tokens it is likely to be translated by
// (Jean et al. 2015, "On Using Very Large Target Vocabulary for Neural Machine Translation",
// section 3.3; L'Hostis et al. 2016). With one, the output layer computes some hundred logits a
// sentence in place of the whole vocabulary's.
//
// The candidates of a sentence are a set of common tokens and those of its own tokens; they depend
// on the sentence alone, and so does its translation.
//
// File, little endian: "TALMSL01"; four 32-bit numbers: source tokens S, target tokens, common
// tokens C, pairs P; the vocabulary hashes of both sides, 16 characters each; the C common tokens;
// for each source token the end of its list among the P target tokens; those; and the checksum of
// all bytes before it, 16 characters. Every list is ascending.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace talmach {

class Tokenizer;

/// Const methods may be called from several threads at once.
class Shortlist {
 public:
  /// The vocabularies it was made for.
  struct Vocabularies {
    Index source_size = 0;
    Index target_size = 0;
    std::string source_hash;  // Tokenizer::Hash
    std::string target_hash;
  };

  /// `common`: tokens every sentence may use; `<unk>`, `<s>` and `</s>` are added. `lists`: one for
  /// each source token. Any order, tokens below target_size.
  Shortlist(Vocabularies vocabularies, std::vector<TokenId> common,
            std::vector<std::vector<TokenId>> lists);

  const Vocabularies& vocabularies() const { return vocabularies_; }
  std::span<const TokenId> common() const { return common_; }
  std::span<const TokenId> ListOf(TokenId source) const;

  /// The target tokens for a sentence, ascending, each once, with those of `more`.
  std::vector<TokenId> Candidates(std::span<const TokenId> source,
                                  std::span<const TokenId> more = {}) const;

  /// The bytes of the file.
  std::string Serialise() const;

 private:
  friend Shortlist ParseShortlist(std::string_view bytes, const std::string& name);
  Shortlist() = default;

  Vocabularies vocabularies_;
  std::vector<TokenId> common_;
  std::vector<std::uint32_t> ends_;  // of each source token's list
  std::vector<TokenId> tokens_;
};

/// The shortlist in `bytes`, which may be anything: throws CheckpointError, naming `name`, unless
/// it is one to the last byte. Needs memory in proportion to the bytes.
Shortlist ParseShortlist(std::string_view bytes, const std::string& name);

/// Reads a file. Throws CheckpointError.
Shortlist LoadShortlist(const std::string& path);

/// Writes a file, whole or not at all. Throws Error.
void SaveShortlist(const std::string& path, const Shortlist& shortlist);

/// Throws CheckpointError, one line naming both, unless the shortlist was made for these
/// vocabularies.
void CheckVocabularies(const std::string& path, const Shortlist& shortlist, const Tokenizer& source,
                       const Tokenizer& target);

}  // namespace talmach
