#include "base/piece_marks.h"

#include <gtest/gtest.h>

#include <vector>

namespace talmach {
namespace {

using Pieces = std::vector<std::string>;

TEST(PieceMarksTest, APieceOfAByteNamesIt) {
  for (int value = 0; value < 256; ++value) {
    const char byte = static_cast<char>(value);
    EXPECT_EQ(ByteOfPiece(BytePiece(byte)), byte);
  }
  EXPECT_EQ(BytePiece('\xe6'), "<0xE6>");
  for (const char* piece : {"<0xe6>", "<0xE6", "<0xE>", "<0xE66>", "<0xGG>", "E6", "", "(0xE6)"}) {
    EXPECT_FALSE(ByteOfPiece(piece)) << piece;
  }
}

TEST(PieceMarksTest, MarksBecomeSpaces) {
  EXPECT_EQ(JoinPieces(Pieces{"▁the", "▁", "do", "g▁"}, " "), " the dog ");
  EXPECT_EQ(JoinPieces(Pieces{"▁the", "▁", "do", "g▁"}, ""), "thedog");
  EXPECT_EQ(JoinPieces(Pieces{}, " "), "");
}

TEST(PieceMarksTest, BytesBecomeCharacters) {
  EXPECT_EQ(JoinPieces(Pieces{"▁", "<0xE6>", "<0xBC>", "<0xA2>", "a"}, " "), " 漢a");
}

TEST(PieceMarksTest, HalfACharacterIsRepaired) {
  EXPECT_EQ(JoinPieces(Pieces{"<0xE6>", "<0xBC>", "a", "<0xA2>"}, " "), "\ufffda\ufffd");
}

TEST(PieceMarksTest, ALineStaysALine) {
  EXPECT_EQ(JoinPieces(Pieces{"a", "<0x0A>", "<0x0D>", "b"}, " "), "a  b");
}

}  // namespace
}  // namespace talmach
