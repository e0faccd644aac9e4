// What programs ask the server for (docs/serving.md), in three forms:
//   own            {"text":["She left.","He stayed."],"n_best":2,"beam_size":5,"attention":true}
//   LibreTranslate {"q":"She left.","source":"en","target":"de"}, also as a form
//   OpenNMT        [{"src":"She left."},{"src":"He stayed."}]
// A text may have several lines: each is a sentence, and the line breaks are kept.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "search/beam_search.h"
#include "serving/translation_queue.h"

namespace talmach {

/// The request will never be served: it is too large, or more work than is allowed.
class RequestRefused : public Error {
 public:
  RequestRefused(int status, const Complaint& complaint) : Error(complaint), status_(status) {}
  int status() const { return status_; }  // of HTTP: 413 or 422

 private:
  int status_;
};

struct RequestLimits {
  Index max_sentences = 100;  // in one request
  Index max_sentence_bytes = 20000;
  Index max_beam_size = 32;
  Index max_steps = 8'000'000;               // as EstimateWork counts them
  Index max_answer_bytes = Index{64} << 20;  // of attention
};

/// What a request must know about a model.
struct ServedModel {
  std::string name;  // "en-de" where languages are named
  BeamSearchOptions defaults = {};
  Index max_source_length = 512;                            // in tokens
  std::function<Index(const std::string&)> count_tokens{};  // of a sentence; thread-safe
};

/// The languages of a model named "en-de" or "zh-Hans-en"; both empty if its name is none of these.
struct LanguagePair {
  std::string source, target;
};
LanguagePair LanguagesOf(std::string_view model_name);

enum class RequestForm { kOwn, kLibreTranslate, kOpenNmt };

/// Some sentences of a request that are the lines of one text.
struct RequestedText {
  std::size_t begin = 0, end = 0;   // among the sentences
  std::vector<std::string> breaks;  // between them
};

/// The sentences of a request and how to search for their translations.
struct TranslationRequest {
  RequestForm form = RequestForm::kOwn;
  Index model = 0;
  std::vector<std::string> sentences;
  std::vector<RequestedText> texts;
  BeamSearchOptions beam;
  bool attention = false;         // whether the answer holds it
  bool is_list = true;            // LibreTranslate: whether q was one
  std::string detected_language;  // LibreTranslate: where the source is "auto"
};

/// The request in `json`; what it leaves open comes from its model. A beam that is asked for
/// without `beam_size` grows to hold `n_best`. Throws DataError if it is not a request, and
/// RequestRefused if it has too many or too long sentences.
TranslationRequest ParseTranslationRequest(std::string_view json,
                                           std::span<const ServedModel> models,
                                           const RequestLimits& limits);

/// LibreTranslate's request as an HTML form sends it: q=She+left.&source=en&target=de.
TranslationRequest ParseTranslationForm(std::string_view form, std::span<const ServedModel> models,
                                        const RequestLimits& limits);

/// Which form a JSON text would have, right or wrong: errors are answered in the same form.
RequestForm FormOf(std::string_view json);

/// What a request may cost at most, before anything is translated: for each sentence of S tokens
/// whose translation has at most T, beam_size · T · (1 + S/100) steps, and n_best · S · T attention
/// weights, each of `bytes_per_weight` in the answer. Throws RequestRefused, naming the limit and
/// its flag, if it is more than allowed.
TranslationWork EstimateWork(const TranslationRequest& request, const ServedModel& model,
                             Index bytes_per_weight, const RequestLimits& limits);

}  // namespace talmach
