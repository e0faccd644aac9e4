// Keeps SentencePiece from printing, and from trusting files. Internal to text.
#pragma once

#include <string>
#include <string_view>

namespace talmach {

/// Turns SentencePiece's messages on stderr off, for the whole process; they come back as
/// statuses.
void SilenceSentencePiece();

/// Why SentencePiece 0.1.97 must not load this model: tables of the text normaliser whose entries
/// point past their end, which it would follow, bytes that are no message, where such tables could
/// hide, or so many entries that they would take many times the size of the file in memory. Empty
/// if there is no reason; whether it is a model is left to SentencePiece.
std::string FindDanger(std::string_view model);

}  // namespace talmach
