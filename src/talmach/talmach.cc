// Tested by tests/talmach/c_interface_test.cc and tests/integration/installed_test.py.
// The C interface over talmach/translator.h.
#include "talmach/talmach.h"

#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/error.h"
#include "talmach/c_options.h"
#include "talmach/rethrow.h"
#include "talmach/translator.h"

using talmach::v1::ScoredText;

struct talmach_translator {
  talmach::v1::Translator translator;
  talmach::v1::TranslateOptions options;
};

struct talmach_result {
  std::vector<talmach::v1::Translation> translations;
};

namespace {

struct LastError {
  int code = TALMACH_OK;
  std::string text = {};
};

LastError& OfThisThread() {
  thread_local LastError error;
  return error;
}

// A text that fits nowhere is left out: its code says enough.
void Remember(int code, const char* text) noexcept {
  LastError& error = OfThisThread();
  error.code = code;
  try {
    error.text = text;
  } catch (const std::bad_alloc&) {
    error.text.clear();
  }
}

// What `make` returns, or null and the error of this thread.
template <typename Make>
auto Guarded(const Make& make) noexcept -> decltype(make()) {
  namespace v1 = talmach::v1;
  Remember(TALMACH_OK, "");
  try {
    try {
      return make();
    } catch (...) {
      talmach::front::RethrowPublic();
    }
  } catch (const v1::ConfigError& error) {
    Remember(TALMACH_WRONG_OPTION, error.what());
  } catch (const v1::DataError& error) {
    Remember(TALMACH_BAD_DATA, error.what());
  } catch (const v1::ModelError& error) {
    Remember(TALMACH_BAD_MODEL, error.what());
  } catch (const v1::NumericError& error) {
    Remember(TALMACH_NOT_FINITE, error.what());
  } catch (const std::logic_error& error) {
    Remember(TALMACH_WRONG_OPTION, error.what());
  } catch (const std::bad_alloc&) {
    Remember(TALMACH_FAILED, "out of memory");
  } catch (const std::exception& error) {
    Remember(TALMACH_FAILED, error.what());
  } catch (...) {
    Remember(TALMACH_FAILED, "unknown error");
  }
  return nullptr;
}

void RequireArgument(const void* argument, const char* name) {
  if (argument != nullptr) return;
  throw talmach::ConfigError({.where = name, .expected = "a pointer", .got = "NULL"});
}

std::vector<std::string> ToStrings(const char* const* texts, std::size_t count, const char* name) {
  if (count > 0) RequireArgument(texts, name);
  std::vector<std::string> strings;
  for (const char* text : std::span(texts, count)) {
    RequireArgument(text, name);
    strings.emplace_back(text);
  }
  return strings;
}

// An empty one if there is none.
const ScoredText& Candidate(const talmach_result* result, std::size_t line, std::size_t candidate) {
  static const ScoredText& none = *new ScoredText;  // outlives threads that run during exit
  if (candidate >= talmach_num_candidates(result, line)) return none;
  return result->translations[line].candidates[candidate];
}

const char* Piece(const std::vector<std::string>& pieces, std::size_t piece) {
  return piece < pieces.size() ? pieces[piece].c_str() : "";
}

}  // namespace

talmach_translator* talmach_create(const char* const* directories, size_t num_directories,
                                   const char* options) {
  return Guarded([&] {
    const talmach::front::COptions parsed = talmach::front::ParseCOptions(options ? options : "");
    return new talmach_translator{
        talmach::v1::Translator(ToStrings(directories, num_directories, "directories"),
                                parsed.translator),
        parsed.call};
  });
}

talmach_result* talmach_translate(const talmach_translator* translator, const char* const* lines,
                                  size_t num_lines) {
  return Guarded([&] {
    RequireArgument(translator, "translator");
    return new talmach_result{translator->translator.Translate(ToStrings(lines, num_lines, "lines"),
                                                               translator->options)};
  });
}

size_t talmach_num_lines(const talmach_result* result) {
  return result == nullptr ? 0 : result->translations.size();
}

size_t talmach_num_candidates(const talmach_result* result, size_t line) {
  return line < talmach_num_lines(result) ? result->translations[line].candidates.size() : 0;
}

const char* talmach_text(const talmach_result* result, size_t line, size_t candidate) {
  return Candidate(result, line, candidate).text.c_str();
}

double talmach_log_probability(const talmach_result* result, size_t line, size_t candidate) {
  return Candidate(result, line, candidate).log_probability;
}

double talmach_score(const talmach_result* result, size_t line, size_t candidate) {
  return Candidate(result, line, candidate).score;
}

size_t talmach_num_source_pieces(const talmach_result* result, size_t line, size_t candidate) {
  return Candidate(result, line, candidate).attention.source.size();
}

size_t talmach_num_target_pieces(const talmach_result* result, size_t line, size_t candidate) {
  return Candidate(result, line, candidate).attention.target.size();
}

const char* talmach_source_piece(const talmach_result* result, size_t line, size_t candidate,
                                 size_t piece) {
  return Piece(Candidate(result, line, candidate).attention.source, piece);
}

const char* talmach_target_piece(const talmach_result* result, size_t line, size_t candidate,
                                 size_t piece) {
  return Piece(Candidate(result, line, candidate).attention.target, piece);
}

const float* talmach_attention(const talmach_result* result, size_t line, size_t candidate) {
  const std::vector<float>& weights = Candidate(result, line, candidate).attention.weights;
  return weights.empty() ? nullptr : weights.data();
}

void talmach_free_result(talmach_result* result) { delete result; }

void talmach_free(talmach_translator* translator) { delete translator; }

const char* talmach_error_text(void) { return OfThisThread().text.c_str(); }

int talmach_error_code(void) { return OfThisThread().code; }

const char* talmach_version(void) { return TALMACH_VERSION; }
