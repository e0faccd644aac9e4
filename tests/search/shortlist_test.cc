#include "search/shortlist.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/checksum.h"
#include "base/error.h"
#include "search/ensemble.h"
#include "search/toy_model.h"
#include "support/message_of.h"
#include "support/temporary_directory.h"

namespace talmach {
namespace {

using Tokens = std::vector<TokenId>;

const Shortlist::Vocabularies kVocabularies = {.source_size = 4,
                                               .target_size = 9,
                                               .source_hash = "0123456789abcdef",
                                               .target_hash = "fedcba9876543210"};

Shortlist MakeShortlist() { return {kVocabularies, {4}, {{}, {}, {2, 3}, {8, 7, 8, 4}}}; }

std::string ErrorOf(std::string_view bytes) {
  return MessageOf<CheckpointError>([&] { ParseShortlist(bytes, "f"); });
}

TEST(ShortlistTest, CandidatesAreAscendingAndEachOnce) {
  const Shortlist shortlist = MakeShortlist();
  EXPECT_EQ(shortlist.Candidates(Tokens{0}), (Tokens{0, 1, 2, 4}));
  EXPECT_EQ(shortlist.Candidates(Tokens{3, 2, 3}), (Tokens{0, 1, 2, 3, 4, 7, 8}));
  EXPECT_EQ(shortlist.Candidates(Tokens{2}, Tokens{6, 3}), (Tokens{0, 1, 2, 3, 4, 6}));
}

TEST(ShortlistTest, IsTheSameAfterSavingAndLoading) {
  const TemporaryDirectory directory;
  const std::string path = directory.Path("shortlist");
  SaveShortlist(path, MakeShortlist());
  const Shortlist loaded = LoadShortlist(path);
  EXPECT_EQ(loaded.Serialise(), MakeShortlist().Serialise());
  EXPECT_EQ(loaded.vocabularies().target_size, 9);
  EXPECT_EQ(loaded.vocabularies().source_hash, kVocabularies.source_hash);
  EXPECT_EQ(loaded.Candidates(Tokens{3}), (Tokens{0, 1, 2, 4, 7, 8}));
}

TEST(ShortlistTest, RefusesFilesThatAreMissingOrSomethingElse) {
  EXPECT_THROW(LoadShortlist("no such file"), CheckpointError);
  EXPECT_EQ(ErrorOf("dog 0.5 Hund"), "f: not a shortlist; `talmach shortlist` makes one");
}

TEST(ShortlistTest, RefusesEveryCutAndEveryChangedByte) {
  const std::string bytes = MakeShortlist().Serialise();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_NE(ErrorOf(bytes.substr(0, size)), "");
  }
  EXPECT_NE(ErrorOf(bytes + "x"), "");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x41);
    EXPECT_NE(ErrorOf(changed), "") << "byte " << i;
  }
}

TEST(ShortlistTest, IsReadFromAPipe) {
  const TemporaryDirectory directory;
  const std::string path = directory.Path("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const std::string bytes = MakeShortlist().Serialise();
  const std::jthread writer([&] { std::ofstream(path, std::ios::binary) << bytes; });
  EXPECT_EQ(LoadShortlist(path).Serialise(), bytes);
}

// What a checksum does not show: numbers that contradict each other.
TEST(ShortlistTest, RefusesWrongNumbersUnderARightChecksum) {
  const std::string good = MakeShortlist().Serialise();
  const std::size_t num_numbers = (good.size() - 8 - 16 - 32 - 16) / 4;
  const auto change = [&](std::size_t place, std::uint32_t number) {
    std::string body = good.substr(0, good.size() - 16);
    std::memcpy(body.data() + 56 + 4 * place, &number, 4);
    return body + ChecksumOf(body);
  };
  ASSERT_EQ(num_numbers, 4u + 4u + 5u);
  EXPECT_NE(ErrorOf(change(0, 9)), "");            // a common token beyond the vocabulary
  EXPECT_NE(ErrorOf(change(1, 0)), "");            // the same common token twice
  EXPECT_NE(ErrorOf(change(2, 3)), "");            // no </s>
  EXPECT_NE(ErrorOf(change(4, 3)), "");            // lists that run backwards
  EXPECT_NE(ErrorOf(change(7, 4)), "");            // a list that ends before the tokens do
  EXPECT_NE(ErrorOf(change(8, 7)), "");            // a list in another order
  EXPECT_NE(ErrorOf(change(12, 0x80000008)), "");  // a negative token
  EXPECT_EQ(ErrorOf(change(12, 8)), "");
}

TEST(ShortlistTest, SearchUsesTheCandidatesAlone) {
  const std::vector<Tokens> sources = {{3, 4, 5, 2}, {6, 2}, {5, 5, 3, 2}};
  const std::vector<Tokens> candidates = {{0, 1, 2, 5, 9, 11}, {2}, {0, 2, 3, 4, 5, 6, 7, 8}};
  const auto model = MakeToyModel(3, {7, 12});
  BeamSearchOptions options;
  options.beam_size = options.n_best = 4;
  for (const std::vector<std::shared_ptr<const InferenceModel>>& models :
       {std::vector{model}, std::vector{model, model}}) {
    EnsembleWorkspace workspace;
    const Ensemble ensemble(models);
    const auto found =
        BeamSearch(ensemble, {.sources = sources, .candidates = candidates}, options, workspace);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      for (const Hypothesis& hypothesis : found[i]) {
        for (const TokenId token : hypothesis.tokens) {
          EXPECT_TRUE(std::ranges::binary_search(candidates[i], token)) << token;
          EXPECT_GT(token, kBeginId);
        }
      }
      const auto alone = BeamSearch(ensemble,
                                    {.sources = std::span(sources).subspan(i, 1),
                                     .candidates = std::span(candidates).subspan(i, 1)},
                                    options, workspace);
      ASSERT_EQ(alone[0].size(), found[i].size());
      for (std::size_t k = 0; k < found[i].size(); ++k) {
        EXPECT_EQ(alone[0][k].tokens, found[i][k].tokens);
        EXPECT_EQ(alone[0][k].log_probabilities, found[i][k].log_probabilities);
      }
    }
  }
}

TEST(ShortlistTest, AllTokensAsCandidatesChangeNothing) {
  const std::vector<Tokens> sources = {{3, 4, 5, 2}, {6, 2}, {5, 5, 3, 2}};
  const std::vector<Tokens> all(3, Tokens{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  const std::vector<Tokens> prefixes = {{0, 3}, {}, {1}};
  BeamSearchOptions options;
  options.beam_size = options.n_best = 4;
  const Ensemble ensemble({MakeToyModel(3, {7, 12})});
  EnsembleWorkspace workspace;
  const auto expected =
      BeamSearch(ensemble, {.sources = sources, .prefixes = prefixes}, options, workspace);
  const auto found = BeamSearch(
      ensemble, {.sources = sources, .prefixes = prefixes, .candidates = all}, options, workspace);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    ASSERT_EQ(found[i].size(), expected[i].size());
    for (std::size_t k = 0; k < found[i].size(); ++k) {
      EXPECT_EQ(found[i][k].tokens, expected[i][k].tokens);
      EXPECT_NEAR(found[i][k].score, expected[i][k].score, 1e-5);
    }
  }
}

}  // namespace
}  // namespace talmach
