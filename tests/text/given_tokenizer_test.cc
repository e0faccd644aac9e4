#include "text/given_tokenizer.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "support/temporary_directory.h"
#include "text/given_vocabulary.h"
#include "text/tokenizer_trainer.h"

namespace talmach {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

using Pieces = std::vector<std::string>;

class GivenTokenizerTest : public ::testing::Test {
 protected:
  std::shared_ptr<const Tokenizer> Load(const Pieces& pieces, const Pieces& symbols = {}) {
    return Tokenizer::Load(directory_.Write("list", MakePieceList(symbols, pieces)));
  }
  void ExpectDamaged(const std::string& list) {
    const std::string path = directory_.Write("bad", list);
    EXPECT_THAT([&] { Tokenizer::Load(path); },
                ThrowsMessage<CheckpointError>(
                    AllOf(HasSubstr(path), HasSubstr("not a list of pieces, or damaged"))))
        << list;
  }
  void ExpectBadVocabulary(const std::string& text, const std::string& reason) {
    const std::string path = directory_.Write("vocabulary", text);
    EXPECT_THAT([&] { ReadVocabularyFile(path); },
                ThrowsMessage<DataError>(AllOf(HasSubstr(path), HasSubstr(reason))));
  }
  TemporaryDirectory directory_;
};

TEST_F(GivenTokenizerTest, NumbersPiecesAfterTheReservedOnes) {
  const auto tokenizer = Load({"the", "do@@", "g"}, {"<bt>", "g"});
  EXPECT_EQ(tokenizer->size(), 7);
  EXPECT_EQ(tokenizer->PieceOf(kUnknownId), "<unk>");
  EXPECT_EQ(tokenizer->PieceOf(kBeginId), "<s>");
  EXPECT_EQ(tokenizer->PieceOf(kEndId), "</s>");
  EXPECT_EQ(tokenizer->IdOf("<bt>"), 3);
  EXPECT_EQ(tokenizer->IdOf("g"), 4);
  EXPECT_EQ(tokenizer->IdOf("the"), 5);
  EXPECT_EQ(tokenizer->IdOf("do@@"), 6);
  EXPECT_EQ(tokenizer->IdOf("do"), kUnknownId);
}

TEST_F(GivenTokenizerTest, ReadsPiecesBetweenSpaces) {
  const auto tokenizer = Load({"the", "do@@", "g"});
  EXPECT_THAT(tokenizer->Encode(" the \t do@@  g x@@ y</s>"), ElementsAre(3, 4, 5, 0, 0));
  EXPECT_THAT(tokenizer->EncodePieces("the x@@ y"), ElementsAre("the", "x@@", "y"));
  EXPECT_THAT(tokenizer->Encode("<s> </s> <unk>"), ElementsAre(0, 0, 0));
  EXPECT_THAT(tokenizer->Encode(" \t "), IsEmpty());
  EXPECT_FALSE(tokenizer->CanSample());
}

TEST_F(GivenTokenizerTest, JoinsPiecesThatGoOn) {
  const auto tokenizer = Load({"foo@@", "bar", "baz@@", "@@"});
  EXPECT_EQ(tokenizer->Decode(tokenizer->Encode("foo@@ bar bar foo@@ baz@@ bar")),
            "foobar bar foobazbar");
  EXPECT_EQ(tokenizer->DecodePieces(Pieces{"bar", "qu@@"}), "bar qu");
  EXPECT_EQ(tokenizer->Decode(tokenizer->Encode("@@ bar")), "@@ bar");
  EXPECT_EQ(tokenizer->Decode(std::vector<TokenId>{kBeginId, 4, kUnknownId, 4, kEndId}),
            "bar ⁇ bar");
  EXPECT_EQ(tokenizer->Decode({}), "");
}

TEST_F(GivenTokenizerTest, JoinsPiecesWithMarks) {
  const auto tokenizer = Load({"▁foo", "bar", "▁baz", "<0xE6>", "<0xBC>", "<0xA2>"});
  EXPECT_EQ(tokenizer->Decode(tokenizer->Encode("▁foo bar ▁baz <0xE6> <0xBC> <0xA2>")),
            "foobar baz漢");
  EXPECT_EQ(tokenizer->Decode(tokenizer->Encode("▁foo <0xE6>")), "foo\ufffd");
  EXPECT_EQ(tokenizer->WithWordMarks({"▁foo", "bar"}), (Pieces{"▁foo", "bar"}));
}

TEST_F(GivenTokenizerTest, MarksWordsForRecords) {
  const auto tokenizer = Load({"foo@@", "bar"});
  EXPECT_EQ(tokenizer->WithWordMarks({"foo@@", "qu@@", "bar", "bar", "foo@@"}),
            (Pieces{"▁foo", "qu", "bar", "▁bar", "▁foo"}));
  EXPECT_TRUE(tokenizer->FollowsSpace(3));
  EXPECT_TRUE(tokenizer->FollowsSpace(4));
}

TEST_F(GivenTokenizerTest, RefusesIdsOutsideTheVocabulary) {
  const auto tokenizer = Load({"a"});
  for (const TokenId id : {4, -1}) {
    EXPECT_THROW(tokenizer->PieceOf(id), std::logic_error);
    EXPECT_THROW(tokenizer->Decode(std::vector{id}), std::logic_error);
  }
}

TEST_F(GivenTokenizerTest, RefusesEveryDamagedList) {
  const std::string good = MakePieceList({}, {"the", "dög@@"});
  EXPECT_TRUE(IsPieceList(good));
  EXPECT_EQ(ParsePieceList("", good), (Pieces{"<unk>", "<s>", "</s>", "the", "dög@@"}));
  for (std::size_t size = good.find(' ') + 1; size < good.size(); ++size) {
    ExpectDamaged(good.substr(0, size));
  }
  ExpectDamaged("#talmach-pieces 4\n<unk>\n<s>\n</s>\n\n");
  ExpectDamaged("#talmach-pieces 4\n<unk>\n<s>\n</s>\na b\n");
  ExpectDamaged("#talmach-pieces 4\n<unk>\n<s>\n</s>\n<s>\n");
  ExpectDamaged("#talmach-pieces 3\n<unk>\n</s>\n<s>\n");
  ExpectDamaged("#talmach-pieces 2\n<unk>\n<s>\n");
  ExpectDamaged("#talmach-pieces 4\n<unk>\n<s>\n</s>\n\xff\n");
}

TEST_F(GivenTokenizerTest, ReadsVocabulariesOfOtherPrograms) {
  const auto read = [this](const std::string& text) {
    return ReadVocabularyFile(directory_.Write("vocabulary", text));
  };
  EXPECT_THAT(read("the 120\ndo@@ 17\n"), ElementsAre("the", "do@@"));        // subword-nmt
  EXPECT_THAT(read("</s>\n<unk>\nthe\ndo@@"), ElementsAre("the", "do@@"));    // Marian
  EXPECT_THAT(read("<unk>\n<pad>\n<s>\n</s>\nthe\r\n"), ElementsAre("the"));  // JoeyNMT
  EXPECT_THAT(read("<unk>\t0\n<s>\t0\n▁the\t-3.5\n"), ElementsAre("▁the"));   // SentencePiece
  EXPECT_THAT(read("<blank>\n1 5\n2 4\n"), ElementsAre("1", "2"));
}

TEST_F(GivenTokenizerTest, RefusesBadVocabularies) {
  EXPECT_THAT([&] { ReadVocabularyFile(directory_.Path("missing")); },
              ThrowsMessage<DataError>(HasSubstr("missing")));
  EXPECT_THAT([&] { ReadVocabularyFile(directory_.Path("")); },
              ThrowsMessage<DataError>(HasSubstr("cannot be opened")));
  ExpectBadVocabulary("", "there are no pieces in it");
  ExpectBadVocabulary("<unk>\n<s>\n", "there are no pieces in it");
  ExpectBadVocabulary("a\nb\na\n", ":3: a piece stands there twice; got 'a', which is in line 1");
  ExpectBadVocabulary("a\n\nb\n", ":2: expected a piece, or a piece and its count, got nothing");
  ExpectBadVocabulary("a b\n", ":1: expected a piece, or a piece and its count, got 'a b'");
  ExpectBadVocabulary("a 1 2\n", "got 'a 1 2'");
  EXPECT_THAT([&] { ReadVocabularyFile("vocab.yml"); },
              ThrowsMessage<DataError>(HasSubstr("expected a text file with a piece per line")));
}

TEST_F(GivenTokenizerTest, TakesTheMostFrequentPiecesOfAText) {
  TokenizerTrainerOptions options{
      .inputs = {directory_.Write("a", "b a b\n</s> c\n"), directory_.Write("b", "\nb c d\n")},
      .model_prefix = directory_.Path("given"),
      .vocabulary_size = 7,
      .type = TokenizerTrainerOptions::Type::kGiven,
      .symbols = {"<bt>", "d"}};
  const TokenizerTrainerResult result = TrainTokenizer(options);
  EXPECT_EQ(result.num_lines, 3);
  EXPECT_EQ(result.vocabulary_size, 7);
  EXPECT_EQ(ParsePieceList("", directory_.Read("given.model")),
            (Pieces{"<unk>", "<s>", "</s>", "<bt>", "d", "b", "c"}));
  EXPECT_EQ(ReadVocabularyFile(directory_.Path("given.vocab")), (Pieces{"<bt>", "d", "b", "c"}));
  options.vocabulary_size = 100;
  EXPECT_THAT(TrainTokenizer(options).notice, HasSubstr("lowered from 100"));
  options.inputs = {directory_.Write("a", " \n</s>\n")};
  EXPECT_THAT([&] { TrainTokenizer(options); },
              ThrowsMessage<DataError>(HasSubstr("there is no text")));
}

}  // namespace
}  // namespace talmach
