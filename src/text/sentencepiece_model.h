// A SentencePiece model file from the inside: what its library does not say, and models whose
// reserved ids are others. Internal to text.
//
// This program's vocabularies keep <unk> 0, <s> 1 and </s> 2; padding has no piece. A model made
// elsewhere (Marian: </s> 0, <unk> 1; T5: pad 0, </s> 1, <unk> 2; …) is taken by putting these
// three in front of all its other pieces, in their order, and leaving out its own unknown, begin,
// end and padding pieces. Scores, types and everything else stay, so that it divides text as
// before.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace talmach {

/// What a model says of itself. Numbers are those of SentencePiece's sentencepiece_model.proto.
struct SentencePieceOutline {
  enum Type : std::uint64_t { kUnigram = 1, kBpe = 2, kWord = 3, kChar = 4 };
  Type type = kUnigram;
  std::vector<bool> is_symbol = {};  // for each id: defined by the user, never split
};

/// `model` must be loadable by SentencePiece, as all that follows.
SentencePieceOutline ReadOutline(std::string_view model);

/// The ids a model reserves, −1 for none.
struct ReservedIds {
  int unknown = -1;
  int begin = -1;
  int end = -1;
  int padding = -1;
  bool operator==(const ReservedIds&) const = default;
};

/// Those of this program.
inline constexpr ReservedIds kOwnReservedIds{
    .unknown = kUnknownId, .begin = kBeginId, .end = kEndId};

/// The model with this program's reserved ids.
std::string WithOwnReservedIds(std::string_view model, const ReservedIds& ids);

}  // namespace talmach
