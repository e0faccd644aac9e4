// Any bytes are a request within the server's limits, as JSON or as a form, or are refused with a
// DataError or as too large; either way the answer is JSON.

#include <cmath>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "fuzz/fuzz_file.h"
#include "serving/translation_answer.h"
#include "serving/translation_request.h"

namespace {

constexpr talmach::RequestLimits kLimits;

const std::vector<talmach::ServedModel>& Models() {
  const auto count = [](const std::string& text) { return std::ssize(text); };
  static const std::vector<talmach::ServedModel> models = {
      {.name = "en-de", .count_tokens = count}, {.name = "default", .count_tokens = count}};
  return models;
}

// Each sentence as its own translation.
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

nlohmann::json Read(const talmach::AnswerParts& parts) {
  std::string text;
  while (parts(text)) continue;
  return nlohmann::json::parse(text);
}

void Use(const talmach::TranslationRequest& request) {
  talmach::Check(std::ssize(request.sentences) <= kLimits.max_sentences);
  for (const std::string& sentence : request.sentences) {
    talmach::Check(std::ssize(sentence) <= kLimits.max_sentence_bytes);
  }
  talmach::Check(request.beam.beam_size <= kLimits.max_beam_size &&
                 std::isfinite(request.beam.normalize));
  talmach::Validate(request.beam);  // throws ConfigError, which nobody catches
  const talmach::ServedModel& model = Models()[static_cast<std::size_t>(request.model)];
  const auto work = talmach::EstimateWork(request, model, 12, kLimits);
  talmach::Check(work.costs.size() == request.sentences.size());
  const nlohmann::json answer = Read(talmach::TranslationAnswer(request, Echo(request)));
  if (request.form == talmach::RequestForm::kOwn) {
    talmach::Check(answer["translations"].size() == request.texts.size());
  }
  const nlohmann::json records = Read(talmach::ViewerAnswer(request, Echo(request)));
  talmach::Check(records.contains("records"));
}

template <typename Parse>
void Try(talmach::RequestForm form, const Parse& parse) {
  std::string complaint;
  try {
    Use(parse());
    return;
  } catch (const talmach::DataError& error) {
    complaint = error.what();
  } catch (const talmach::RequestRefused& error) {
    complaint = error.what();
  }
  const auto answer = nlohmann::json::parse(talmach::ErrorAnswer(form, 400, complaint));
  talmach::Check(answer.contains("error"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = talmach::AsText(bytes, size);
  const talmach::RequestForm form = talmach::FormOf(text);
  Try(form, [&] { return talmach::ParseTranslationRequest(text, Models(), kLimits); });
  Try(form, [&] { return talmach::ParseTranslationForm(text, Models(), kLimits); });
  return 0;
}
