// The attention of a model for lines of a file: of its own translations, or of given ones.
#pragma once

#include <functional>
#include <string>

#include "attention/attention_map.h"
#include "search/translator.h"
#include "text/line_ranges.h"

namespace talmach {

/// Translates the wanted lines of the file `source`, or scores those of `target` as their
/// translations if it is not empty, and gives `use` the attention of each candidate in order;
/// `line` counts all lines of the file. Throws DataError if the files have different numbers of
/// lines.
void ForEachAttention(const Translator& translator, const std::string& source,
                      const std::string& target, const LineRanges& lines,
                      const std::function<void(const AttentionMap&)>& use);

}  // namespace talmach
