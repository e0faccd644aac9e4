// Three forms become one request. Each parser walks over the keys it knows and names the first it
// does not; Builder splits texts into lines, remembers the line breaks between them, and enforces
// the limits while it adds, so that a hostile request is refused before it has grown. What the
// search would cost is estimated afterwards, from token counts, before anything is queued.
#include "serving/translation_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace talmach {
namespace {

// Requests are parsed into sorted objects: looking a key up in an ordered one takes time in
// proportion to its keys, of which a hostile request has a hundred thousand.
using Json = nlohmann::json;

constexpr double kMaxNormalize = 10;
constexpr std::string_view kBlank = " \t\n\r\v\f";

[[noreturn]] void Fail(const std::string& where, const std::string& expected,
                       const std::string& got) {
  throw DataError({.where = where, .expected = expected, .got = got});
}

// What a value is, for "got …": numbers as they are; a string, an array, an object.
std::string Describe(const Json& value) {
  if (value.is_number() || value.is_boolean() || value.is_null()) return value.dump();
  return std::string(value.is_string() ? "a " : "an ") + value.type_name();
}

Json Parse(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw DataError({.where = "request",
                     .what = "not JSON at byte " + std::to_string(error.byte),
                     .expected = R"({"text":"…"})"});
  } catch (const Json::out_of_range&) {
    throw DataError({.where = "request", .what = "a number is too large"});
  }
}

// The request as it is put together, within the limits.
class Builder {
 public:
  Builder(RequestForm form, const RequestLimits& limits) : limits_(limits) { request_.form = form; }

  TranslationRequest& request() { return request_; }

  void AddText(const std::string& where, const Json& value) {
    if (!value.is_string()) Fail(where, "a string", Describe(value));
    AddLines(where, value.get_ref<const std::string&>());
  }

  // A text, or a list of them.
  void AddTexts(const std::string& where, const Json& value) {
    request_.is_list = value.is_array();
    if (value.is_string()) return AddText(where, value);
    if (!value.is_array()) Fail(where, "a sentence or a list of sentences", Describe(value));
    CheckCount(where, value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
      AddText(fmt::format("{}[{}]", where, i), value[i]);
    }
  }

  void CheckCount(const std::string& where, std::size_t count) const {
    if (static_cast<Index>(count) <= limits_.max_sentences) return;
    throw RequestRefused(413, {.where = where,
                               .expected = fmt::format("at most {} sentences (--max-sentences)",
                                                       limits_.max_sentences),
                               .got = std::to_string(count)});
  }

 private:
  void AddLines(const std::string& where, std::string_view text) {
    RequestedText lines{.begin = request_.sentences.size(), .end = 0, .breaks = {}};
    while (true) {
      const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
      AddSentence(where, text.substr(0, end));
      if (end == text.size()) break;
      const std::size_t width = text.substr(end, 2) == "\r\n" ? 2 : 1;
      lines.breaks.emplace_back(text.substr(end, width));
      text.remove_prefix(end + width);
    }
    lines.end = request_.sentences.size();
    request_.texts.push_back(std::move(lines));
  }

  void AddSentence(const std::string& where, std::string_view sentence) {
    if (static_cast<Index>(sentence.size()) > limits_.max_sentence_bytes) {
      throw RequestRefused(
          413, {.where = where,
                .expected = fmt::format("at most {} bytes a sentence", limits_.max_sentence_bytes),
                .got = std::to_string(sentence.size())});
    }
    CheckCount(where, request_.sentences.size() + 1);
    request_.sentences.emplace_back(sentence);
  }

  const RequestLimits& limits_;
  TranslationRequest request_;
};

Index ParseInteger(const std::string& key, const Json& value, Index lowest, Index highest) {
  const bool in_range = value.is_number_integer() &&
                        value.get<double>() >= static_cast<double>(lowest) &&
                        value.get<double>() <= static_cast<double>(highest);
  if (!in_range) {
    Fail(key, fmt::format("an integer from {} to {}", lowest, highest), Describe(value));
  }
  return value.get<Index>();
}

double ParseNormalize(const Json& value) {
  const bool in_range =
      value.is_number() && value.get<double>() >= 0 && value.get<double>() <= kMaxNormalize;
  if (!in_range) Fail("normalize", "a number from 0 to 10", Describe(value));
  return value.get<double>();
}

std::string NamesOf(std::span<const ServedModel> models) {
  std::string names;
  for (const ServedModel& model : models) names += (names.empty() ? "" : ", ") + model.name;
  return names;
}

Index FindModel(const std::string& key, const Json& value, std::span<const ServedModel> models) {
  if (!value.is_string()) Fail(key, "a string", Describe(value));
  const auto& name = value.get_ref<const std::string&>();
  const auto found = std::ranges::find(models, name, &ServedModel::name);
  if (found == models.end()) Fail(key, "one of " + NamesOf(models), name.substr(0, 40));
  return found - models.begin();
}

// Scores and attention are those of a line; of several lines together there are none.
void RequireSingleLines(const TranslationRequest& request) {
  if (request.beam.n_best == 1 && !request.attention) return;
  for (const RequestedText& text : request.texts) {
    const auto lines = std::span(request.sentences).subspan(text.begin, text.end - text.begin);
    const auto num_lines = std::ranges::count_if(lines, [](const std::string& line) {
      return line.find_first_not_of(kBlank) != std::string::npos;
    });
    if (num_lines <= 1) continue;
    throw DataError({.where = "text",
                     .what = "several lines in one text have no n_best list and no attention",
                     .hint = "send the lines as a list"});
  }
}

// A beam holds the list that is asked for; `given` tells whether its size was.
void FitBeam(const std::string& key, bool given, BeamSearchOptions& beam) {
  if (beam.n_best <= beam.beam_size) return;
  if (given) {
    Fail(key, "at most beam_size, " + std::to_string(beam.beam_size), std::to_string(beam.n_best));
  }
  beam.beam_size = beam.n_best;
}

TranslationRequest ParseOwn(const Json& object, std::span<const ServedModel> models,
                            const RequestLimits& limits) {
  Builder builder(RequestForm::kOwn, limits);
  TranslationRequest& request = builder.request();
  if (!object.contains("text")) Fail("request", "the key \"text\"", "none");
  if (object.contains("model")) request.model = FindModel("model", object["model"], models);
  request.beam = models[request.model].defaults;
  const Index max_beam = std::max(limits.max_beam_size, request.beam.beam_size);
  for (const auto& [key, value] : object.items()) {
    if (key == "text") {
      builder.AddTexts(key, value);
    } else if (key == "beam_size") {
      request.beam.beam_size = ParseInteger(key, value, 1, max_beam);
    } else if (key == "n_best") {
      request.beam.n_best = ParseInteger(key, value, 1, max_beam);
    } else if (key == "normalize") {
      request.beam.normalize = ParseNormalize(value);
    } else if (key == "attention") {
      if (!value.is_boolean()) Fail(key, "true or false", Describe(value));
      request.attention = value.get<bool>();
    } else if (key != "model") {
      throw DataError({.where = "request",
                       .what = "unknown key",
                       .expected = "text, model, beam_size, n_best, normalize or attention",
                       .got = key.substr(0, 40)});
    }
  }
  FitBeam("n_best", object.contains("beam_size"), request.beam);
  RequireSingleLines(request);
  return std::move(request);
}

std::string StringOr(const Json& object, const std::string& key, const std::string& otherwise) {
  if (!object.contains(key) || object[key].is_null()) return otherwise;
  if (!object[key].is_string()) Fail(key, "a string", Describe(object[key]));
  return object[key].get<std::string>();
}

// The model between two languages; "auto" is any source. A model without languages is for all.
Index ModelBetween(const std::string& source, const std::string& target,
                   std::span<const ServedModel> models) {
  std::optional<Index> without_languages;
  for (std::size_t i = 0; i < models.size(); ++i) {
    const LanguagePair languages = LanguagesOf(models[i].name);
    if (languages.source.empty() && !without_languages) without_languages = i;
    const bool is_source = source == "auto" || source == languages.source;
    if (is_source && target == languages.target) return static_cast<Index>(i);
  }
  if (without_languages) return *without_languages;
  throw DataError({.where = "source, target",
                   .what = "no such pair of languages",
                   .expected = NamesOf(models),
                   .got = source.substr(0, 20) + "-" + target.substr(0, 20)});
}

TranslationRequest ParseLibreTranslate(const Json& object, std::span<const ServedModel> models,
                                       const RequestLimits& limits) {
  Builder builder(RequestForm::kLibreTranslate, limits);
  TranslationRequest& request = builder.request();
  const std::string source = StringOr(object, "source", "auto");
  const std::string target = StringOr(object, "target", "");
  if (target.empty()) Fail("request", "the key \"target\"", "none");
  if (const std::string format = StringOr(object, "format", "text"); format != "text") {
    Fail("format", "text", format.substr(0, 20));
  }
  request.model = ModelBetween(source, target, models);
  request.beam = models[request.model].defaults;
  if (source == "auto") request.detected_language = LanguagesOf(models[request.model].name).source;
  if (object.contains("alternatives")) {
    const Index max_beam = std::max(limits.max_beam_size, request.beam.beam_size);
    request.beam.n_best = 1 + ParseInteger("alternatives", object["alternatives"], 0, max_beam - 1);
  }
  builder.AddTexts("q", object["q"]);
  FitBeam("alternatives", false, request.beam);
  RequireSingleLines(request);
  return std::move(request);
}

// OpenNMT's servers number their models; a server of one model takes any number.
Index OpenNmtModel(const Json& id, std::span<const ServedModel> models) {
  if (id.is_string()) return FindModel("id", id, models);
  if (models.size() == 1) return 0;
  return ParseInteger("id", id, 0, std::ssize(models) - 1);
}

TranslationRequest ParseOpenNmt(const Json& list, std::span<const ServedModel> models,
                                const RequestLimits& limits) {
  Builder builder(RequestForm::kOpenNmt, limits);
  TranslationRequest& request = builder.request();
  builder.CheckCount("request", list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string where = fmt::format("[{}]", i);
    if (!list[i].is_object() || !list[i].contains("src")) {
      Fail(where, R"(an object such as {"src":"…"})", Describe(list[i]));
    }
    builder.AddText(where + ".src", list[i]["src"]);
    if (!list[i].contains("id")) continue;
    const Index model = OpenNmtModel(list[i]["id"], models);
    if (i > 0 && model != request.model) {
      throw DataError({.where = where + ".id", .what = "one request is for one model"});
    }
    request.model = model;
  }
  request.beam = models[request.model].defaults;
  return std::move(request);
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string DecodeFormText(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
    if (high < 0 || low < 0) Fail("form", "two hexadecimal digits after %", "others");
    result += static_cast<char>(16 * high + low);
    i += 2;
  }
  return result;
}

}  // namespace

LanguagePair LanguagesOf(std::string_view model_name) {
  // The target begins with a small letter; scripts and regions ("Hans", "BR") do not.
  for (std::size_t i = 1; i + 1 < model_name.size(); ++i) {
    if (model_name[i] != '-' || model_name[i + 1] < 'a' || model_name[i + 1] > 'z') continue;
    return {std::string(model_name.substr(0, i)), std::string(model_name.substr(i + 1))};
  }
  return {};
}

RequestForm FormOf(std::string_view json) {
  const std::size_t first = json.find_first_not_of(kBlank);
  if (first != json.npos && json[first] == '[') return RequestForm::kOpenNmt;
  return json.find("\"q\"") != json.npos && json.find("\"text\"") == json.npos
             ? RequestForm::kLibreTranslate
             : RequestForm::kOwn;
}

TranslationRequest ParseTranslationRequest(std::string_view json,
                                           std::span<const ServedModel> models,
                                           const RequestLimits& limits) {
  Require(!models.empty(), "a model");
  const Json value = Parse(json);
  if (value.is_array() && !value.empty()) return ParseOpenNmt(value, models, limits);
  if (!value.is_object()) Fail("request", R"(an object such as {"text":"…"})", Describe(value));
  if (value.contains("q")) return ParseLibreTranslate(value, models, limits);
  return ParseOwn(value, models, limits);
}

TranslationRequest ParseTranslationForm(std::string_view form, std::span<const ServedModel> models,
                                        const RequestLimits& limits) {
  Require(!models.empty(), "a model");
  Json object = Json::object();
  std::size_t num_fields = 0;
  while (!form.empty()) {
    if (static_cast<Index>(++num_fields) > limits.max_sentences + 10) {
      Fail("form", "fewer fields", "more than " + std::to_string(num_fields - 1));
    }
    const std::string_view field = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(field.size() + 1, form.size()));
    const std::size_t equals = std::min(field.find('='), field.size());
    const std::string key = DecodeFormText(field.substr(0, equals));
    std::string value = DecodeFormText(field.substr(std::min(equals + 1, field.size())));
    if (key != "q" || !object.contains("q")) {
      object[key] = std::move(value);
    } else if (object["q"].is_string()) {
      object["q"] = Json::array({std::move(object["q"]), std::move(value)});
    } else {
      object["q"].push_back(std::move(value));
    }
  }
  if (!object.contains("q")) Fail("form", "the field q, or a request in JSON", "none");
  if (object.contains("alternatives")) {
    const auto& text = object["alternatives"].get_ref<const std::string&>();
    Index number = -1;
    std::from_chars(text.data(), text.data() + text.size(), number);
    object["alternatives"] = number;
  }
  // Texts of a form may be any bytes; those of JSON are UTF-8.
  return ParseTranslationRequest(object.dump(-1, ' ', false, Json::error_handler_t::replace),
                                 models, limits);
}

TranslationWork EstimateWork(const TranslationRequest& request, const ServedModel& model,
                             Index bytes_per_weight, const RequestLimits& limits) {
  TranslationWork work{.model = request.model,
                       .sentences = request.sentences,
                       .costs = {},
                       .beam = request.beam,
                       .attention = request.attention};
  // A step of a hypothesis costs one update of the decoder, and attention over the source, which
  // for a hundred tokens costs about as much again. The search may end long before the longest
  // translation that it allows, but nobody knows that beforehand.
  Index steps = 0, weights = 0;
  for (const std::string& sentence : request.sentences) {
    const Index source = std::min(model.count_tokens(sentence), model.max_source_length) + 1;
    const Index target = MaxTargetLength(request.beam, source);
    const Index cost = request.beam.beam_size * target * (100 + source) / 100;
    work.costs.push_back(cost);
    steps += cost;
    weights += request.beam.n_best * source * target;
  }
  const std::string hint = "send fewer or shorter sentences, or a smaller ";
  if (steps > limits.max_steps) {
    throw RequestRefused(422, {.where = "request",
                               .what = "too much work",
                               .expected = fmt::format(
                                   "at most {} steps of the search (--max-work)", limits.max_steps),
                               .got = std::to_string(steps),
                               .hint = hint + "beam_size"});
  }
  if (!request.attention) return work;
  work.answer_bytes = weights * static_cast<Index>(sizeof(float));
  if (const Index bytes = weights * bytes_per_weight; bytes > limits.max_answer_bytes) {
    throw RequestRefused(422, {.where = "request",
                               .what = "too much attention",
                               .expected = fmt::format("at most {} bytes of answer (--max-answer)",
                                                       limits.max_answer_bytes),
                               .got = std::to_string(bytes),
                               .hint = hint + "n_best"});
  }
  return work;
}

}  // namespace talmach
