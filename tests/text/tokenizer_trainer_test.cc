#include "text/tokenizer_trainer.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "support/temporary_directory.h"
#include "support/tiny_corpus.h"
#include "text/compressed_text.h"
#include "text/tokenizer.h"

namespace talmach {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::ThrowsMessage;

class TokenizerTrainerTest : public ::testing::Test {
 protected:
  TokenizerTrainerOptions Options() const {
    return {.inputs = {directory_.Path("text.en"), directory_.Path("text.de")},
            .model_prefix = directory_.Path("model"),
            .vocabulary_size = 80};
  }

  TemporaryDirectory directory_;
  TinyCorpus corpus_ = MakeTinyCorpus(200);
  std::string english_ = directory_.Write("text.en", TinyCorpus::Join(corpus_.source));
  std::string german_ = directory_.Write("text.de", TinyCorpus::Join(corpus_.target));
};

TEST_F(TokenizerTrainerTest, WritesAModelAndItsVocabulary) {
  const auto result = TrainTokenizer(Options());
  EXPECT_EQ(result.vocabulary_size, 80);
  EXPECT_EQ(result.num_lines, 400);
  EXPECT_EQ(result.notice, "");
  EXPECT_EQ(Tokenizer::Load(result.model_path)->size(), 80);
  EXPECT_THAT(directory_.Read("model.vocab"), testing::StartsWith("<unk>\t0\n<s>\t0\n</s>\t0\n"));
}

TEST_F(TokenizerTrainerTest, GivesTheSameBytesForTheSameText) {
  TrainTokenizer(Options());
  const std::string first = directory_.Read("model.model");
  directory_.Write("text.en.gz", Gzip(TinyCorpus::Join(corpus_.source)));
  directory_.Write("text.de.zst", Zstd(TinyCorpus::Join(corpus_.target)));
  auto options = Options();
  options.inputs = {directory_.Path("text.en.gz"), directory_.Path("text.de.zst")};
  TrainTokenizer(options);
  EXPECT_EQ(directory_.Read("model.model"), first);
}

TEST_F(TokenizerTrainerTest, LowersAVocabularySizeThatIsTooHigh) {
  for (const auto type :
       {TokenizerTrainerOptions::Type::kUnigram, TokenizerTrainerOptions::Type::kBpe}) {
    auto options = Options();
    options.type = type;
    options.vocabulary_size = 50'000;
    const auto result = TrainTokenizer(options);
    EXPECT_LT(result.vocabulary_size, 1000);
    EXPECT_EQ(Tokenizer::Load(result.model_path)->size(), result.vocabulary_size);
    EXPECT_THAT(result.notice,
                AllOf(HasSubstr("from 50000"), HasSubstr(std::to_string(result.vocabulary_size))));
  }
}

TEST_F(TokenizerTrainerTest, TrainsOnAChoiceOfLines) {
  auto options = Options();
  options.input_sentence_size = 50;
  const auto result = TrainTokenizer(options);
  EXPECT_EQ(result.num_lines, 50);
  const std::string first = directory_.Read("model.model");
  TrainTokenizer(options);
  EXPECT_EQ(directory_.Read("model.model"), first);
  options.seed = 2;
  TrainTokenizer(options);
  EXPECT_NE(directory_.Read("model.model"), first);
}

TEST_F(TokenizerTrainerTest, MakesPiecesOfCharactersOrOfWords) {
  auto options = Options();
  options.inputs = {directory_.Write("words", "the cat the dog\nthe cat\n")};
  options.type = TokenizerTrainerOptions::Type::kChar;
  EXPECT_THAT(Tokenizer::Load(TrainTokenizer(options).model_path)->EncodePieces("the dot"),
              ElementsAre("▁", "t", "h", "e", "▁", "d", "o", "t"));
  options.type = TokenizerTrainerOptions::Type::kWord;
  EXPECT_THAT(Tokenizer::Load(TrainTokenizer(options).model_path)->Encode("the dot cat"),
              ElementsAre(3, kUnknownId, 4));
}

TEST_F(TokenizerTrainerTest, NeverSplitsSymbols) {
  const std::vector<std::string> symbols = {"<bt>", "<2fr>", "a,b", "\"q\"", "＄１", "@@"};
  for (const auto type :
       {TokenizerTrainerOptions::Type::kUnigram, TokenizerTrainerOptions::Type::kBpe,
        TokenizerTrainerOptions::Type::kChar, TokenizerTrainerOptions::Type::kWord}) {
    const bool is_word = type == TokenizerTrainerOptions::Type::kWord;
    auto options = Options();
    options.type = type;
    options.symbols = symbols;
    const auto tokenizer = Tokenizer::Load(TrainTokenizer(options).model_path);
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      if (is_word && symbols[i] == "＄１") continue;  // has been normalised
      const auto id = static_cast<TokenId>(3 + i);
      EXPECT_EQ(tokenizer->PieceOf(id), (is_word ? "▁" : "") + symbols[i]);
      EXPECT_THAT(tokenizer->Encode(symbols[i] + " the dog"), Contains(id).Times(1)) << symbols[i];
      if (is_word) continue;  // knows no symbols inside words
      const std::string text = "the" + symbols[i] + "dog";
      EXPECT_THAT(tokenizer->Encode(text), Contains(id).Times(1)) << text;
      EXPECT_EQ(tokenizer->Decode(tokenizer->Encode(text)), text);
    }
  }
}

TEST_F(TokenizerTrainerTest, SpellsUnknownCharactersInBytes) {
  auto options = Options();
  options.byte_fallback = true;
  options.vocabulary_size = 350;
  const auto tokenizer = Tokenizer::Load(TrainTokenizer(options).model_path);
  EXPECT_THAT(tokenizer->EncodePieces("漢"), ElementsAre("▁", "<0xE6>", "<0xBC>", "<0xA2>"));
  std::vector<TokenId> ids = tokenizer->Encode("漢字 the");
  EXPECT_EQ(tokenizer->Decode(ids), "漢字 the");
  ids = tokenizer->Encode("漢");
  ids.pop_back();  // half a character
  EXPECT_EQ(tokenizer->Decode(ids), "\ufffd\ufffd");
}

TEST_F(TokenizerTrainerTest, NormalisesAndSplitsAsAsked) {
  const auto pieces = [&](const auto& change, const std::string& text) {
    auto options = Options();
    options.inputs = {directory_.Write("numbers", "my room 2024 Ⅷ\nmy room 2024 Ⅷ\n")};
    options.type = TokenizerTrainerOptions::Type::kBpe;
    options.vocabulary_size = 60;
    change(options);
    const auto tokenizer = Tokenizer::Load(TrainTokenizer(options).model_path);
    return tokenizer->EncodePieces(text);
  };
  using Rule = TokenizerTrainerOptions::Normalization;
  EXPECT_THAT(pieces([](auto&) {}, "2024"), ElementsAre("▁2024"));
  EXPECT_THAT(pieces([](auto& o) { o.split_digits = true; }, "2024"),
              ElementsAre("▁", "2", "0", "2", "4"));
  EXPECT_THAT(pieces([](auto& o) { o.max_sentencepiece_length = 2; }, "2024"), Not(SizeIs(1)));
  EXPECT_THAT(pieces([](auto& o) { o.split_by_whitespace = false; }, "my room"),
              ElementsAre("▁my▁room"));
  EXPECT_THAT(pieces([](auto&) {}, "Ⅷ"), ElementsAre("▁VIII"));
  EXPECT_THAT(pieces([](auto& o) { o.normalization = Rule::kIdentity; }, "Ⅷ"),
              Contains(HasSubstr("Ⅷ")));
  EXPECT_THAT(pieces([](auto& o) { o.normalization = Rule::kNfkcFolded; }, "ROOM"),
              ElementsAre("▁room"));
}

TEST_F(TokenizerTrainerTest, RefusesSymbolsThatCannotBePieces) {
  const std::pair<std::vector<std::string>, const char*> bad[] = {
      {{""}, "got an empty one"},       {{"<bt>", "<bt>"}, "got <bt> twice"},
      {{"a b"}, "got one with white"},  {{"<unk>"}, "got the reserved piece <unk>"},
      {{"<0x0A>"}, "got the piece of"}, {{"▁a"}, "got SentencePiece's mark in ▁a"},
      {{"\xff"}, "got bytes that are"}};
  for (const auto& [symbols, reason] : bad) {
    auto options = Options();
    options.symbols = symbols;
    EXPECT_THAT(
        [&] { TrainTokenizer(options); },
        ThrowsMessage<ConfigError>(AllOf(HasSubstr("symbols: expected"), HasSubstr(reason))));
  }
  auto options = Options();
  options.byte_fallback = true;
  EXPECT_THAT(
      [&] { TrainTokenizer(options); },
      ThrowsMessage<ConfigError>(HasSubstr("expected a vocabulary of at least 260, got 80")));
}

TEST_F(TokenizerTrainerTest, RefusesImpossibleOptions) {
  const auto expect_refused = [this](auto change, const std::string& key) {
    auto options = Options();
    change(options);
    EXPECT_THAT([&] { TrainTokenizer(options); }, ThrowsMessage<ConfigError>(HasSubstr(key)));
    EXPECT_FALSE(std::filesystem::exists(directory_.Path("model.model")));
  };
  expect_refused([](auto& options) { options.inputs.clear(); }, "input");
  expect_refused([](auto& options) { options.vocabulary_size = -1; }, "vocabulary_size");
  expect_refused([](auto& options) { options.vocabulary_size = 10; }, "vocabulary_size");
  expect_refused([](auto& options) { options.character_coverage = 0; }, "character_coverage");
  expect_refused([](auto& options) { options.character_coverage = 1.5; }, "character_coverage");
  expect_refused([](auto& options) { options.input_sentence_size = -1; }, "input_sentence_size");
  expect_refused([](auto& options) { options.max_sentence_length = 0; }, "max_sentence_length");
  expect_refused([](auto& options) { options.max_sentencepiece_length = 0; },
                 "max_sentencepiece_length");
}

TEST_F(TokenizerTrainerTest, SaysHowManyPiecesTheCharactersNeed) {
  for (const auto type :
       {TokenizerTrainerOptions::Type::kUnigram, TokenizerTrainerOptions::Type::kBpe}) {
    auto options = Options();
    options.type = type;
    options.inputs = {directory_.Write("letters", "a b c d e f\nf e d c b a\n")};
    options.vocabulary_size = 8;  // six letters, the mark of a word, three reserved pieces
    EXPECT_THAT([&] { TrainTokenizer(options); },
                ThrowsMessage<ConfigError>(
                    "vocabulary_size: too small to hold every character of the text; expected at "
                    "least 10, got 8; raise it, or lower character_coverage"));
  }
}

TEST_F(TokenizerTrainerTest, LeavesOutLongLines) {
  auto options = Options();
  options.inputs = {directory_.Write("long", "a short line\n" + std::string(5000, 'x') + "\n")};
  EXPECT_EQ(TrainTokenizer(options).num_lines, 1);
  options.max_sentence_length = 5000;
  EXPECT_EQ(TrainTokenizer(options).num_lines, 2);
}

TEST_F(TokenizerTrainerTest, RefusesInputsWithoutText) {
  auto options = Options();
  for (const char* text : {"", "\n \n\n", "\u200b\n\u2028", "\u2585a"}) {
    options.inputs = {directory_.Write("blank", text)};
    EXPECT_THAT([&] { TrainTokenizer(options); },
                ThrowsMessage<DataError>(AllOf(HasSubstr("blank"), HasSubstr("no text"))));
  }
  options.inputs = {directory_.Path("missing")};
  EXPECT_THAT([&] { TrainTokenizer(options); }, ThrowsMessage<DataError>(HasSubstr("missing")));
}

TEST_F(TokenizerTrainerTest, TrainsOnTheSmallestTexts) {
  for (const auto type :
       {TokenizerTrainerOptions::Type::kUnigram, TokenizerTrainerOptions::Type::kBpe}) {
    for (const char* text : {"a", "a b", "ab ab ab", "漢", "1\n2\n3", "x\t\ty"}) {
      for (const float coverage : {1.0f, 0.98f}) {
        auto options = Options();
        options.type = type;
        options.character_coverage = coverage;
        options.inputs = {directory_.Write("tiny", text)};
        const auto result = TrainTokenizer(options);
        EXPECT_GE(result.vocabulary_size, 4) << text;
        EXPECT_FALSE(Tokenizer::Load(result.model_path)->Encode(text).empty()) << text;
      }
    }
  }
}

TEST_F(TokenizerTrainerTest, NamesAPlaceItCannotWriteTo) {
  auto options = Options();
  options.model_prefix = directory_.Path("no/such/model");
  EXPECT_THAT([&] { TrainTokenizer(options); },
              ThrowsMessage<Error>(AllOf(HasSubstr("no/such/model"), HasSubstr("No such file"))));
}

}  // namespace
}  // namespace talmach
