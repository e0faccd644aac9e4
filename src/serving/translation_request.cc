#include "serving/translation_request.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "drawing/html_viewer.h"

namespace talmach {
namespace {

// Requests are parsed into sorted objects: looking a key up in an ordered one takes time in
// proportion to its keys, of which a hostile request has a hundred thousand.
using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr double kMaxNormalize = 10;

[[noreturn]] void Fail(const std::string& where, const std::string& expected,
                       const std::string& got) {
  throw DataError({.where = where, .expected = expected, .got = got});
}

// What a value is, for "got …": numbers as they are; a string, an array, an object.
std::string Describe(const Json& value) {
  if (value.is_number() || value.is_boolean() || value.is_null()) return value.dump();
  return std::string(value.is_string() ? "a " : "an ") + value.type_name();
}

Json ParseObject(std::string_view text) {
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw DataError({.where = "request",
                     .what = "not JSON at byte " + std::to_string(error.byte),
                     .expected = R"({"text":"…"})"});
  } catch (const Json::out_of_range&) {
    throw DataError({.where = "request", .what = "a number is too large"});
  }
  if (!json.is_object()) Fail("request", R"(an object such as {"text":"…"})", Describe(json));
  return json;
}

std::string ParseSentence(const std::string& where, const Json& value,
                          const RequestLimits& limits) {
  if (!value.is_string()) Fail(where, "a string", Describe(value));
  std::string sentence = value.get<std::string>();
  if (static_cast<Index>(sentence.size()) > limits.max_sentence_bytes) {
    Fail(where, "at most " + std::to_string(limits.max_sentence_bytes) + " bytes a sentence",
         std::to_string(sentence.size()));
  }
  return sentence;
}

std::vector<std::string> ParseText(const Json& value, const RequestLimits& limits) {
  if (value.is_string()) return {ParseSentence("text", value, limits)};
  if (!value.is_array()) Fail("text", "a sentence or a list of sentences", Describe(value));
  if (static_cast<Index>(value.size()) > limits.max_sentences) {
    Fail("text", "at most " + std::to_string(limits.max_sentences) + " sentences",
         std::to_string(value.size()));
  }
  std::vector<std::string> sentences;
  for (const Json& sentence : value) {
    const std::string where = "text[" + std::to_string(sentences.size()) + "]";
    sentences.push_back(ParseSentence(where, sentence, limits));
  }
  return sentences;
}

Index ParseInteger(const std::string& key, const Json& value, Index highest) {
  const bool in_range = value.is_number_integer() && value.get<double>() >= 1 &&
                        value.get<double>() <= static_cast<double>(highest);
  if (!in_range) Fail(key, "an integer from 1 to " + std::to_string(highest), Describe(value));
  return value.get<Index>();
}

double ParseNormalize(const Json& value) {
  const bool in_range =
      value.is_number() && value.get<double>() >= 0 && value.get<double>() <= kMaxNormalize;
  if (!in_range) Fail("normalize", "a number from 0 to 10", Describe(value));
  return value.get<double>();
}

OrderedJson AttentionToJson(const AttentionMap& map) {
  OrderedJson record = OrderedJson::parse(ToJsonLine(map));
  return {{"source", std::move(record["source"])},
          {"target", std::move(record["target"])},
          {"weights", std::move(record["weights"])}};
}

// An answer that cannot be written must not throw: bytes that are not UTF-8, which no tokenizer
// makes, are replaced.
std::string Dump(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace

TranslationRequest ParseTranslationRequest(std::string_view json, const BeamSearchOptions& defaults,
                                           const RequestLimits& limits) {
  TranslationRequest request{.sentences = {}, .beam = defaults};
  const Json object = ParseObject(json);
  if (!object.contains("text")) Fail("request", "the key \"text\"", "none");
  for (const auto& [key, value] : object.items()) {
    if (key == "text") {
      request.sentences = ParseText(value, limits);
    } else if (key == "beam_size") {
      request.beam.beam_size = ParseInteger(key, value, limits.max_beam_size);
    } else if (key == "n_best") {
      request.beam.n_best = ParseInteger(key, value, limits.max_beam_size);
    } else if (key == "normalize") {
      request.beam.normalize = ParseNormalize(value);
    } else if (key == "attention") {
      if (!value.is_boolean()) Fail(key, "true or false", Describe(value));
      request.attention = value.get<bool>();
    } else {
      throw DataError({.where = "request",
                       .what = "unknown key",
                       .expected = "text, beam_size, n_best, normalize or attention",
                       .got = key.substr(0, 40)});
    }
  }
  if (request.beam.n_best > request.beam.beam_size) {
    if (object.contains("beam_size")) {
      Fail("n_best", "at most beam_size, " + std::to_string(request.beam.beam_size),
           std::to_string(request.beam.n_best));
    }
    request.beam.beam_size = request.beam.n_best;
  }
  return request;
}

std::string TranslationResponse(const TranslationRequest& request,
                                std::span<const Translation> translations) {
  OrderedJson list = OrderedJson::array();
  for (const Translation& translation : translations) {
    OrderedJson candidates = OrderedJson::array();
    for (const ScoredText& candidate : translation.candidates) {
      OrderedJson entry = {{"text", candidate.text},
                           {"log_probability", candidate.log_probability},
                           {"score", candidate.score}};
      if (request.attention) entry["attention"] = AttentionToJson(candidate.attention);
      candidates.push_back(std::move(entry));
    }
    list.push_back({{"source_cut", translation.source_cut}, {"candidates", std::move(candidates)}});
  }
  return Dump({{"translations", std::move(list)}});
}

std::string ViewerResponse(std::span<const Translation> translations) {
  std::string records;
  for (const Translation& translation : translations) {
    for (const ScoredText& candidate : translation.candidates) {
      if (!records.empty()) records += ',';
      records += ViewerRecord(candidate.attention, candidate.text);
    }
  }
  return "{\"records\":[" + records + "]}";
}

std::string ErrorResponse(int status, std::string_view message) {
  return Dump({{"error", {{"status", status}, {"message", message}}}});
}

}  // namespace talmach
