#include "drawing/html_viewer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/random.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

AttentionMap RandomMap(Index line, Index length, RandomStream& random) {
  AttentionMap map{.line = line, .score = -random.Uniform()};
  map.source.assign(length, "▁Wort");
  map.target.assign(length, "▁word");
  for (Index i = 0; i < length * length; ++i) map.weights.push_back(random.Uniform());
  return map;
}

std::string PageOf(const AttentionMap& map, const std::string& title = "A title") {
  HtmlViewer viewer(title);
  viewer.Add(map);
  return viewer.Page();
}

nlohmann::json DataOf(const std::string& page) {
  const std::string start = "<script id=\"data\" type=\"application/json\">";
  const auto begin = page.find(start) + start.size();
  return nlohmann::json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// Base64 as a browser reads it.
std::vector<int> Decode(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<int> bytes;
  unsigned buffer = 0;
  int num_bits = 0;
  for (const char digit : text) {
    if (digit == '=') break;
    buffer = buffer << 6 | static_cast<unsigned>(digits.find(digit));
    num_bits += 6;
    if (num_bits < 8) continue;
    num_bits -= 8;
    bytes.push_back(static_cast<int>(buffer >> num_bits & 0xFF));
  }
  return bytes;
}

TEST(HtmlViewerTest, HostileTextStaysData) {
  AttentionMap map{.source = {"</script><script>alert(1)</script>", "<!--", "\xFF", "{{data}}"},
                   .target = {"\"'&<b>", "\u2028"},
                   .weights = std::vector<float>(8, 0.25f)};
  map.layers = {{.name = "</script>", .values = map.weights}};
  const std::string page = PageOf(map, "</title><script>alert(2)</script>");
  EXPECT_EQ(Count(page, "<script"), 2);
  EXPECT_EQ(Count(page, "</script"), 2);
  EXPECT_EQ(Count(page, "alert"), 2);
  const nlohmann::json data = DataOf(page);
  EXPECT_EQ(data["title"], "</title><script>alert(2)</script>");
  EXPECT_EQ(data["records"][0]["source"][0], "</script><script>alert(1)</script>");
  EXPECT_EQ(data["records"][0]["source"][2], "\uFFFD");
  EXPECT_EQ(data["records"][0]["source"][3], "{{data}}");
  EXPECT_EQ(data["records"][0]["matrices"][1]["name"], "</script>");
}

TEST(HtmlViewerTest, IsOnePageThatNeedsNoNetwork) {
  RandomStream random(1);
  const std::string page = PageOf(RandomMap(0, 3, random));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  for (const char* reference : {" src=", "<link", "@import", "url(", "fetch(", "https:", "{{"}) {
    EXPECT_THAT(page, Not(HasSubstr(reference)));
  }
}

TEST(LiveViewerPageTest, TalksToItsServerAlone) {
  const std::string page = LiveViewerPage("</script>", 7);
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, HasSubstr("connect-src 'self'"));
  EXPECT_THAT(page, HasSubstr("fetch(\"records\""));
  for (const char* reference : {" src=", "<link", "@import", "url(", "https:", "{{"}) {
    EXPECT_THAT(page, Not(HasSubstr(reference)));
  }
  EXPECT_EQ(DataOf(page)["title"], "</script>");
  EXPECT_EQ(DataOf(page)["beamSize"], 7);
  EXPECT_EQ(DataOf(page)["records"].size(), 0u);
}

TEST(ViewerRecordTest, IsARecordOfThePageWithItsText) {
  RandomStream random(3);
  const AttentionMap map = RandomMap(4, 3, random);
  nlohmann::json record = nlohmann::json::parse(ViewerRecord(map, "a </b> \xFF"));
  EXPECT_EQ(record["text"], "a </b> \uFFFD");
  record.erase("text");
  EXPECT_EQ(record, DataOf(PageOf(map))["records"][0]);
}

TEST(HtmlViewerTest, WeightsSurviveInOneByteEach) {
  RandomStream random(2);
  AttentionMap map = RandomMap(5, 17, random);
  map.weights[3] = 0;
  map.layers = {{.name = "saliency", .values = {}}};
  for (std::size_t i = 0; i < map.weights.size(); ++i) {
    map.layers[0].values.push_back(5 * random.Normal());
  }
  map.layers[0].values[7] = 0;
  const nlohmann::json matrices = DataOf(PageOf(map))["records"][0]["matrices"];
  ASSERT_EQ(matrices.size(), 2u);
  EXPECT_FALSE(matrices[0]["signed"]);
  EXPECT_TRUE(matrices[1]["signed"]);
  for (int layer = 0; layer < 2; ++layer) {
    const std::vector<int> bytes = Decode(matrices[layer]["data"]);
    const double scale = matrices[layer]["scale"];
    const auto& values = layer == 0 ? map.weights : map.layers[0].values;
    ASSERT_EQ(bytes.size(), values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double root = layer == 0 ? bytes[i] / 255.0 : (bytes[i] - 128) / 127.0;
      const double value = std::copysign(root * root * scale, root);
      EXPECT_NEAR(value, values[i], scale * (layer == 0 ? 0.004 : 0.008));
      EXPECT_TRUE(values[i] != 0 || value == 0);
    }
  }
}

TEST(HtmlViewerTest, HoldsWordsAndNumbers) {
  const AttentionMap map{.line = 3,
                         .source = {"▁a", "b", "▁c", "</s>"},
                         .target = {"▁x", "</s>"},
                         .weights = {0.5f, 0.5f, 0, 0, 0, 0, 0, 1},
                         .score = std::numeric_limits<double>::quiet_NaN()};
  const nlohmann::json record = DataOf(PageOf(map))["records"][0];
  EXPECT_EQ(record["line"], 3);
  EXPECT_TRUE(record["score"].is_null());
  EXPECT_EQ(record["sourceWords"], nlohmann::json({0, 2, 3}));
  EXPECT_EQ(record["targetWords"], nlohmann::json({0, 1}));
  EXPECT_NEAR(record["numbers"]["entropy"].get<double>(), std::log(2.0) / 2, 1e-7);
  EXPECT_NEAR(record["numbers"]["endShare"].get<double>(), 0.5, 1e-7);
}

TEST(HtmlViewerTest, EmptySentencesAndFilesHaveAPage) {
  EXPECT_EQ(DataOf(PageOf(AttentionMap{}))["records"].size(), 1u);
  EXPECT_EQ(DataOf(HtmlViewer("none").Page())["records"].size(), 0u);
}

TEST(HtmlViewerTest, AThousandSentencesStaySmall) {
  RandomStream random(4);
  HtmlViewer viewer("many");
  const AttentionMap map = RandomMap(0, 60, random);
  for (int i = 0; i < 1000; ++i) viewer.Add(map);
  EXPECT_LT(viewer.Page().size(), 20u << 20);
}

}  // namespace
}  // namespace talmach
