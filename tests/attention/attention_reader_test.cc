#include "attention/attention_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "attention/small_map.h"
#include "base/error.h"
#include "support/message_of.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// The message of the error that parsing `json` throws; empty if it throws none.
std::string ErrorOf(const std::string& json) {
  return MessageOf<DataError>([&] { ParseAttentionMap(json, "a.jsonl:7"); });
}

TEST(AttentionReaderTest, NamesWhatIsWrong) {
  const std::string start = R"({"line":0,"source":["a","</s>"],"target":["</s>"],"score":0)";
  EXPECT_EQ(ErrorOf(start + R"(,"weights":[[0.5,0.5]]})"), "");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "not JSON at byte"},
      {"[1]", "not a record; expected an object, got a list"},
      {"3", "not a record; expected an object, got a number"},
      {start, "not JSON at byte"},
      {start + "}", "expected the key \"weights\", got none"},
      {start + R"(,"weights":0.5})", "weights; expected a list, got a number"},
      {start + R"(,"weights":[0.5]})", "weights; expected a list, got a number"},
      {start + R"(,"weights":[[[0.5,0.5]]]})", "weights; expected a number, got a list"},
      {start + R"(,"weights":[["x",0.5]]})", "weights; expected a number, got a string"},
      {start + R"(,"weights":[[null,0.5]]})", "weights; expected a number, got null"},
      {start + R"(,"weights":[[NaN,0.5]]})", "not JSON at byte"},
      {start + R"(,"weights":[[1e999,0.5]]})", "number overflow"},
      {start + R"(,"weights":[[0.5,-0.5]]})", "weights[0][1]; expected a weight from 0 to 1"},
      {start + R"(,"weights":[[0.5,1.5]]})", "weights[0][1]; expected a weight from 0 to 1"},
      {start + R"(,"weights":[[0.5,0.5],[1]]})", "weights[1]; expected 2 numbers"},
      {start + R"(,"weights":[[0.5,0.5],[1,0]]})", "weights; expected 1 rows"},
      {start + R"(,"weights":[[1]]})", "weights[0]; expected 2 numbers"},
      {start + R"(,"weights":[]})", "weights; expected 1 rows, one per target piece, got 0"},
      {start + R"(,"weights":[[0.5,0.5]],"weights":[[0.5,0.5]]})", "expected each key once"},
      {start + R"(,"weights":[[0.5,0.5]],"layers":[]})", "layers; expected an object"},
      {start + R"(,"weights":[[0.5,0.5]],"layers":{"x":[[1e39,0]]}})", "expected a float32"},
      {start + R"(,"weights":[[0.5,0.5]],"layers":{"x":[[1]]}})", "layers.x[0]; expected 2"},
      {start + R"(,"weights":[[0.5,0.5]]} {})", "not JSON at byte"},
      {R"({"line":-1})", "line; expected a whole number from 0, got -1"},
      {R"({"line":0.5})", "line; expected a whole number from 0, got 0.5"},
      {R"({"line":"0"})", "line; expected a number, got a string"},
      {R"({"line":1e300})", "line; expected a whole number from 0"},
      {R"({"source":"a"})", "source; expected a list, got a string"},
      {R"({"source":[1]})", "source; expected a string, got a number"},
      {R"({"source":[{}]})", "source; expected a string, got an object"},
      {R"({"score":true})", "score; expected a number, got true"},
      {"{\"source\":[\"\xFF\"]}", "not JSON at byte"},
  };
  for (const auto& [json, message] : cases) {
    EXPECT_THAT(ErrorOf(json), StartsWith("a.jsonl:7: ")) << json;
    EXPECT_THAT(ErrorOf(json), HasSubstr(message)) << json;
  }
}

TEST(AttentionReaderTest, IgnoresUnknownKeysOfAnyDepth) {
  const AttentionMap map = ParseAttentionMap(
      R"({"x":{"line":["a",{"source":1}]},"weights":[[1]],"y":[[[null]]],"source":["</s>"],)"
      R"("target":["</s>"],"z":null,"score":-2,"line":3})",
      "here");
  EXPECT_EQ(map.line, 3);
  EXPECT_EQ(map.score, -2);
  EXPECT_THAT(map.weights, ::testing::ElementsAre(1.0f));
}

TEST(AttentionReaderTest, SurvivesDeepNesting) {
  EXPECT_THAT(ErrorOf(R"({"x":)" + std::string(1000000, '[')), HasSubstr("not JSON"));
}

TEST(AttentionReaderTest, LimitsTheNumberOfPieces) {
  std::string json = R"({"source":[""])";
  for (int i = 0; i < 100000; ++i) json.insert(json.size() - 1, R"(,"")");
  EXPECT_THAT(ErrorOf(json), HasSubstr("source; expected at most 100000 pieces, got more"));
}

TEST(AttentionReaderTest, LimitsTheNumberOfLayersAndNumbers) {
  std::string layers = R"({"layers":{"0":[])";
  for (int i = 1; i <= 100; ++i) layers += ",\"" + std::to_string(i) + "\":[]";
  EXPECT_THAT(ErrorOf(layers + "}}"), HasSubstr("layers; expected at most 100 layers, got more"));
  std::string numbers = R"({"weights":[[0)";
  for (int i = 0; i < 1 << 22; ++i) numbers += ",0";
  EXPECT_THAT(ErrorOf(numbers + "]]}"), HasSubstr("at most 4194304 numbers"));
}

TEST(AttentionReaderTest, LimitsTheLengthOfALine) {
  std::istringstream input(std::string((64 << 20) + 100000, ' '));
  AttentionReader reader(input, "a.jsonl");
  AttentionMap map;
  EXPECT_THROW(reader.Next(&map), DataError);
}

TEST(AttentionReaderTest, ReadsLinesOfAnyLengthAndSkipsBlankOnes) {
  AttentionMap big = SmallMap();
  big.source.assign(1000, std::string(100, 'x'));  // longer than the reader's buffer
  big.weights.assign(2000, 0.25f);
  std::istringstream input(ToJsonLine(SmallMap()) + "\r\n\n  \n" + ToJsonLine(big) + "\n" +
                           ToJsonLine(SmallMap()));
  AttentionReader reader(input, "a.jsonl");
  AttentionMap map;
  ASSERT_TRUE(reader.Next(&map));
  EXPECT_EQ(map.source_length(), 3);
  ASSERT_TRUE(reader.Next(&map));
  EXPECT_EQ(map.source, big.source);
  ASSERT_TRUE(reader.Next(&map));
  EXPECT_EQ(map.line, 4);
  EXPECT_FALSE(reader.Next(&map));
}

TEST(AttentionReaderTest, CountsLinesInErrors) {
  std::istringstream input(ToJsonLine(SmallMap()) + "\n\n{}\n");
  AttentionReader reader(input, "a.jsonl");
  AttentionMap map;
  ASSERT_TRUE(reader.Next(&map));
  try {
    reader.Next(&map);
    FAIL() << "an empty object is no record";
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), StartsWith("a.jsonl:3: "));
  }
}

TEST(AttentionReaderTest, MissingFilesAndFoldersAreDataErrors) {
  AttentionMap map;
  EXPECT_THROW(AttentionReader("no/such/file.jsonl").Next(&map), DataError);
  EXPECT_THROW(AttentionReader("tests").Next(&map), DataError);
}

}  // namespace
}  // namespace talmach
