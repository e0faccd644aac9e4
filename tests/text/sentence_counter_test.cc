#include "text/sentence_counter.h"

#include <gtest/gtest.h>

namespace talmach {
namespace {

TEST(SentenceCounterTest, DistinguishesParagraphsFromSentences) {
  SentenceCounter counter;
  for (const char* line : {"", "One sentence", "Das kostet 3.50 Euro.", "Mr. Smith went home.",
                           "Who? Me!", "Sie kam am 3. mai, u. a. mit ihm.", "„Komm!“, rief er.",
                           "www.example.com ist da.", "彼は来た。"}) {
    EXPECT_FALSE(counter.HoldsSeveral(line)) << line;
  }
  for (const char* line :
       {"He came. She went.", "Er kam nicht. Warum?Niemand weiß es. ", "Really? Yes, I was there.",
        "他今天来了这里。她明天要走了。", "It rained!  We stayed at home."}) {
    EXPECT_TRUE(counter.HoldsSeveral(line)) << line;
  }
}

}  // namespace
}  // namespace talmach
