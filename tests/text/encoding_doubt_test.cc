#include "text/encoding_doubt.h"

#include <gtest/gtest.h>

#include <string>

namespace talmach {
namespace {

using enum EncodingDoubt;

TEST(EncodingDoubtTest, TextOfManyLanguagesIsBeyondDoubt) {
  for (const char* line : {"", "plain", "Grüße, 5 €\r", "« Là-bas, à l'été », dit-il…",
                           "Ação não é NÃO", "„Spaß“ und „Fuß“", "“CAFÉ”", "Привет", "Γειά σου",
                           "日本語", "שלום", "naïve façade", "Ærø – Ålborg", "ÄÖ»", "😀"}) {
    EXPECT_EQ(DoubtOf(line), kNone) << line;
  }
}

TEST(EncodingDoubtTest, TextDecodedWithTheWrongTableIsFound) {
  for (const char* line : {"GrÃ¼ÃŸe", "itâ€™s", "5Â°", "ï»¿first", "Ð¿Ñ€Ð¸Ð²ÐµÑ‚", "dÅ‚oÅ„",
                           "æ—¥æœ¬", "Ã\u0084rger"}) {
    EXPECT_EQ(DoubtOf(line), kDoubleEncoded) << line;
  }
}

TEST(EncodingDoubtTest, BytesThatAreNoUtf8AreToldApart) {
  EXPECT_EQ(DoubtOf("Gr\xFC\xDF"
                    "e"),
            kSingleByte);
  EXPECT_EQ(DoubtOf("\xFF\xFE"), kSingleByte);
  EXPECT_EQ(DoubtOf("ü and \xFC"), kInvalid);
  EXPECT_EQ(DoubtOf(std::string("a\0bcdef", 7)), kInvalid);
  EXPECT_EQ(DoubtOf(std::string("a\0b\0c\0", 6)), kUtf16);
  EXPECT_EQ(DoubtOf("lost \uFFFD"), kReplaced);
}

}  // namespace
}  // namespace talmach
