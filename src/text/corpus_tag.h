// Tags that tell the model of which corpus a pair is: words before the source, such as `<bt>`.
#pragma once

#include <string>
#include <string_view>

#include "text/tokenizer.h"

namespace talmach {

/// The first word of a tag that the tokenizer does not keep whole, as a piece of its own; "" if it
/// keeps all.
std::string FindSplitWord(std::string_view tag, const Tokenizer& tokenizer);

}  // namespace talmach
