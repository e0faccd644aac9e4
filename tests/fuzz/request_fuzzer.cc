// Any bytes are a request within the server's limits or are refused with a DataError; either way
// the answer is JSON.

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "fuzz/fuzz_file.h"
#include "serving/translation_request.h"

namespace {

constexpr talmach::RequestLimits kLimits;

/// Each sentence as its own translation.
std::vector<talmach::Translation> Echo(const talmach::TranslationRequest& request) {
  std::vector<talmach::Translation> translations;
  for (const std::string& sentence : request.sentences) {
    talmach::ScoredText candidate;
    candidate.text = sentence;
    candidate.attention = {.source = {sentence}, .target = {sentence}, .weights = {1.0f}};
    translations.emplace_back().candidates = {candidate, candidate};
  }
  return translations;
}

void Use(const talmach::TranslationRequest& request) {
  talmach::Check(std::ssize(request.sentences) <= kLimits.max_sentences);
  for (const std::string& sentence : request.sentences) {
    talmach::Check(std::ssize(sentence) <= kLimits.max_sentence_bytes);
  }
  talmach::Check(request.beam.beam_size <= kLimits.max_beam_size &&
                 std::isfinite(request.beam.normalize));
  talmach::Validate(request.beam);  // throws ConfigError, which nobody catches
  const std::vector<talmach::Translation> translations = Echo(request);
  const auto answer = nlohmann::json::parse(talmach::TranslationResponse(request, translations));
  talmach::Check(answer["translations"].size() == translations.size());
  nlohmann::json::parse(talmach::ViewerResponse(translations));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = talmach::AsText(bytes, size);
  try {
    Use(talmach::ParseTranslationRequest(text, {}, kLimits));
  } catch (const talmach::DataError& error) {
    nlohmann::json::parse(talmach::ErrorResponse(400, error.what()));
  }
  return 0;
}
