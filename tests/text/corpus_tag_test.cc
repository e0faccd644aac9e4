#include "text/corpus_tag.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "text/tokenizer_fixture.h"

namespace talmach {
namespace {

std::shared_ptr<const Tokenizer> WithSymbols(const TemporaryDirectory& directory,
                                             TokenizerTrainerOptions::Type type) {
  const std::string text = directory.Write("text", TinyCorpus::Join(MakeTinyCorpus(300).source));
  return Tokenizer::Load(TrainTokenizer({.inputs = {text},
                                         .model_prefix = directory.Path("model"),
                                         .vocabulary_size = 60,
                                         .type = type,
                                         .symbols = {"<bt>", "<2de>"}})
                             .model_path);
}

TEST(CorpusTagTest, SymbolsAreWholeAndOtherWordsAreNot) {
  const TemporaryDirectory directory;
  for (const auto type :
       {TokenizerTrainerOptions::Type::kUnigram, TokenizerTrainerOptions::Type::kBpe}) {
    const auto tokenizer = WithSymbols(directory, type);
    EXPECT_EQ(FindSplitWord("", *tokenizer), "");
    EXPECT_EQ(FindSplitWord("<bt>", *tokenizer), "");
    EXPECT_EQ(FindSplitWord(" <2de>  <bt> ", *tokenizer), "");
    EXPECT_EQ(FindSplitWord("<bt> <2fr>", *tokenizer), "<2fr>");
    EXPECT_EQ(FindSplitWord("<bt><2de>", *tokenizer), "<bt><2de>");
    EXPECT_EQ(FindSplitWord("dog", *tokenizer), "dog");
  }
}

TEST(CorpusTagTest, SamplingKeepsThemWhole) {
  const TemporaryDirectory directory;
  for (const auto type :
       {TokenizerTrainerOptions::Type::kUnigram, TokenizerTrainerOptions::Type::kBpe}) {
    const auto tokenizer = WithSymbols(directory, type);
    const std::vector<TokenId> tag = tokenizer->Encode("<bt>");
    for (std::uint64_t key = 0; key < 50; ++key) {
      const std::vector<TokenId> tokens = tokenizer->Sample("<bt> The dog sees.", 0.2f, key);
      ASSERT_GT(tokens.size(), tag.size());
      EXPECT_TRUE(std::ranges::equal(tag, std::span(tokens).first(tag.size()))) << key;
    }
  }
}

}  // namespace
}  // namespace talmach
