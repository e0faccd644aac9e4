// The text normalisation of Tercom (Snover et al. 2006), as sacreBLEU carries it out.
#pragma once

#include <string>
#include <string_view>

namespace talmach {

struct TerOptions {
  bool normalize = false;           // unescape entities, split Western punctuation
  bool remove_punctuation = false;  // . , ? : ; ! " ( )
  bool asian_support = false;       // with the above: split Chinese characters, Asian punctuation
  bool case_sensitive = false;      // otherwise lower-case
};

/// The text whose parts between white space are the words. Thread-safe.
std::string NormalizeForTer(std::string_view line, const TerOptions& options);

}  // namespace talmach
