// The tokenizer of a SentencePiece model. Internal to text.
#pragma once

#include <memory>
#include <string>

#include "text/tokenizer.h"

namespace talmach {

/// Makes a tokenizer of the bytes of the file `path`. Throws CheckpointError as Tokenizer::Load.
std::shared_ptr<Tokenizer> MakeSentencePieceTokenizer(const std::string& path,
                                                      const std::string& model);

}  // namespace talmach
