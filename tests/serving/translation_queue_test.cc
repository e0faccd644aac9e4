#include "serving/translation_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <new>
#include <semaphore>
#include <string>

namespace talmach {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Texts = std::vector<std::string>;

// "translates" by adding an exclamation mark.
std::vector<Translation> Shout(std::span<const std::string> sentences) {
  std::vector<Translation> translations;
  for (const std::string& sentence : sentences) {
    ScoredText& candidate = translations.emplace_back().candidates.emplace_back();
    candidate.text = sentence + "!";
    candidate.attention.weights = {1.0f};
  }
  return translations;
}

std::vector<Translation> JustShout(Index, Index, std::span<const std::string> sentences,
                                   const BeamSearchOptions&, const GivenUp&) {
  return Shout(sentences);
}

Texts Numbered(int first, int count) {
  Texts sentences;
  for (int i = first; i < first + count; ++i) sentences.push_back(std::to_string(i));
  return sentences;
}

TranslationWork Work(Texts sentences) {
  TranslationWork work;
  work.costs.assign(sentences.size(), 1);
  work.sentences = std::move(sentences);
  return work;
}

// A search that waits at a gate and remembers its batches.
class GatedSearch {
 public:
  TranslationQueue::Search Function() {
    return [this](Index, Index model, std::span<const std::string> sentences,
                  const BeamSearchOptions&, const GivenUp& given_up) {
      arrived_.release();
      gate_.acquire();
      const std::lock_guard lock(mutex_);
      batches_.emplace_back(sentences.begin(), sentences.end());
      models_.push_back(model);
      for (std::size_t i = 0; i < sentences.size(); ++i) {
        if (given_up(static_cast<Index>(i))) given_up_.push_back(sentences[i]);
      }
      return Shout(sentences);
    };
  }
  void WaitForBatch() { arrived_.acquire(); }
  void OpenOnce() { gate_.release(); }
  void Open() { gate_.release(1000); }  // more than any test has batches
  std::vector<Texts> batches() {
    const std::lock_guard lock(mutex_);
    return batches_;
  }
  std::vector<Index> models() {
    const std::lock_guard lock(mutex_);
    return models_;
  }
  Texts given_up() {
    const std::lock_guard lock(mutex_);
    return given_up_;
  }

 private:
  std::counting_semaphore<> arrived_{0};
  std::counting_semaphore<> gate_{0};
  std::mutex mutex_;
  std::vector<Texts> batches_;
  std::vector<Index> models_;
  Texts given_up_;
};

// A request and its answer.
class Request {
 public:
  Request(TranslationQueue& queue, TranslationWork work) : ticket_(queue.Admit()) {
    queue.Start(*ticket_, std::move(work),
                [this](std::vector<Translation> translations, const std::exception_ptr& error) {
                  if (error) return answer_.set_exception(error);
                  answer_.set_value(std::move(translations));
                });
  }
  std::vector<Translation> Get() { return answer_.get_future().get(); }
  Texts GetTexts() {
    Texts texts;
    for (const Translation& translation : Get()) texts.push_back(translation.best().text);
    return texts;
  }
  void GiveUp() { ticket_.reset(); }

 private:
  std::promise<std::vector<Translation>> answer_;
  std::shared_ptr<TranslationQueue::Ticket> ticket_;
};

TEST(TranslationQueueTest, AsManyTranslationsAsSentencesInOrder) {
  for (const Index workers : {1, 3}) {
    TranslationQueue queue(JustShout, {.num_workers = workers, .mini_batch = 4});
    for (const int count : {0, 1, 4, 5, 12, 13}) {
      TranslationWork work = Work(Numbered(0, count));
      for (int i = 0; i < count; ++i) work.costs[i] = 1 + i * 7 % 5;
      Texts expected = Numbered(0, count);
      for (std::string& text : expected) text += "!";
      EXPECT_EQ(Request(queue, work).GetTexts(), expected);
    }
    EXPECT_EQ(queue.numbers().requests, 0);
    EXPECT_EQ(queue.numbers().waiting_sentences, 0);
    EXPECT_EQ(queue.numbers().translated_sentences, 35);
  }
}

TEST(TranslationQueueTest, AWorkerNeverSearchesTwiceAtATime) {
  std::array<std::atomic<int>, 3> inside{};
  TranslationQueue queue(
      [&](Index worker, Index, std::span<const std::string> sentences, const auto&, const auto&) {
        EXPECT_EQ(++inside[worker], 1);
        auto translations = Shout(sentences);
        --inside[worker];
        return translations;
      },
      {.num_workers = 3, .mini_batch = 2});
  std::vector<std::future<Texts>> answers;
  for (int i = 0; i < 20; ++i) {
    answers.push_back(std::async(std::launch::async, [&queue, i] {
      return Request(queue, Work(Numbered(100 * i, 7))).GetTexts();
    }));
  }
  for (int i = 0; i < 20; ++i) {
    Texts expected = Numbered(100 * i, 7);
    for (std::string& text : expected) text += "!";
    EXPECT_EQ(answers[i].get(), expected);
  }
}

TEST(TranslationQueueTest, WhatWaitsTogetherIsTranslatedTogetherInTurn) {
  GatedSearch search;
  TranslationQueue queue(search.Function(), {.mini_batch = 4});
  Request first(queue, Work({"first"}));
  search.WaitForBatch();
  Request large(queue, Work(Numbered(0, 6)));
  Request small(queue, Work({"small"}));
  Request other(queue, Work({"other"}));
  search.Open();
  EXPECT_EQ(large.GetTexts().size(), 6u);
  EXPECT_EQ(small.GetTexts(), Texts{"small!"});
  other.GetTexts();
  EXPECT_THAT(search.batches(),
              ElementsAre(ElementsAre("first"), ElementsAre("0", "small", "other", "1"),
                          ElementsAre("2", "3", "4", "5")));
}

TEST(TranslationQueueTest, ABatchIsReadyWhileClientsThatWereAnsweredAskAgain) {
  GatedSearch search;
  TranslationQueue queue(search.Function(), {.num_workers = 2});
  std::vector<std::unique_ptr<Request>> requests;
  const auto ask = [&](const std::string& text) {
    requests.push_back(std::make_unique<Request>(queue, Work({text})));
  };
  for (const char* text : {"a", "b"}) {
    ask(text);
    search.WaitForBatch();
  }
  for (int i = 0; i < 10; ++i) ask(std::to_string(i));
  search.OpenOnce();
  search.WaitForBatch();
  EXPECT_EQ(queue.numbers().waiting_sentences, 6) << "a third of 11 was taken";
  search.Open();
  for (const auto& request : requests) request->Get();
  for (const Texts& batch : search.batches()) EXPECT_LE(batch.size(), 4u);
}

TEST(TranslationQueueTest, ABatchHoldsNoMoreWorkThanAllowed) {
  GatedSearch search;
  TranslationQueue queue(search.Function(), {.mini_batch = 4, .max_batch_cost = 10});
  Request first(queue, Work({"first"}));
  search.WaitForBatch();
  TranslationWork work = Work({"a", "huge", "b"});
  work.costs = {6, 100, 6};
  Request large(queue, work);
  Request small(queue, Work({"small"}));
  search.Open();
  EXPECT_EQ(large.GetTexts(), (Texts{"a!", "huge!", "b!"}));
  small.GetTexts();
  EXPECT_THAT(search.batches(), ElementsAre(ElementsAre("first"), ElementsAre("huge"),
                                            ElementsAre("small", "a"), ElementsAre("b")));
}

TEST(TranslationQueueTest, DifferentSearchesAndModelsShareNoBatch) {
  GatedSearch search;
  TranslationQueue queue(search.Function(), {});
  Request first(queue, Work({"first"}));
  search.WaitForBatch();
  TranslationWork greedy = Work({"greedy"}), other_model = Work({"other model"});
  greedy.beam.beam_size = 1;
  other_model.model = 1;
  Request b(queue, Work({"b"})), g(queue, greedy), o(queue, other_model), c(queue, Work({"c"}));
  search.Open();
  for (Request* request : {&b, &g, &o, &c}) request->GetTexts();
  EXPECT_THAT(search.batches(), ElementsAre(ElementsAre("first"), ElementsAre("b", "c"),
                                            ElementsAre("greedy"), ElementsAre("other model")));
  EXPECT_THAT(search.models(), ElementsAre(0, 0, 0, 1));
}

TEST(TranslationQueueTest, AFullQueueRefuses) {
  GatedSearch search;
  TranslationQueue queue(search.Function(), {.max_requests = 2});
  Request first(queue, Work({"1"})), second(queue, Work({"2"}));
  try {
    queue.Admit();
    FAIL() << "taken";
  } catch (const ServerBusy& error) {
    EXPECT_THAT(error.what(), HasSubstr("too many requests; expected at most 2 at a time"));
  }
  search.Open();
  EXPECT_EQ(first.GetTexts().size() + second.GetTexts().size(), 2u);
  EXPECT_EQ(Request(queue, Work({"x"})).GetTexts(), Texts{"x!"});
}

TEST(TranslationQueueTest, AnswersThatWouldTakeTooMuchMemoryWait) {
  TranslationQueue queue(JustShout, {.max_answer_bytes = 100});
  TranslationWork work = Work({"x"});
  work.answer_bytes = 60;
  {
    Request held(queue, work);  // until its answer has been sent
    held.GetTexts();
    try {
      Request(queue, work).GetTexts();
      FAIL() << "taken";
    } catch (const ServerBusy& error) {
      EXPECT_THAT(error.what(), HasSubstr("expected 40 bytes of answer, got 60"));
    }
    work.answer_bytes = 40;
    EXPECT_EQ(Request(queue, work).GetTexts(), Texts{"x!"});
  }
  work.answer_bytes = 100;
  EXPECT_EQ(Request(queue, work).GetTexts(), Texts{"x!"});
}

TEST(TranslationQueueTest, WorkThatIsGivenUpIsLeftUndone) {
  GatedSearch search;
  TranslationQueue queue(search.Function(), {.mini_batch = 2});
  auto gone = std::make_unique<Request>(queue, Work({"a", "b", "c", "d"}));
  search.WaitForBatch();
  gone->GiveUp();
  EXPECT_EQ(queue.numbers().requests, 0);
  search.Open();
  EXPECT_EQ(Request(queue, Work({"x"})).GetTexts(), Texts{"x!"});
  EXPECT_THAT(search.batches(), ElementsAre(ElementsAre("a", "b"), ElementsAre("x")));
  EXPECT_THAT(search.given_up(), ElementsAre("a", "b"));  // the search was told so
  EXPECT_EQ(queue.numbers().waiting_sentences, 0);
}

TEST(TranslationQueueTest, AFailingSearchFailsItsRequestOnly) {
  GatedSearch gate;
  TranslationQueue::Search gated = gate.Function();
  TranslationQueue queue(
      [&](Index worker, Index model, std::span<const std::string> sentences, const auto& beam,
          const auto& given_up) {
        if (std::ranges::count(sentences, "bad") > 0) {
          throw NumericError({.where = "model", .what = "NaN"});
        }
        if (std::ranges::count(sentences, "large") > 0) throw std::bad_alloc();
        return gated(worker, model, sentences, beam, given_up);
      },
      {});
  Request first(queue, Work({"first"}));
  gate.WaitForBatch();
  Request bad(queue, Work({"fine", "bad"})), good(queue, Work({"good"})),
      large(queue, Work({"large"}));
  gate.Open();
  EXPECT_THROW(bad.GetTexts(), NumericError);
  EXPECT_THROW(large.GetTexts(), std::bad_alloc);
  EXPECT_EQ(good.GetTexts(), Texts{"good!"});
  EXPECT_EQ(queue.numbers().requests, 0);
}

TEST(TranslationQueueTest, KeepsAttentionOnlyWhereItIsWanted) {
  TranslationQueue queue(JustShout, {});
  TranslationWork work = Work({"x"});
  EXPECT_TRUE(Request(queue, work).Get()[0].best().attention.weights.empty());
  work.attention = true;
  EXPECT_EQ(Request(queue, work).Get()[0].best().attention.weights.size(), 1u);
}

TEST(TranslationQueueTest, AClosedQueueFinishesWhatItHas) {
  GatedSearch search;
  TranslationQueue queue(search.Function(), {});
  Request first(queue, Work({"0"}));
  queue.Close();
  EXPECT_THROW(queue.Admit(), ServerBusy);
  search.Open();
  EXPECT_EQ(first.GetTexts(), Texts{"0!"});
}

}  // namespace
}  // namespace talmach
