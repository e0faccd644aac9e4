// What programs say to the server and what it answers, as JSON (docs/serving.md):
//   {"text":["She left.","He stayed."],"n_best":2,"beam_size":5,"normalize":1,"attention":true}
//   {"translations":[{"source_cut":false,"candidates":[{"text":"Sie ging.","log_probability":-1.2,
//     "score":-0.4,"attention":{"source":[…],"target":[…],"weights":[[…]…]}},…]},…]}
//   {"error":{"status":400,"message":"beam_size: expected an integer from 1 to 32, got 0"}}
// Only "text" must be given: a sentence, or a list of them; as many translations come back, in
// order.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "search/beam_search.h"
#include "search/translator.h"

namespace talmach {

struct RequestLimits {
  Index max_sentences = 100;  // in one request
  Index max_sentence_bytes = 20000;
  Index max_beam_size = 32;
};

/// The sentences of a request and how to search for their translations.
struct TranslationRequest {
  std::vector<std::string> sentences;
  BeamSearchOptions beam;
  bool attention = false;  // whether the answer holds it
};

/// The request in `json`; what it leaves open comes from `defaults`. A beam that is asked for
/// without `beam_size` grows to hold `n_best`. Throws DataError if it is not a request.
TranslationRequest ParseTranslationRequest(std::string_view json, const BeamSearchOptions& defaults,
                                           const RequestLimits& limits);

/// The answer to programs.
std::string TranslationResponse(const TranslationRequest& request,
                                std::span<const Translation> translations);

/// The answer to the page: {"records":[…]}, one for each candidate, as the viewer reads them.
std::string ViewerResponse(std::span<const Translation> translations);

/// The answer where there is nothing to give.
std::string ErrorResponse(int status, std::string_view message);

}  // namespace talmach
