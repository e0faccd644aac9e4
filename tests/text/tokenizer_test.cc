#include "text/tokenizer.h"

#include <gmock/gmock.h>
#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <set>

#include "base/checksum.h"
#include "base/error.h"
#include "base/random.h"
#include "base/unicode_text.h"
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

// Models made elsewhere, with SentencePiece itself as the judge of how text is divided.
class ForeignModelTest : public TokenizerLoadTest {
 protected:
  // Lines in many scripts: letters of the corpus's languages, of Greek, Cyrillic, Arabic,
  // Devanagari, Thai, Han and kana, digits, emoji.
  std::vector<std::string> MakeLines(Index count, std::uint64_t key) const {
    const std::vector<std::pair<char32_t, int>> blocks = {
        {U'a', 26},   {U'A', 26},    {U'0', 10},   {U'α', 24},    {U'а', 32},
        {0x0627, 36}, {0x0905, 50},  {0x0E01, 46}, {0x4E00, 400}, {0x3042, 80},
        {U'ß', 30},   {0x1F600, 60}, {0xFF21, 26}};
    RandomStream random(key);
    std::vector<std::string> lines;
    for (Index line = 0; line < count; ++line) {
      std::u32string text;
      for (std::uint64_t words = 1 + random.Below(9); words > 0; --words) {
        const auto& [first, size] = blocks[random.Below(blocks.size())];
        for (std::uint64_t i = 1 + random.Below(5); i > 0; --i) {
          text += static_cast<char32_t>(first + random.Below(static_cast<std::uint64_t>(size)));
        }
        text += words > 1 ? U" " : U"";
      }
      lines.push_back(EncodeUtf8(text));
    }
    return lines;
  }

  // Trains as spm_train does and loads the model; fails if SentencePiece does.
  std::shared_ptr<const Tokenizer> Train(const std::string& arguments) {
    std::string text;
    for (const std::string& line : MakeLines(1000, 1)) text += line + "\n";
    for (const std::string& line : MakeTinyCorpus(300).target) text += line + "\n";
    const auto status = sentencepiece::SentencePieceTrainer::Train(
        "--input=" + directory_.Write("text", text) + " --model_prefix=" + prefix_ +
        " --hard_vocab_limit=false --minloglevel=4 " + arguments);
    EXPECT_TRUE(status.ok()) << status.ToString();
    EXPECT_TRUE(original_.Load(prefix_ + ".model").ok());
    return Tokenizer::Load(prefix_ + ".model");
  }

  const std::string prefix_ = directory_.Path("foreign");
  sentencepiece::SentencePieceProcessor original_;
};

TEST_F(ForeignModelTest, GiveThePiecesOfSentencePiece) {
  const std::string types[] = {
      "unigram --vocab_size=1500", "bpe --vocab_size=1500",
      "unigram --vocab_size=1500 --byte_fallback --character_coverage=0.98",
      "char --vocab_size=900", "word --vocab_size=900"};
  const std::string ids[] = {"--unk_id=0 --bos_id=1 --eos_id=2 --pad_id=-1",  // its own
                             "--bos_id=-1 --eos_id=0 --unk_id=1",             // Marian
                             "--unk_id=0 --bos_id=2 --eos_id=3 --pad_id=1",   // JoeyNMT
                             "--pad_id=0 --eos_id=1 --unk_id=2 --bos_id=-1",  // T5
                             "--unk_id=3 --bos_id=1 --eos_id=2 --pad_id=0",   // OpenNMT, fairseq
                             "--unk_id=0 --bos_id=-1 --eos_id=-1 --user_defined_symbols=<2fr>",
                             "--unk_id=7 --bos_id=5 --eos_id=3 --pad_id=11 --control_symbols=<m>"};
  const std::vector<std::string> lines = MakeLines(1000, 2);
  for (const std::string& type : types) {
    for (const std::string& reserved : ids) {
      if (&type != types && &reserved != ids + 1) continue;  // all ids once, all types once
      SCOPED_TRACE(type + " " + reserved);
      const auto tokenizer = Train("--model_type=" + type + " " + reserved);
      EXPECT_EQ(tokenizer->PieceOf(kUnknownId), "<unk>");
      EXPECT_EQ(tokenizer->PieceOf(kBeginId), "<s>");
      EXPECT_EQ(tokenizer->PieceOf(kEndId), "</s>");
      EXPECT_EQ(tokenizer->IdOf("<pad>"), kUnknownId);
      for (const std::string& line : lines) {
        const std::vector<TokenId> own = tokenizer->Encode(line);
        ASSERT_EQ(tokenizer->EncodePieces(line), original_.EncodeAsPieces(line));
        std::vector<std::string> pieces;
        for (const int id : original_.EncodeAsIds(line)) pieces.push_back(original_.IdToPiece(id));
        ASSERT_EQ(own.size(), pieces.size());
        for (std::size_t i = 0; i < own.size(); ++i) {
          ASSERT_EQ(tokenizer->PieceOf(own[i]), pieces[i]);
        }
        ASSERT_EQ(tokenizer->Decode(own), original_.DecodeIds(original_.EncodeAsIds(line)));
      }
    }
  }
}

TEST_F(ForeignModelTest, KeepTheOtherPiecesInTheirOrder) {
  const auto tokenizer = Train("--vocab_size=1500 --unk_id=7 --bos_id=5 --eos_id=3 --pad_id=11");
  std::vector<std::string> expected = {"<unk>", "<s>", "</s>"};
  for (int id = 0; id < original_.GetPieceSize(); ++id) {
    if (id != 7 && id != 5 && id != 3 && id != 11) expected.push_back(original_.IdToPiece(id));
  }
  std::vector<std::string> pieces;
  for (TokenId id = 0; id < tokenizer->size(); ++id) pieces.push_back(tokenizer->PieceOf(id));
  EXPECT_EQ(pieces, expected);
  EXPECT_EQ(tokenizer->file_checksum(), ChecksumOf(directory_.Read("foreign.model")));
}

TEST_F(ForeignModelTest, TakeReservedPiecesOfOtherNames) {
  const auto tokenizer =
      Train("--vocab_size=1500 --bos_id=3 --bos_piece=[CLS] --eos_piece=[SEP] --unk_piece=[UNK]");
  EXPECT_EQ(tokenizer->PieceOf(kUnknownId), "<unk>");
  EXPECT_EQ(tokenizer->PieceOf(kBeginId), "<s>");
  EXPECT_EQ(tokenizer->PieceOf(kEndId), "</s>");
  EXPECT_EQ(tokenizer->IdOf("[CLS]"), kUnknownId);
  EXPECT_EQ(tokenizer->Decode(std::vector<TokenId>{kBeginId, kUnknownId, kEndId}), " ⁇ ");
}

TEST_F(ForeignModelTest, AreRefusedIfAReservedNameIsAPieceOfText) {
  EXPECT_THAT([&] { Train("--vocab_size=1500 --bos_id=-1 --user_defined_symbols=<s>"); },
              ThrowsMessage<CheckpointError>(
                  AllOf(HasSubstr("foreign.model: piece 1 is called <s>, but the model does not"),
                        HasSubstr("train one without that piece"))));
}

TEST_F(ForeignModelTest, SampleTheSymbolsWhole) {
  for (const char* type : {"unigram", "bpe"}) {
    const auto tokenizer = Train(std::string("--vocab_size=1500 --user_defined_symbols=<2fr>,ab ") +
                                 "--bos_id=-1 --eos_id=0 --unk_id=1 --model_type=" + type);
    const TokenId tag = tokenizer->IdOf("<2fr>"), symbol = tokenizer->IdOf("ab");
    std::set<std::vector<TokenId>> seen;
    for (std::uint64_t key = 0; key < 50; ++key) {
      const auto ids = tokenizer->Sample("<2fr> kabine <2fr>ab the bakery", 0.2f, key);
      EXPECT_THAT(ids, Contains(tag).Times(2));
      EXPECT_THAT(ids, Contains(symbol).Times(2));
      EXPECT_EQ(tokenizer->Decode(ids), "<2fr> kabine <2fr>ab the bakery");
      seen.insert(ids);
    }
    EXPECT_THAT(seen, SizeIs(Ge(5u)));
  }
}

TEST_F(ForeignModelTest, SampleOnlyWhatCanBeDividedInSeveralWays) {
  EXPECT_TRUE(Train("--model_type=bpe --vocab_size=900")->CanSample());
  for (const char* type : {"char", "word"}) {
    const auto tokenizer = Train(std::string("--vocab_size=900 --model_type=") + type);
    EXPECT_FALSE(tokenizer->CanSample());
    EXPECT_THROW(tokenizer->Sample("the", 0.1f, 1), std::logic_error);
  }
}

// Models the fuzzer has found or starts from, among them two that make SentencePiece crash.
TEST_F(TokenizerLoadTest, SurvivesTheFuzzersModels) {
  int num_loaded = 0;
  for (const char* name : {"unigram", "bpe", "unigram_rules", "unsafe_map", "long_trie", "given"}) {
    try {
      const auto path = std::string("tests/fuzz/seeds/tokenizer/") + name + ".model";
      EXPECT_FALSE(Tokenizer::Load(path)->Encode("the key").empty()) << name;
      ++num_loaded;
    } catch (const CheckpointError& error) {
      EXPECT_THAT(error.what(), AnyOf(HasSubstr("unsafe_map.model: not a SentencePiece model"),
                                      HasSubstr("long_trie.model: not a SentencePiece model")));
    }
  }
  EXPECT_EQ(num_loaded, 4);
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
      const auto tokenizer = Tokenizer::Load(directory_.Write("bad.model", bad));
      for (const char* text : {kSentence, "ﬁ ½ Ⅷ ㍿ ą́\u00a0x\u3000y\u2028"}) {
        tokenizer->Decode(tokenizer->Encode(text));
        if (tokenizer->CanSample()) tokenizer->Sample(text, 0.1f, 1);
      }
    } catch (const CheckpointError&) {
    }
  }
}

}  // namespace
}  // namespace talmach
