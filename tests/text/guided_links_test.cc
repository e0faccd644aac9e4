#include "text/guided_links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "support/temporary_directory.h"
#include "text/given_vocabulary.h"
#include "text/tokenizer_fixture.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(ParseWordLinksTest, WordsAreWhatWhiteSpaceSeparates) {
  EXPECT_EQ(ToPharaoh(ParseWordLinks("1-0 0-1", "a b", "c  d ", "x:1")), "0-1 1-0");
  EXPECT_THAT([] { ParseWordLinks("2-0", "a b", "c", "x:4"); },
              ThrowsMessage<DataError>(HasSubstr(
                  "x:4: a link to a source word that does not exist; expected words from 0 to 1")));
}

TEST(LinksBetweenPiecesTest, AreNoneWhereWordsAndPiecesDiffer) {
  const auto tokenizer = TinyTokenizer();
  const std::string text = "The dog sees the mountain";
  const std::vector<TokenId> tokens = tokenizer->Encode(text);
  const TokenizedText good{text, *tokenizer, tokens};
  Alignment pieces;
  EXPECT_TRUE(LinksBetweenPieces({{0, 0}}, good, good, &pieces));
  EXPECT_FALSE(pieces.empty());
  // As if one of the words had been two characters that became a space.
  EXPECT_FALSE(
      LinksBetweenPieces({{0, 0}}, {"The dog sees the", *tokenizer, tokens}, good, &pieces));
  EXPECT_TRUE(pieces.empty());
  EXPECT_TRUE(LinksBetweenPieces({}, {"The dog sees the", *tokenizer, tokens}, good, &pieces));
}

TEST(LinksBetweenPiecesTest, OfGivenPiecesAreThoseOfTheText) {
  const TemporaryDirectory directory;
  const auto tokenizer = Tokenizer::Load(directory.Write("list", MakePieceList({}, {"a@@", "b"})));
  const std::string text = "a@@ b x";
  const std::vector<TokenId> tokens = tokenizer->Encode(text);
  const TokenizedText given{text, *tokenizer, tokens};
  Alignment pieces;
  EXPECT_TRUE(LinksBetweenPieces({{0, 2}, {1, 1}}, given, given, &pieces));
  EXPECT_EQ(pieces, (Alignment{{0, 2}, {1, 1}}));
}

TEST(CheckLinksTest, FindsTheFirstBadLine) {
  const TemporaryDirectory directory;
  const std::string source = directory.Write("s", "a b\nc\n");
  const std::string target = directory.Write("t", "d\ne f\n");
  int num_lines = 0;
  const auto count = [&] { ++num_lines; };
  CheckLinks(
      {.source = source, .target = target, .links = directory.Write("good", "0-0 1-0\n0-1\n")},
      count);
  EXPECT_EQ(num_lines, 2);
  EXPECT_THAT(
      [&] {
        CheckLinks(
            {.source = source, .target = target, .links = directory.Write("bad", "0-0\n1-0\n")},
            count);
      },
      ThrowsMessage<DataError>(HasSubstr("bad:2: a link to a source word")));
  for (const char* lines : {"0-0\n", "\n\n\n"}) {
    EXPECT_THAT(
        [&] {
          CheckLinks({.source = source, .target = target, .links = directory.Write("few", lines)},
                     count);
        },
        ThrowsMessage<DataError>(HasSubstr("expected 2 lines, as in ")));
  }
}

}  // namespace
}  // namespace talmach
