#include "serving/translation_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace talmach {
namespace {

using nlohmann::json;

Translation Sample() {
  Translation translation;
  for (const char* text : {"ein Hund", "der Hund"}) {
    ScoredText& candidate = translation.candidates.emplace_back();
    candidate.text = text;
    candidate.log_probability = -1.5;
    candidate.piece_scores = {-1.5f};
    candidate.score = -0.5;
    candidate.attention = {
        .source = {"▁dog", "</s>"}, .target = {"▁Hund"}, .weights = {0.75f, 0.25f}, .score = -1.5};
  }
  return translation;
}

TranslationRequest RequestFor(std::size_t num_texts) {
  TranslationRequest request;
  for (std::size_t i = 0; i < num_texts; ++i) {
    request.sentences.push_back("dog");
    request.texts.push_back({.begin = i, .end = i + 1, .breaks = {}});
  }
  return request;
}

std::string Read(const AnswerParts& parts, int* num_parts = nullptr) {
  std::string text;
  int count = 1;
  while (parts(text)) ++count;
  if (num_parts) *num_parts = count;
  return text;
}

TEST(TranslationAnswerTest, HoldsEveryCandidateOfEverySentence) {
  const auto answer = json::parse(Read(TranslationAnswer(RequestFor(2), {Sample(), Sample()})));
  ASSERT_EQ(answer["translations"].size(), 2u);
  EXPECT_EQ(answer["translations"][1], json::parse(R"({"source_cut":false,"candidates":[
      {"text":"ein Hund","log_probability":-1.5,"score":-0.5},
      {"text":"der Hund","log_probability":-1.5,"score":-0.5}]})"));
  EXPECT_EQ(Read(TranslationAnswer(RequestFor(0), {})), R"({"translations":[]})");
}

TEST(TranslationAnswerTest, HoldsAttentionIfAskedFor) {
  TranslationRequest request = RequestFor(1);
  request.attention = true;
  const auto answer = json::parse(Read(TranslationAnswer(request, {Sample()})));
  EXPECT_EQ(
      answer["translations"][0]["candidates"][1]["attention"],
      json::parse(R"({"source":["▁dog","</s>"],"target":["▁Hund"],"weights":[[0.75,0.25]]})"));
}

TEST(TranslationAnswerTest, ComesInPartsOfBoundedSize) {
  Translation large = Sample();
  AttentionMap& map = large.candidates[0].attention;
  map.source.assign(300, "▁dog");
  map.target.assign(200, "▁Hund");
  map.weights.assign(300 * 200, 0.1f);
  TranslationRequest request = RequestFor(1);
  request.attention = true;
  const AnswerParts parts = TranslationAnswer(request, {large});
  std::string text;
  for (bool more = true; more;) {
    std::string part;
    more = parts(part);
    EXPECT_LT(part.size(), 40000u);
    text += part;
  }
  const auto candidates = json::parse(text)["translations"][0]["candidates"];
  ASSERT_EQ(candidates.size(), 2u);
  EXPECT_EQ(candidates[0]["attention"]["weights"].size(), 200u);
  EXPECT_EQ(candidates[0]["attention"]["weights"][199][299].get<float>(), 0.1f);
}

TEST(TranslationAnswerTest, JoinsTheLinesOfAText) {
  TranslationRequest request;
  request.sentences = {"", "dog", " ", "dog"};
  request.texts = {{.begin = 0, .end = 4, .breaks = {"\r\n", "\n", "\r"}}};
  Translation empty;
  empty.candidates.emplace_back();
  std::vector<Translation> lines = {empty, Sample(), empty, Sample()};
  lines[1].candidates.pop_back();
  lines[3].candidates.pop_back();
  lines[3].source_cut = true;
  auto candidate = json::parse(Read(TranslationAnswer(request, lines)))["translations"][0];
  EXPECT_EQ(candidate["source_cut"], true);
  EXPECT_EQ(candidate["candidates"].size(), 1u);
  EXPECT_EQ(candidate["candidates"][0]["text"], "\r\nein Hund\n\rein Hund");
  EXPECT_EQ(candidate["candidates"][0]["log_probability"], -3);
  EXPECT_EQ(candidate["candidates"][0]["score"], -0.5);
  // One line with words keeps its list.
  request.sentences = {"dog", ""};
  request.texts = {{.begin = 0, .end = 2, .breaks = {"\n"}}};
  const auto list = json::parse(Read(TranslationAnswer(request, {Sample(), empty})));
  EXPECT_EQ(list["translations"][0]["candidates"][1]["text"], "der Hund\n");
}

TEST(TranslationAnswerTest, AnswersLibreTranslatesClients) {
  TranslationRequest request = RequestFor(2);
  request.form = RequestForm::kLibreTranslate;
  EXPECT_EQ(Read(TranslationAnswer(request, {Sample(), Sample()})),
            R"({"translatedText":["ein Hund","ein Hund"]})");
  request = RequestFor(1);
  request.form = RequestForm::kLibreTranslate;
  request.is_list = false;
  request.beam.n_best = 2;
  request.detected_language = "en";
  EXPECT_EQ(Read(TranslationAnswer(request, {Sample()})),
            R"({"translatedText":"ein Hund","alternatives":["der Hund"],)"
            R"("detectedLanguage":{"confidence":0,"language":"en"}})");
}

TEST(TranslationAnswerTest, AnswersOpenNmtsClients) {
  TranslationRequest request = RequestFor(1);
  request.form = RequestForm::kOpenNmt;
  EXPECT_EQ(Read(TranslationAnswer(request, {Sample()})),
            R"([[{"src":"dog","tgt":"ein Hund","n_best":1,"pred_score":-1.5}]])");
}

TEST(ViewerAnswerTest, HasARecordForEachCandidate) {
  const auto answer = json::parse(Read(ViewerAnswer(RequestFor(2), {Sample(), Sample()})));
  ASSERT_EQ(answer["records"].size(), 4u);
  EXPECT_EQ(answer["records"][1]["text"], "der Hund");
  EXPECT_EQ(answer["records"][1]["line"], 0);
  EXPECT_EQ(answer["records"][3]["line"], 1);
  EXPECT_EQ(json::parse(Read(ViewerAnswer(RequestFor(0), {})))["records"].size(), 0u);
}

TEST(ErrorAnswerTest, IsJsonInTheFormOfTheRequestWhateverTheMessage) {
  const auto answer = json::parse(ErrorAnswer(RequestForm::kOwn, 400, "a \"b\" \xFF\n"));
  EXPECT_EQ(answer["error"]["status"], 400);
  EXPECT_EQ(answer["error"]["message"], "a \"b\" \uFFFD\n");
  EXPECT_EQ(ErrorAnswer(RequestForm::kLibreTranslate, 400, "x"), R"({"error":"x"})");
  EXPECT_EQ(ErrorAnswer(RequestForm::kOpenNmt, 400, "x"), R"({"error":"x","status":"error"})");
}

}  // namespace
}  // namespace talmach
