// The tokenizer of text that is in pieces already. Internal to text.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "text/tokenizer.h"

namespace talmach {

/// Makes a tokenizer of the piece list (given_vocabulary.h) in file `path`. Its pieces say how they
/// are joined: if more of them begin with U+2581 than end in "@@", that mark is a space; otherwise
/// spaces stand between pieces, but not after one that ends in "@@". Throws CheckpointError.
std::shared_ptr<Tokenizer> MakeGivenTokenizer(const std::string& path, std::string_view list);

}  // namespace talmach
