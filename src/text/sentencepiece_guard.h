// Keeps SentencePiece from printing, and from trusting files. Internal to text.
#pragma once

#include <string>
#include <string_view>

namespace talmach {

/// Turns SentencePiece's messages on stderr off, for the whole process; they come back as
/// statuses.
void SilenceSentencePiece();

/// What would make SentencePiece 0.1.97 read outside its memory if it loaded this model: tables of
/// the text normaliser whose entries point past their end. Empty if there is nothing. Whether the
/// bytes are a model at all is left to SentencePiece.
std::string FindUnsafeTable(std::string_view model);

}  // namespace talmach
