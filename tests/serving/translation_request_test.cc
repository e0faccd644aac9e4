#include "serving/translation_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace talmach {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr RequestLimits kLimits{.max_sentences = 3, .max_sentence_bytes = 10, .max_beam_size = 8};

ServedModel Model(const std::string& name) {
  return {.name = name,
          .defaults = {.beam_size = 4, .normalize = 0.7},
          .max_source_length = 6,
          .count_tokens = [](const std::string& text) { return std::ssize(text); }};
}

const std::vector<ServedModel> kModels = {Model("en-de"), Model("de-en"), Model("zh-Hans-en")};

TranslationRequest Parse(const std::string& json) {
  return ParseTranslationRequest(json, kModels, kLimits);
}

template <typename Function>
std::string ComplaintOf(const Function& function) {
  try {
    function();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string Complaint(const std::string& json) {
  return ComplaintOf([&] { Parse(json); });
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
  EXPECT_EQ(Complaint("[]"), R"(request: expected an object such as {"text":"…"}, got an array)");
  EXPECT_EQ(Complaint("[1]"), R"([0]: expected an object such as {"src":"…"}, got 1)");
  EXPECT_EQ(Complaint("{}"), R"(request: expected the key "text", got none)");
  EXPECT_EQ(Complaint(R"({"text":3})"), "text: expected a sentence or a list of sentences, got 3");
  EXPECT_EQ(Complaint(R"({"text":["a",null]})"), "text[1]: expected a string, got null");
  EXPECT_EQ(Complaint(R"({"text":["","","",""]})"),
            "text: expected at most 3 sentences (--max-sentences), got 4");
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

TEST(TranslationRequestTest, LinesOfATextAreSentencesAndBreaksAreKept) {
  const TranslationRequest request = Parse(R"({"text":"a\nb\r\n"})");
  EXPECT_THAT(request.sentences, ElementsAre("a", "b", ""));
  ASSERT_EQ(request.texts.size(), 1u);
  EXPECT_THAT(request.texts[0].breaks, ElementsAre("\n", "\r\n"));
  EXPECT_EQ(Complaint(R"({"text":"\n\n\n"})"),
            "text: expected at most 3 sentences (--max-sentences), got 4");
  EXPECT_THAT(Complaint(R"({"text":"a\nb","attention":true})"), HasSubstr("several lines"));
  EXPECT_THAT(Complaint(R"({"text":"a\nb","n_best":2})"), HasSubstr("send the lines as a list"));
  EXPECT_EQ(Parse(R"({"text":"a\n","n_best":2})").beam.n_best, 2);
}

TEST(TranslationRequestTest, NamesAModel) {
  EXPECT_EQ(Parse(R"({"text":"a"})").model, 0);
  EXPECT_EQ(Parse(R"({"text":"a","model":"de-en"})").model, 1);
  EXPECT_EQ(Complaint(R"({"text":"a","model":"fr-en"})"),
            "model: expected one of en-de, de-en, zh-Hans-en, got fr-en");
}

TEST(TranslationRequestTest, TakesLibreTranslatesForm) {
  const TranslationRequest one =
      Parse(R"({"q":"a","source":"de","target":"en","format":"text","api_key":""})");
  EXPECT_EQ(one.form, RequestForm::kLibreTranslate);
  EXPECT_EQ(one.model, 1);
  EXPECT_FALSE(one.is_list);
  const TranslationRequest list =
      Parse(R"({"q":["a","b"],"source":"auto","target":"de","alternatives":2})");
  EXPECT_THAT(list.sentences, ElementsAre("a", "b"));
  EXPECT_TRUE(list.is_list);
  EXPECT_EQ(list.detected_language, "en");
  EXPECT_EQ(list.beam.n_best, 3);
  EXPECT_EQ(Parse(R"({"q":"a","source":"zh-Hans","target":"en"})").model, 2);
  EXPECT_EQ(Complaint(R"({"q":"a","source":"en","target":"fr"})"),
            "source, target: no such pair of languages; expected en-de, de-en, zh-Hans-en, got "
            "en-fr");
  EXPECT_EQ(Complaint(R"({"q":"a","target":"de","format":"html"})"),
            "format: expected text, got html");
  EXPECT_THAT(Complaint(R"({"q":"a"})"), HasSubstr("the key \"target\""));
  EXPECT_THAT(Complaint(R"({"q":{},"target":"de"})"), HasSubstr("q: expected a sentence"));
}

TEST(TranslationRequestTest, TakesForms) {
  const auto parse = [](std::string_view form) {
    return ParseTranslationForm(form, kModels, kLimits);
  };
  const TranslationRequest request = parse("q=a+%C3%A4%0A&source=en&target=de&format=text");
  EXPECT_THAT(request.sentences, ElementsAre("a ä", ""));
  EXPECT_FALSE(request.is_list);
  EXPECT_THAT(parse("q=a&q=b&target=de&alternatives=1").sentences, ElementsAre("a", "b"));
  for (const char* form : {"", "text=a", "q=%4&target=de", "q=%zz&target=de", "q=a&target=de&=&&%",
                           "q=a&target=de&alternatives=x"}) {
    EXPECT_NE(ComplaintOf([&] { parse(form); }), "") << form;
  }
  EXPECT_THAT(parse("q=%FF&target=de").sentences, ElementsAre("\uFFFD"));
}

TEST(TranslationRequestTest, TakesOpenNmtsForm) {
  const TranslationRequest request = Parse(R"([{"src":"a","id":1},{"src":"b","id":1}])");
  EXPECT_EQ(request.form, RequestForm::kOpenNmt);
  EXPECT_THAT(request.sentences, ElementsAre("a", "b"));
  EXPECT_EQ(request.model, 1);
  EXPECT_EQ(Complaint(R"([{"src":"a","id":3}])"), "id: expected an integer from 0 to 2, got 3");
  EXPECT_THAT(Complaint(R"([{"src":"a"},{"src":"b","id":1}])"), HasSubstr("for one model"));
  EXPECT_THAT(Complaint(R"([{"tgt":"a"}])"), HasSubstr(R"({"src":"…"})"));
  EXPECT_EQ(
      ParseTranslationRequest(R"([{"src":"a","id":100}])", std::span(kModels).first(1), kLimits)
          .model,
      0);
}

TEST(EstimateWorkTest, CountsStepsAndAttentionAndNamesTheFlag) {
  TranslationRequest request = Parse(R"({"text":["abc","12345678"],"n_best":2,"attention":true})");
  // 3 or 6 tokens and </s>, translations of at most three times as many and ten.
  const TranslationWork work = EstimateWork(request, kModels[0], 12, {});
  EXPECT_THAT(work.costs, ElementsAre(4 * 22 * 104 / 100, 4 * 31 * 107 / 100));
  EXPECT_EQ(work.answer_bytes, 4 * 2 * (4 * 22 + 7 * 31));
  const Index steps = work.costs[0] + work.costs[1], bytes = 12 * 2 * (4 * 22 + 7 * 31);
  EXPECT_EQ(ComplaintOf([&] {
              EstimateWork(request, kModels[0], 12,
                           {.max_steps = steps, .max_answer_bytes = bytes});
            }),
            "");
  EXPECT_THAT(ComplaintOf([&] { EstimateWork(request, kModels[0], 12, {.max_steps = steps - 1}); }),
              HasSubstr("steps of the search (--max-work), got " + std::to_string(steps)));
  const RequestLimits small{.max_answer_bytes = bytes - 1};
  EXPECT_THAT(ComplaintOf([&] { EstimateWork(request, kModels[0], 12, small); }),
              HasSubstr("bytes of answer (--max-answer), got " + std::to_string(bytes)));
  request.attention = false;
  EXPECT_EQ(EstimateWork(request, kModels[0], 12, small).answer_bytes, 0);
}

TEST(LanguagesOfTest, AreDividedBeforeASmallLetter) {
  EXPECT_EQ(LanguagesOf("en-de").target, "de");
  EXPECT_EQ(LanguagesOf("zh-Hans-en").source, "zh-Hans");
  EXPECT_EQ(LanguagesOf("en-pt-BR").target, "pt-BR");
  EXPECT_EQ(LanguagesOf("default").source, "");
}

}  // namespace
}  // namespace talmach
