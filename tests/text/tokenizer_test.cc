#include "text/tokenizer.h"

#include <gmock/gmock.h>
#include <sentencepiece_trainer.h>

#include <set>

#include "base/error.h"
#include "text/tokenizer_fixture.h"

namespace talmach {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::ThrowsMessage;

using Type = TokenizerTrainerOptions::Type;

constexpr const char* kSentence = "The baker finds the key and the dog sees the river.";

class TokenizerTest : public ::testing::TestWithParam<Type> {
 protected:
  std::shared_ptr<const Tokenizer> tokenizer_ = TinyTokenizer(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Types, TokenizerTest, ::testing::Values(Type::kUnigram, Type::kBpe),
                         [](const auto& type) {
                           return type.param == Type::kUnigram ? "Unigram" : "Bpe";
                         });

TEST_P(TokenizerTest, ReservesTheFirstIds) {
  EXPECT_EQ(tokenizer_->PieceOf(kUnknownId), "<unk>");
  EXPECT_EQ(tokenizer_->PieceOf(kBeginId), "<s>");
  EXPECT_EQ(tokenizer_->PieceOf(kEndId), "</s>");
  EXPECT_EQ(tokenizer_->IdOf("<pad>"), kUnknownId);
  EXPECT_EQ(tokenizer_->size(), 100);
  for (TokenId id = 0; id < tokenizer_->size(); ++id) {
    EXPECT_EQ(tokenizer_->IdOf(tokenizer_->PieceOf(id)), id);
  }
}

TEST_P(TokenizerTest, DecodesWhatItEncodes) {
  for (const std::string& line : MakeTinyCorpus(50, 7).target) {
    const auto ids = tokenizer_->Encode(line);
    EXPECT_THAT(ids, Each(Ge(3)));
    EXPECT_EQ(tokenizer_->Decode(ids), line);
    const auto pieces = tokenizer_->EncodePieces(line);
    ASSERT_EQ(pieces.size(), ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(tokenizer_->IdOf(pieces[i]), ids[i]);
    EXPECT_EQ(tokenizer_->DecodePieces(pieces), line);
  }
}

TEST_P(TokenizerTest, TurnsBlankTextIntoNothing) {
  EXPECT_THAT(tokenizer_->Encode(""), IsEmpty());
  EXPECT_THAT(tokenizer_->Encode(" \t "), IsEmpty());
  EXPECT_THAT(tokenizer_->Sample("", 0.1f, 1), IsEmpty());
  EXPECT_EQ(tokenizer_->Decode({}), "");
}

TEST_P(TokenizerTest, TakesTextThatNamesReservedPiecesLiterally) {
  EXPECT_THAT(tokenizer_->Encode("</s><s>"), testing::Not(Contains(kEndId)));
  EXPECT_THAT(tokenizer_->Sample("</s><s>", 0.1f, 1), testing::Not(Contains(kEndId)));
}

TEST_P(TokenizerTest, MakesOneUnknownOfNeighbouringUnknownCharacters) {
  const auto ids = tokenizer_->Encode("the 漢字漢字 dog");
  EXPECT_THAT(ids, Contains(kUnknownId).Times(1));
  EXPECT_THAT(tokenizer_->EncodePieces("the 漢字漢字 dog"), Contains("漢字漢字"));
  EXPECT_THAT(tokenizer_->Sample("the 漢字漢字 dog", 0.1f, 1), Contains(kUnknownId).Times(1));
}

TEST_P(TokenizerTest, SurvivesAnyBytes) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  const std::string text = bytes + "漢" + std::string(50'000, 'e') + "\xf0\x9f";
  EXPECT_GT(tokenizer_->Encode(text).size(), 100u);
  EXPECT_GT(tokenizer_->Sample(text, 0.1f, 1).size(), 100u);
}

TEST_P(TokenizerTest, SamplesDifferentSegmentationsOfTheSameText) {
  std::set<std::vector<TokenId>> seen;
  for (std::uint64_t key = 0; key < 50; ++key) {
    const auto ids = tokenizer_->Sample(kSentence, 0.3f, key);
    EXPECT_EQ(tokenizer_->Decode(ids), kSentence);
    EXPECT_EQ(tokenizer_->Sample(kSentence, 0.3f, key), ids);
    seen.insert(ids);
  }
  EXPECT_GT(seen.size(), 20u);
}

TEST_P(TokenizerTest, SamplesTheBestSegmentationInTheLimit) {
  const float alpha = GetParam() == Type::kUnigram ? 1000.0f : 1e-9f;
  for (const std::string& line : MakeTinyCorpus(50, 3).source) {
    EXPECT_EQ(tokenizer_->Sample(line, alpha, 5), tokenizer_->Encode(line));
  }
}

TEST_P(TokenizerTest, HashesTheVocabulary) {
  EXPECT_THAT(tokenizer_->Hash(), SizeIs(16));
  EXPECT_EQ(tokenizer_->Hash(), TinyTokenizer(GetParam())->Hash());
  EXPECT_NE(TinyTokenizer(Type::kUnigram)->Hash(), TinyTokenizer(Type::kBpe)->Hash());
}

TEST_P(TokenizerTest, RefusesIdsOutsideTheVocabulary) {
  const TokenId outside[] = {100, -1};
  for (const TokenId id : outside) {
    EXPECT_THROW(tokenizer_->PieceOf(id), std::logic_error);
    EXPECT_THROW(tokenizer_->Decode(std::vector{id}), std::logic_error);
  }
}

TEST_P(TokenizerTest, KeepsALineALine) {
  EXPECT_EQ(tokenizer_->DecodePieces(std::vector<std::string>{"a\nb", "\r"}), "a b ");
}

class TokenizerLoadTest : public ::testing::Test {
 protected:
  void ExpectRefused(const std::string& bytes, const std::string& reason) {
    const std::string path = directory_.Write("bad.model", bytes);
    EXPECT_THAT([&] { Tokenizer::Load(path); },
                ThrowsMessage<CheckpointError>(AllOf(HasSubstr(path), HasSubstr(reason))));
  }
  TemporaryDirectory directory_;
};

TEST_F(TokenizerLoadTest, RefusesWhatIsNoModel) {
  EXPECT_THAT(
      [&] { Tokenizer::Load(directory_.Path("missing.model")); },
      ThrowsMessage<CheckpointError>(AllOf(HasSubstr("missing.model"), HasSubstr("No such file"))));
  EXPECT_THROW(Tokenizer::Load(directory_.Path("")), CheckpointError);
  ExpectRefused("", "not a SentencePiece model");
  ExpectRefused("just text\n", "not a SentencePiece model");
  ExpectRefused(std::string(100'000, '\0'), "not a SentencePiece model");
  ExpectRefused(std::string(100'000, '\xff'), "not a SentencePiece model");
  std::filesystem::resize_file(directory_.Write("large.model", ""), std::uintmax_t{1} << 30);
  EXPECT_THAT([&] { Tokenizer::Load(directory_.Path("large.model")); },
              ThrowsMessage<CheckpointError>(HasSubstr("too large")));
}

TEST_F(TokenizerLoadTest, ForeignModelsSplitTextOnly) {
  std::string text;
  for (int line = 0; line < 50; ++line) text += std::string(kSentence) + "\n";
  const std::string input = directory_.Write("text", text), prefix = directory_.Path("foreign");
  const auto status = sentencepiece::SentencePieceTrainer::Train(
      "--input=" + input + " --model_prefix=" + prefix +
      " --vocab_size=40 --hard_vocab_limit=false --bos_id=-1 --eos_id=1 --unk_id=2 --pad_id=0");
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_THAT([&] { Tokenizer::Load(prefix + ".model"); },
              ThrowsMessage<CheckpointError>(HasSubstr("reserves other ids")));
  const Tokenizer tokenizer = Tokenizer::LoadForeign(prefix + ".model");
  EXPECT_EQ(tokenizer.DecodePieces(tokenizer.EncodePieces(kSentence)), kSentence);
}

// Models the fuzzer has found or starts from, among them two that make SentencePiece crash.
TEST_F(TokenizerLoadTest, SurvivesTheFuzzersModels) {
  int num_loaded = 0;
  for (const char* name : {"unigram", "bpe", "unigram_rules", "unsafe_map", "long_trie"}) {
    try {
      const auto path = std::string("tests/fuzz/seeds/tokenizer/") + name + ".model";
      EXPECT_FALSE(Tokenizer::Load(path).Encode("the key").empty()) << name;
      ++num_loaded;
    } catch (const CheckpointError& error) {
      EXPECT_THAT(error.what(), AnyOf(HasSubstr("unsafe_map.model: not a SentencePiece model"),
                                      HasSubstr("long_trie.model: not a SentencePiece model")));
    }
  }
  EXPECT_EQ(num_loaded, 3);
}

TEST_F(TokenizerLoadTest, SurvivesEveryDamagedModel) {
  std::ifstream file(TinyTokenizerPath(Type::kUnigram), std::ios::binary);
  const std::string good{std::istreambuf_iterator<char>(file), {}};
  // Each damaged file is refused, or gives a tokenizer that can be used.
  RandomStream random(1);
  for (int round = 0; round < 100; ++round) {
    std::string bad = good;
    if (round % 4 == 0) bad.resize(random.Below(bad.size()));
    // Half of the damage in the pieces at the front, half anywhere: mostly in the character map.
    const std::size_t range = round % 2 == 0 ? bad.size() / 100 : bad.size();
    for (int i = 0; i < 3 && range > 0; ++i) {
      bad[random.Below(range)] ^= static_cast<char>(1 << random.Below(8));
    }
    try {
      const Tokenizer tokenizer = Tokenizer::Load(directory_.Write("bad.model", bad));
      for (const char* text : {kSentence, "ﬁ ½ Ⅷ ㍿ ą́\u00a0x\u3000y\u2028"}) {
        tokenizer.Decode(tokenizer.Encode(text));
        tokenizer.Sample(text, 0.1f, 1);
      }
    } catch (const CheckpointError&) {
    }
  }
}

}  // namespace
}  // namespace talmach
