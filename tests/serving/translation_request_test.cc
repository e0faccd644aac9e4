#include "serving/translation_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace talmach {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr RequestLimits kLimits{.max_sentences = 3, .max_sentence_bytes = 10, .max_beam_size = 8};

TranslationRequest Parse(const std::string& json) {
  return ParseTranslationRequest(json, {.beam_size = 4, .normalize = 0.7}, kLimits);
}

std::string Complaint(const std::string& json) {
  try {
    Parse(json);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST(TranslationRequestTest, OneSentenceOrSeveral) {
  EXPECT_THAT(Parse(R"({"text":"a b"})").sentences, ElementsAre("a b"));
  EXPECT_THAT(Parse(R"({"text":["a","","c"]})").sentences, ElementsAre("a", "", "c"));
  EXPECT_THAT(Parse(R"({"text":[]})").sentences, IsEmpty());
}

TEST(TranslationRequestTest, WhatIsNotSaidIsTheDefault) {
  const TranslationRequest request = Parse(R"({"text":"a"})");
  EXPECT_EQ(request.beam.beam_size, 4);
  EXPECT_EQ(request.beam.n_best, 1);
  EXPECT_EQ(request.beam.normalize, 0.7);
  EXPECT_FALSE(request.attention);
}

TEST(TranslationRequestTest, TakesTheSearch) {
  const TranslationRequest request =
      Parse(R"({"n_best":2,"beam_size":3,"normalize":0,"attention":true,"text":"a"})");
  EXPECT_EQ(request.beam.beam_size, 3);
  EXPECT_EQ(request.beam.n_best, 2);
  EXPECT_EQ(request.beam.normalize, 0);
  EXPECT_TRUE(request.attention);
}

TEST(TranslationRequestTest, TheBeamGrowsToHoldTheList) {
  EXPECT_EQ(Parse(R"({"text":"a","n_best":6})").beam.beam_size, 6);
  EXPECT_EQ(Parse(R"({"text":"a","n_best":3})").beam.beam_size, 4);
  EXPECT_EQ(Complaint(R"({"text":"a","n_best":6,"beam_size":5})"),
            "n_best: expected at most beam_size, 5, got 6");
}

TEST(TranslationRequestTest, RefusesWithOneClearLine) {
  EXPECT_EQ(Complaint(""), R"(request: not JSON at byte 1; expected {"text":"…"})");
  EXPECT_EQ(Complaint("[1]"), R"(request: expected an object such as {"text":"…"}, got an array)");
  EXPECT_EQ(Complaint("{}"), R"(request: expected the key "text", got none)");
  EXPECT_EQ(Complaint(R"({"text":3})"), "text: expected a sentence or a list of sentences, got 3");
  EXPECT_EQ(Complaint(R"({"text":["a",null]})"), "text[1]: expected a string, got null");
  EXPECT_EQ(Complaint(R"({"text":["","","",""]})"), "text: expected at most 3 sentences, got 4");
  EXPECT_EQ(Complaint(R"({"text":["","12345678901"]})"),
            "text[1]: expected at most 10 bytes a sentence, got 11");
  EXPECT_EQ(Complaint(R"({"text":"a","beam_size":9})"),
            "beam_size: expected an integer from 1 to 8, got 9");
  EXPECT_EQ(Complaint(R"({"text":"a","beam_size":0})"),
            "beam_size: expected an integer from 1 to 8, got 0");
  EXPECT_EQ(Complaint(R"({"text":"a","n_best":1.5})"),
            "n_best: expected an integer from 1 to 8, got 1.5");
  EXPECT_EQ(Complaint(R"({"text":"a","n_best":1e300})"),
            "n_best: expected an integer from 1 to 8, got 1e+300");
  EXPECT_EQ(Complaint(R"({"text":"a","normalize":-1})"),
            "normalize: expected a number from 0 to 10, got -1");
  EXPECT_EQ(Complaint(R"({"text":"a","attention":"yes"})"),
            "attention: expected true or false, got a string");
  EXPECT_THAT(Complaint(R"({"text":"a","beamsize":3})"), HasSubstr("unknown key"));
}

TEST(TranslationRequestTest, RefusesHostileJson) {
  EXPECT_THAT(Complaint("{\"text\":\"\xFF\"}"), HasSubstr("not JSON"));
  EXPECT_THAT(Complaint(std::string(200000, '[')), HasSubstr("not JSON"));
  EXPECT_THAT(Complaint("{\"text\":" + std::string(100000, '[') + std::string(100000, ']') + "}"),
              HasSubstr("text[0]: expected a string"));
  EXPECT_THAT(Complaint(R"({"text":"\ud800"})"), HasSubstr("not JSON"));
  EXPECT_EQ(Complaint(R"({"text":"a","normalize":1e400})"), "request: a number is too large");
}

// A hundred thousand keys take eleven seconds where each is compared with all before it.
TEST(TranslationRequestTest, RefusesManyKeysSoon) {
  std::string json = R"({"text":"a")";
  for (int i = 0; i < 100000; ++i) json += ",\"" + std::to_string(i) + "\":0";
  EXPECT_THAT(Complaint(json + "}"), HasSubstr("unknown key"));
}

Translation Sample() {
  Translation translation;
  for (const char* text : {"ein Hund", "der Hund"}) {
    ScoredText& candidate = translation.candidates.emplace_back();
    candidate.text = text;
    candidate.log_probability = -1.5;
    candidate.score = -0.5;
    candidate.attention = {
        .source = {"▁dog", "</s>"}, .target = {"▁Hund"}, .weights = {0.75f, 0.25f}, .score = -1.5};
  }
  return translation;
}

TEST(TranslationResponseTest, HoldsEveryCandidateOfEverySentence) {
  const std::vector<Translation> translations = {Sample(), Sample()};
  const auto answer = nlohmann::json::parse(TranslationResponse({}, translations));
  ASSERT_EQ(answer["translations"].size(), 2u);
  EXPECT_EQ(answer["translations"][1], nlohmann::json::parse(R"({"source_cut":false,"candidates":[
      {"text":"ein Hund","log_probability":-1.5,"score":-0.5},
      {"text":"der Hund","log_probability":-1.5,"score":-0.5}]})"));
}

TEST(TranslationResponseTest, HoldsAttentionIfAskedFor) {
  const std::vector<Translation> translations = {Sample()};
  TranslationRequest request;
  request.attention = true;
  const auto answer = nlohmann::json::parse(TranslationResponse(request, translations));
  EXPECT_EQ(answer["translations"][0]["candidates"][1]["attention"],
            nlohmann::json::parse(
                R"({"source":["▁dog","</s>"],"target":["▁Hund"],"weights":[[0.75,0.25]]})"));
}

TEST(ViewerResponseTest, HasARecordForEachCandidate) {
  const std::vector<Translation> translations = {Sample(), Sample()};
  const auto answer = nlohmann::json::parse(ViewerResponse(translations));
  ASSERT_EQ(answer["records"].size(), 4u);
  EXPECT_EQ(answer["records"][1]["text"], "der Hund");
  EXPECT_EQ(nlohmann::json::parse(ViewerResponse({}))["records"].size(), 0u);
}

TEST(ErrorResponseTest, IsJsonWhateverTheMessage) {
  const auto answer = nlohmann::json::parse(ErrorResponse(400, "a \"b\" \xFF\n"));
  EXPECT_EQ(answer["error"]["status"], 400);
  EXPECT_EQ(answer["error"]["message"], "a \"b\" \uFFFD\n");
}

}  // namespace
}  // namespace talmach
