// What the server answers, as JSON in the form of the request (docs/serving.md):
//   own            {"translations":[{"source_cut":false,"candidates":[{"text":"Sie ging.",
//                    "log_probability":-1.2,"score":-0.4,"attention":{"source":[…],"target":[…],
//                    "weights":[[…]…]}},…]},…]}
//   LibreTranslate {"translatedText":"Sie ging."}
//   OpenNMT        [[{"src":"She left.","tgt":"Sie ging.","n_best":1,"pred_score":-1.2},…]]
//   errors         {"error":{"status":400,"message":"beam_size: expected …, got 0"}}
// Attention may be long, so that answers come in parts: a row of weights at a time.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "search/translator.h"
#include "serving/translation_request.h"

namespace talmach {

/// Appends the next part of an answer, 32 KiB or a little more; returns false if it was the last.
using AnswerParts = std::function<bool(std::string& out)>;

/// The answer to programs: a translation for each sentence of the request.
AnswerParts TranslationAnswer(const TranslationRequest& request,
                              std::vector<Translation> translations);

/// The answer to the page: {"records":[…]}, one for each candidate, as the viewer reads them.
AnswerParts ViewerAnswer(const TranslationRequest& request, std::vector<Translation> translations);

/// The answer where there is no result.
std::string ErrorAnswer(RequestForm form, int status, std::string_view message);

}  // namespace talmach
