#include "text/sentence_counter.h"

#include <unicode/brkiter.h>
#include <unicode/locid.h>
#include <unicode/utext.h>

#include "base/error.h"
#include "base/unicode_text.h"
#include "base/utf8.h"

namespace talmach {
namespace {

bool IsSentence(std::string_view text) {
  constexpr Index kLongestAbbreviation = 5;  // "Prof."
  text = Strip(text);
  return SplitWhitespace(text).size() > 1 || CountCodePoints(text) > kLongestAbbreviation;
}

}  // namespace

struct SentenceCounter::Impl {
  Impl() {
    UErrorCode status = U_ZERO_ERROR;
    borders.reset(icu::BreakIterator::createSentenceInstance(icu::Locale::getRoot(), status));
    if (U_FAILURE(status)) {
      throw Error({.where = "ICU", .what = std::string("no sentences: ") + u_errorName(status)});
    }
  }
  std::unique_ptr<icu::BreakIterator> borders;
};

SentenceCounter::SentenceCounter() : impl_(std::make_unique<Impl>()) {}
SentenceCounter::~SentenceCounter() = default;

bool SentenceCounter::HoldsSeveral(std::string_view line) {
  UErrorCode status = U_ZERO_ERROR;
  UText* text = utext_openUTF8(nullptr, line.data(), std::ssize(line), &status);
  impl_->borders->setText(text, status);
  int num_sentences = 0;
  std::size_t begin = 0;
  while (U_SUCCESS(status) && num_sentences < 2) {
    const std::int32_t end = impl_->borders->next();
    if (end == icu::BreakIterator::DONE) break;
    const auto border = static_cast<std::size_t>(end);
    num_sentences += IsSentence(line.substr(begin, border - begin)) ? 1 : 0;
    begin = border;
  }
  utext_close(text);
  return num_sentences > 1;
}

}  // namespace talmach
