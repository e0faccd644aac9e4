#include "talmach/translator.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "support/temporary_directory.h"

namespace {

constexpr const char* kModel = "tests/golden/model_v1";

std::vector<std::string> ReadLines(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> Inputs() { return ReadLines(std::string(kModel) + "/input.txt"); }

std::vector<std::string> TextsOf(const std::vector<talmach::Translation>& translations) {
  std::vector<std::string> texts;
  for (const talmach::Translation& translation : translations) {
    texts.push_back(translation.best().text);
  }
  return texts;
}

// Runs in a child process; true if it ends in order with `true`.
bool HoldsInChild(const std::function<bool()>& fact) {
  const pid_t child = fork();
  if (child == 0) _exit(fact() ? 0 : 1);
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(TranslatorTest, TranslatesAsTheProgramDoes) {
  const talmach::Translator translator({kModel}, {.threads = 2});
  EXPECT_EQ(TextsOf(translator.Translate(Inputs())),
            ReadLines(std::string(kModel) + "/expected.txt"));
}

TEST(TranslatorTest, ResultsDoNotDependOnThreadsAndBatches) {
  const std::vector<std::string> lines = Inputs();
  const talmach::Translator one({kModel}, {.threads = 1, .mini_batch = 1});
  const talmach::Translator three({kModel}, {.threads = 3, .mini_batch = 2});
  const auto a = one.Translate(lines), b = three.Translate(lines);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(a[i].best().text, b[i].best().text);
    EXPECT_EQ(a[i].best().piece_scores, b[i].best().piece_scores);
  }
}

TEST(TranslatorTest, SeveralThreadsMayTranslateAtOnceWithOptionsOfTheirOwn) {
  const std::vector<std::string> lines = Inputs();
  const talmach::Translator translator({kModel}, {.threads = 2});
  const auto of_beam = [&](std::int64_t size) {
    return TextsOf(translator.Translate(lines, {.beam_size = size}));
  };
  const std::vector<std::vector<std::string>> alone = {of_beam(1), of_beam(5)};
  std::vector<std::vector<std::string>> together(8);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < together.size(); ++i) {
      threads.emplace_back([&, i] { together[i] = of_beam(i % 2 == 0 ? 1 : 5); });
    }
  }
  for (std::size_t i = 0; i < together.size(); ++i) EXPECT_EQ(together[i], alone[i % 2]);
}

TEST(TranslatorTest, CandidatesAreRankedAndCarryTheirAttention) {
  const talmach::Translator translator({kModel}, {.threads = 1});
  const std::vector<std::string> lines = {Inputs().front()};
  const auto candidates =
      translator.Translate(lines, {.beam_size = 4, .n_best = 3, .first_line = 7})[0].candidates;
  ASSERT_EQ(candidates.size(), 3u);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const talmach::AttentionMap& map = candidates[i].attention;
    EXPECT_LE(candidates[i].score, candidates[i == 0 ? 0 : i - 1].score);
    EXPECT_EQ(map.line, 7);
    EXPECT_EQ(map.source.back(), "</s>");
    EXPECT_EQ(map.target.size(), candidates[i].piece_scores.size());
    ASSERT_EQ(map.weights.size(), map.source.size() * map.target.size());
    for (std::size_t t = 0; t < map.target.size(); ++t) {
      EXPECT_NEAR(std::reduce(map.Row(t).begin(), map.Row(t).end()), 1.0f, 1e-5f);
    }
  }
}

TEST(TranslatorTest, PrefixesAndSamplesAreKept) {
  const talmach::Translator translator({kModel}, {.threads = 1});
  const std::vector<std::string> lines = {Inputs().front(), Inputs().back()};
  const auto best = TextsOf(translator.Translate(lines));
  const std::vector<std::string> prefixes = {best[1], best[0]};
  const auto continued = TextsOf(translator.Translate(lines, {.prefixes = prefixes}));
  EXPECT_TRUE(continued[0].starts_with(best[1])) << continued[0];
  const talmach::TranslateOptions sampled = {.sampling = talmach::Sampling{.seed = 3}};
  EXPECT_EQ(TextsOf(translator.Translate(lines, sampled)),
            TextsOf(translator.Translate(lines, sampled)));
  EXPECT_THROW(translator.Translate(lines, {.prefixes = {"a"}}), std::logic_error);
}

TEST(TranslatorTest, AnyBytesAreALine) {
  const talmach::Translator translator({kModel}, {.threads = 1});
  const std::vector<std::string> lines = {"", "\xff\xfe", Inputs().front()};
  const auto translations = translator.Translate(lines);
  EXPECT_EQ(translations[0].best().text, "");
  EXPECT_EQ(translations[2].best().text, ReadLines(std::string(kModel) + "/expected.txt").front());
}

TEST(TranslatorTest, CallersCanStop) {
  const talmach::Translator translator({kModel}, {.threads = 1});
  std::atomic<int> asked = 0;
  const talmach::TranslateOptions options = {.should_stop = [&] { return ++asked >= 3; }};
  EXPECT_THROW(translator.Translate(Inputs(), options), talmach::Error);
  EXPECT_EQ(asked, 3);
}

TEST(TranslatorTest, MistakesAreErrorsOfTheirKinds) {
  EXPECT_THROW(talmach::Translator({"no/such/model"}), talmach::ModelError);
  EXPECT_THROW(talmach::Translator({}), talmach::ConfigError);
  EXPECT_THROW(talmach::Translator({kModel}, {.threads = -1}), talmach::ConfigError);
  EXPECT_THROW(talmach::Translator({kModel}, {.mini_batch = 0}), talmach::ConfigError);
  EXPECT_THROW(talmach::Translator({kModel}, {.shortlist = "none"}), talmach::Error);
  const talmach::Translator translator({kModel}, {.threads = 1});
  EXPECT_THROW(translator.Translate(Inputs(), {.beam_size = 0}), talmach::ConfigError);
  EXPECT_THROW(translator.Translate(Inputs(), {.beam_size = 2, .n_best = 3}), talmach::ConfigError);
}

TEST(TranslatorTest, AModelOfANewerFormatNamesBothVersions) {
  const talmach::TemporaryDirectory directory;
  const std::string model = directory.Path("model");
  std::filesystem::copy(kModel, model);
  std::ifstream before(model + "/model.safetensors", std::ios::binary);
  std::string bytes = (std::stringstream() << before.rdbuf()).str();
  const auto replace = [&bytes](const std::string& old, const std::string& by) {
    for (std::size_t at = 0; (at = bytes.find(old, at)) != std::string::npos; at += by.size()) {
      bytes.replace(at, old.size(), by);
    }
  };
  replace(R"("format_version":"1")", R"("format_version":"9")");
  replace(R"("xxh3)", R"("xxh9)");  // a checksum of its own kind
  std::ofstream(model + "/model.safetensors", std::ios::binary) << bytes;
  try {
    const talmach::Translator translator({model});
    FAIL() << "it was loaded";
  } catch (const talmach::ModelError& error) {
    EXPECT_NE(std::string(error.what()).find("expected 1, got 9"), std::string::npos)
        << error.what();
  }
}

TEST(TranslatorTest, ForkedProcessesTranslate) {
  const std::vector<std::string> lines = Inputs();
  auto translator =
      std::make_unique<talmach::Translator>(talmach::Translator({kModel}, {.threads = 2}));
  const auto expected = TextsOf(translator->Translate(lines));
  const auto translates = [&] { return TextsOf(translator->Translate(lines)) == expected; };
  EXPECT_TRUE(HoldsInChild(translates));
  EXPECT_TRUE(HoldsInChild([&] {  // and so do theirs, and what they inherit can be destroyed
    const bool holds = HoldsInChild(translates) && translates();
    translator.reset();
    return holds;
  }));
  EXPECT_TRUE(translates());
}

// Returns from main, as it were, while two threads go on translating.
[[noreturn]] void ExitWhileThreadsTranslate() {
  static const auto& translator = *new talmach::Translator({kModel}, {.threads = 2});
  static std::atomic<int> calls = 0;
  for (int i = 0; i < 2; ++i) {
    std::thread([lines = Inputs()] {
      for (;; ++calls) translator.Translate(lines);
    }).detach();
  }
  while (calls < 4) std::this_thread::yield();
  std::exit(0);
}

TEST(TranslatorDeathTest, ProgramsMayEndWhileThreadsTranslate) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (int i = 0; i < 5; ++i)
    EXPECT_EXIT(ExitWhileThreadsTranslate(), testing::ExitedWithCode(0), "");
}

}  // namespace
