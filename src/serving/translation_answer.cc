// Answers are written in parts of about 32 KiB, each made when the connection has sent the one
// before, and what has been written is freed: a large attention matrix never exists as text. A text
// of several lines is put together again from its sentences, with the breaks it had. Weights are
// written as the shortest decimals that read back as the same floats.
#include "serving/translation_answer.h"

#include <fmt/format.h>

#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "drawing/html_viewer.h"

namespace talmach {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kPartBytes = std::size_t{1} << 15;

// An answer that cannot be written must not throw: bytes that are not UTF-8, which no tokenizer
// makes, are replaced.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The translation of a text of several lines, of which at most one has more than one candidate.
Translation JoinLines(const RequestedText& text, std::span<Translation> lines) {
  // Candidates come from the line with the most of them, or the first that is not empty.
  std::size_t main = 0;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const bool has_more = lines[i].candidates.size() > lines[main].candidates.size();
    if (has_more || lines[main].best().piece_scores.empty()) main = i;
  }
  Translation result = std::move(lines[main]);
  std::string before, after;
  double log_probability = 0, score = 0, num_scored = result.best().piece_scores.empty() ? 0 : 1;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string& side = i <= main ? before : after;
    if (i > 0) side += text.breaks[i - 1];
    if (i == main) continue;
    const ScoredText& best = lines[i].best();
    side += best.text;
    result.source_cut = result.source_cut || lines[i].source_cut;
    if (best.piece_scores.empty()) continue;
    log_probability += best.log_probability;
    score += best.score;
    ++num_scored;
  }
  for (ScoredText& candidate : result.candidates) {
    candidate.text = before + candidate.text + after;
    candidate.log_probability += log_probability;
    if (num_scored > 1) candidate.score = (candidate.score + score) / num_scored;
  }
  return result;
}

std::vector<Translation> JoinTexts(const TranslationRequest& request,
                                   std::vector<Translation> lines) {
  Require(lines.size() == request.sentences.size(), "a translation for each sentence");
  std::vector<Translation> texts;
  for (const RequestedText& text : request.texts) {
    Translation joined =
        JoinLines(text, std::span(lines).subspan(text.begin, text.end - text.begin));
    // Numbered as in the request, whatever batch they were translated in.
    for (ScoredText& candidate : joined.candidates) candidate.attention.line = std::ssize(texts);
    texts.push_back(std::move(joined));
  }
  return texts;
}

// Writes the own form piece by piece.
class OwnWriter {
 public:
  OwnWriter(std::vector<Translation> translations, bool attention)
      : translations_(std::move(translations)), attention_(attention) {}

  bool Write(std::string& out) {
    const std::size_t end = out.size() + kPartBytes;
    if (!std::exchange(begun_, true)) out += "{\"translations\":[";
    while (out.size() < end && text_ < translations_.size()) WriteNext(out);
    if (text_ < translations_.size()) return true;
    out += "]}";
    return false;
  }

 private:
  // The beginning of a candidate, or a row of its weights; and what ends with it.
  void WriteNext(std::string& out) {
    Translation& translation = translations_[text_];
    ScoredText& candidate = translation.candidates[candidate_];
    if (row_ < 0) {
      Begin(translation, candidate, out);
    } else {
      WriteRow(candidate.attention, out);
    }
    ++row_;
    if (attention_ && row_ < candidate.attention.target_length()) return;
    out += attention_ ? "]}}" : "}";
    candidate = {};  // its memory is not needed any more
    row_ = -1;
    if (++candidate_ < translation.candidates.size()) return;
    out += "]}";
    candidate_ = 0;
    ++text_;
  }

  void Begin(const Translation& translation, const ScoredText& candidate, std::string& out) const {
    if (candidate_ > 0 || text_ > 0) out += ',';
    if (candidate_ == 0) {
      out += fmt::format("{{\"source_cut\":{},\"candidates\":[", translation.source_cut);
    }
    std::string entry = Dump({{"text", candidate.text},
                              {"log_probability", candidate.log_probability},
                              {"score", candidate.score}});
    entry.pop_back();
    out += entry;
    if (!attention_) return;
    out += ",\"attention\":{\"source\":" + Dump(candidate.attention.source) +
           ",\"target\":" + Dump(candidate.attention.target) + ",\"weights\":[";
  }

  void WriteRow(const AttentionMap& map, std::string& out) const {
    out += row_ > 0 ? ",[" : "[";
    bool first = true;
    for (const float weight : map.Row(row_)) {
      fmt::format_to(std::back_inserter(out), "{}{}", std::exchange(first, false) ? "" : ",",
                     weight);
    }
    out += ']';
  }

  std::vector<Translation> translations_;
  bool attention_;
  bool begun_ = false;
  std::size_t text_ = 0;
  std::size_t candidate_ = 0;
  Index row_ = -1;  // −1: before the candidate
};

// A whole answer as its only part.
AnswerParts Whole(std::string text) {
  return [text = std::move(text)](std::string& out) {
    out += text;
    return false;
  };
}

std::string LibreTranslateAnswer(const TranslationRequest& request,
                                 const std::vector<Translation>& translations) {
  Json texts = Json::array(), alternatives = Json::array(), detected = Json::array();
  for (const Translation& translation : translations) {
    texts.push_back(translation.best().text);
    Json others = Json::array();
    for (std::size_t i = 1; i < translation.candidates.size(); ++i) {
      others.push_back(translation.candidates[i].text);
    }
    alternatives.push_back(std::move(others));
    detected.push_back({{"confidence", 0}, {"language", request.detected_language}});
  }
  Json answer = {{"translatedText", texts}};
  if (request.beam.n_best > 1) answer["alternatives"] = alternatives;
  if (!request.detected_language.empty()) answer["detectedLanguage"] = detected;
  if (!request.is_list) {
    for (auto& [key, value] : answer.items()) value = Json(value[0]);
  }
  return Dump(answer);
}

std::string OpenNmtAnswer(const TranslationRequest& request,
                          const std::vector<Translation>& translations) {
  Json answer = Json::array();
  for (std::size_t i = 0; i < translations.size(); ++i) {
    const RequestedText& text = request.texts[i];
    std::string source = request.sentences[text.begin];
    for (std::size_t line = text.begin + 1; line < text.end; ++line) {
      source += text.breaks[line - text.begin - 1] + request.sentences[line];
    }
    answer.push_back({{"src", source},
                      {"tgt", translations[i].best().text},
                      {"n_best", 1},
                      {"pred_score", translations[i].best().log_probability}});
  }
  return Dump(Json::array({answer}));
}

}  // namespace

AnswerParts TranslationAnswer(const TranslationRequest& request,
                              std::vector<Translation> translations) {
  std::vector<Translation> texts = JoinTexts(request, std::move(translations));
  if (request.form == RequestForm::kLibreTranslate) {
    return Whole(LibreTranslateAnswer(request, texts));
  }
  if (request.form == RequestForm::kOpenNmt) return Whole(OpenNmtAnswer(request, texts));
  const auto writer = std::make_shared<OwnWriter>(std::move(texts), request.attention);
  return [writer](std::string& out) { return writer->Write(out); };
}

AnswerParts ViewerAnswer(const TranslationRequest& request, std::vector<Translation> translations) {
  struct State {
    std::vector<Translation> translations;
    std::size_t text = 0, candidate = 0;
    bool begun = false;
  };
  const auto state = std::make_shared<State>();
  state->translations = JoinTexts(request, std::move(translations));
  return [state](std::string& out) {
    const std::size_t end = out.size() + kPartBytes;
    if (!state->begun) out += "{\"records\":[";
    while (out.size() < end && state->text < state->translations.size()) {
      if (std::exchange(state->begun, true)) out += ',';
      std::vector<ScoredText>& candidates = state->translations[state->text].candidates;
      ScoredText candidate = std::move(candidates[state->candidate]);
      out += ViewerRecord(candidate.attention, candidate.text);
      if (++state->candidate < candidates.size()) continue;
      state->candidate = 0;
      ++state->text;
    }
    if (state->text < state->translations.size()) return true;
    out += "]}";
    return false;
  };
}

std::string ErrorAnswer(RequestForm form, int status, std::string_view message) {
  if (form == RequestForm::kLibreTranslate) return Dump({{"error", message}});
  if (form == RequestForm::kOpenNmt) return Dump({{"error", message}, {"status", "error"}});
  return Dump({{"error", {{"status", status}, {"message", message}}}});
}

}  // namespace talmach
