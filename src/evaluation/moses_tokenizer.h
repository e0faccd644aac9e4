// Tokens as papers on Multi30k have them, from plain text: lower-cased, punctuation normalised, and
// tokenized as by the scripts of Moses (Koehn et al., "Moses: open source toolkit for statistical
// machine translation", ACL 2007), in this order. Their scores are those of multi-bleu on such
// tokens: BLEU without smoothing and without a tokenizer of its own.
//
// What differs by language: on which side of an apostrophe words are split, where quotation marks
// and commas stand, and after which abbreviations a period stays. The abbreviations here are common
// ones; Moses' own lists, which are longer, only matter for lines with rarer ones.
#pragma once

#include <string>
#include <string_view>

#include "evaluation/bleu_tokenizer.h"

namespace talmach {

/// The tokenizer "moses-<language>" for en, de, fr or cs. Throws ConfigError for others.
BleuTokenizer MakeMosesTokenizer(std::string_view language);

}  // namespace talmach
