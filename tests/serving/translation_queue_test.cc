#include "serving/translation_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <semaphore>
#include <string>

namespace talmach {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

// "translates" by adding an exclamation mark.
std::vector<Translation> Shout(std::span<const std::string> sentences) {
  std::vector<Translation> translations;
  for (const std::string& sentence : sentences) {
    translations.emplace_back().candidates.emplace_back().text = sentence + "!";
  }
  return translations;
}

std::vector<std::string> Texts(const std::vector<Translation>& translations) {
  std::vector<std::string> texts;
  for (const Translation& translation : translations) texts.push_back(translation.best().text);
  return texts;
}

std::vector<std::string> Numbered(int first, int count) {
  std::vector<std::string> sentences;
  for (int i = first; i < first + count; ++i) sentences.push_back(std::to_string(i));
  return sentences;
}

// A search that waits at a gate and remembers what it was asked, turn by turn.
class GatedSearch {
 public:
  std::vector<Translation> operator()(std::span<const std::string> sentences,
                                      const BeamSearchOptions&) {
    arrived_.release();
    gate_.acquire();
    const std::lock_guard lock(mutex_);
    turns_.emplace_back(sentences.begin(), sentences.end());
    return Shout(sentences);
  }
  void WaitForTurn() { arrived_.acquire(); }
  void Open() { gate_.release(1000); }  // more than any test has turns
  std::vector<std::vector<std::string>> turns() {
    const std::lock_guard lock(mutex_);
    return turns_;
  }

 private:
  std::counting_semaphore<> arrived_{0};
  std::counting_semaphore<> gate_{0};
  std::mutex mutex_;
  std::vector<std::vector<std::string>> turns_;
};

TranslationQueue::Search Through(GatedSearch& search) {
  return [&search](std::span<const std::string> sentences, const BeamSearchOptions& options) {
    return search(sentences, options);
  };
}

std::future<std::vector<std::string>> Ask(TranslationQueue& queue, int first, int count) {
  return std::async(std::launch::async, [&queue, first, count] {
    return Texts(queue.Translate(Numbered(first, count), {}));
  });
}

void WaitForSize(const TranslationQueue& queue, Index size) {
  while (queue.size() != size) std::this_thread::sleep_for(1ms);
}

TEST(TranslationQueueTest, AsManyTranslationsAsSentencesInOrder) {
  TranslationQueue queue([](auto sentences, const auto&) { return Shout(sentences); },
                         {.sentences_per_turn = 4});
  for (const int count : {0, 1, 4, 5, 12, 13}) {
    std::vector<std::string> expected = Numbered(0, count);
    for (std::string& text : expected) text += "!";
    EXPECT_EQ(Texts(queue.Translate(Numbered(0, count), {})), expected);
  }
  EXPECT_EQ(queue.size(), 0);
}

TEST(TranslationQueueTest, ManyThreadsGetTheirOwn) {
  std::atomic<int> inside = 0;
  TranslationQueue queue(
      [&](auto sentences, const auto&) {
        EXPECT_EQ(++inside, 1);  // one at a time
        auto translations = Shout(sentences);
        --inside;
        return translations;
      },
      {.sentences_per_turn = 2});
  std::vector<std::future<std::vector<std::string>>> answers;
  for (int i = 0; i < 20; ++i) answers.push_back(Ask(queue, 100 * i, 7));
  for (int i = 0; i < 20; ++i) {
    std::vector<std::string> expected = Numbered(100 * i, 7);
    for (std::string& text : expected) text += "!";
    EXPECT_EQ(answers[i].get(), expected);
  }
}

TEST(TranslationQueueTest, RequestsTakeTurns) {
  GatedSearch search;
  TranslationQueue queue(Through(search), {.sentences_per_turn = 2});
  auto large = Ask(queue, 0, 5);
  search.WaitForTurn();
  auto small = Ask(queue, 100, 1);
  WaitForSize(queue, 2);
  search.Open();
  large.get();
  small.get();
  const std::vector<std::vector<std::string>> expected = {{"0", "1"}, {"100"}, {"2", "3"}, {"4"}};
  EXPECT_EQ(search.turns(), expected);
}

TEST(TranslationQueueTest, AFullQueueRefuses) {
  GatedSearch search;
  TranslationQueue queue(Through(search), {.max_requests = 2});
  auto first = Ask(queue, 0, 1);
  auto second = Ask(queue, 1, 1);
  WaitForSize(queue, 2);
  try {
    queue.Translate({"x"}, {});
    FAIL() << "taken";
  } catch (const ServerBusy& error) {
    EXPECT_THAT(error.what(), HasSubstr("too many requests; expected at most 2 at a time"));
  }
  search.Open();
  EXPECT_EQ(first.get().size() + second.get().size(), 2u);
  EXPECT_EQ(Texts(queue.Translate({"x"}, {})).front(), "x!");
}

TEST(TranslationQueueTest, WhoWaitsTooLongIsToldAndItsWorkLeftUndone) {
  GatedSearch search;
  TranslationQueue queue(Through(search), {.sentences_per_turn = 1, .timeout = 20ms});
  EXPECT_THROW(queue.Translate(Numbered(0, 3), {}), ServerBusy);
  EXPECT_EQ(queue.size(), 0);
  search.Open();
  // Asked again until the worker has left the first request behind.
  std::vector<Translation> answer;
  while (answer.empty()) {
    try {
      answer = queue.Translate({"x"}, {});
    } catch (const ServerBusy&) {
    }
  }
  EXPECT_EQ(answer.front().best().text, "x!");
  const auto turns = search.turns();
  EXPECT_EQ(turns.front(), std::vector<std::string>{"0"});
  for (const auto& turn : turns) EXPECT_NE(turn, std::vector<std::string>{"1"});
}

TEST(TranslationQueueTest, AFailingSearchFailsItsRequestOnly) {
  TranslationQueue queue(
      [](auto sentences, const auto&) {
        if (sentences.front() == "bad") throw NumericError({.where = "model", .what = "NaN"});
        return Shout(sentences);
      },
      {});
  EXPECT_THROW(queue.Translate({"bad"}, {}), NumericError);
  EXPECT_EQ(Texts(queue.Translate({"good"}, {})).front(), "good!");
  EXPECT_EQ(queue.size(), 0);
}

TEST(TranslationQueueTest, AClosedQueueFinishesWhatItHas) {
  GatedSearch search;
  TranslationQueue queue(Through(search), {});
  auto first = Ask(queue, 0, 1);
  WaitForSize(queue, 1);
  queue.Close();
  EXPECT_THROW(queue.Translate({"x"}, {}), ServerBusy);
  search.Open();
  EXPECT_EQ(first.get().front(), "0!");
}

}  // namespace
}  // namespace talmach
