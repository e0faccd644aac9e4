// Whether a line holds several sentences, which a model trained on single ones may drop.
//
// Borders are those of Unicode's UAX #29 without a language's rules, by ICU's break iterator. What
// could be an abbreviation ("Mr.", "Prof.") is not counted as a sentence of its own: it takes two
// words, or six characters. A longer abbreviation before a capital ("Dr. med. Meier") still looks
// like an end: good enough for a notice, not for splitting.
#pragma once

#include <memory>
#include <string_view>

namespace talmach {

/// One thread at a time.
class SentenceCounter {
 public:
  SentenceCounter();
  ~SentenceCounter();

  /// True if `line`, of well-formed UTF-8, holds two sentences or more.
  bool HoldsSeveral(std::string_view line);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace talmach
