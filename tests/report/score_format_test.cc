#include "report/score_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/example_results.h"
#include "report/score_parts.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ScoreFormatTest, TextIsThatOfSacrebleu) {
  MetricResult result = ExampleBleu();
  const std::string signature =
      "BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:talmach-" TALMACH_VERSION;
  const std::string verbose =
      "83.3/60.0/50.0/33.3 (BP = 1.000 ratio = 1.000 hyp_len = 6 ref_len = 6)";
  EXPECT_EQ(FormatScore(result, 1, false), signature + " = 53.7 " + verbose);
  EXPECT_EQ(FormatScore(result, 3, true), "53.728");
  result.confidence = {.mean = 53.5, .half_width = 1.25};
  EXPECT_EQ(FormatScore(result, 2, false), signature + " = 53.73 (μ = 53.50 ± 1.25) " + verbose);
}

TEST(ScoreFormatTest, EqualsSignsAreAligned) {
  const std::vector<MetricResult> results = {{.name = "BLEU", .score = 1, .signature = "abc"},
                                             {.name = "TER", .score = 2}};
  EXPECT_EQ(FormatScores(results, 1), "BLEU|abc = 1.0\n     TER = 2.0\n");
}

TEST(ScoreFormatTest, JsonHasSacrebleusMembersInFullPrecision) {
  MetricResult result = ExampleBleu();
  result.confidence = {.mean = 53.5, .half_width = 1.25};
  const nlohmann::ordered_json json = ScoreJson(result, 1);
  EXPECT_EQ(json["name"], "BLEU");
  EXPECT_EQ(json["score"].get<double>(), result.score);
  EXPECT_EQ(json["signature"], result.signature);
  EXPECT_EQ(json["nrefs"], "1");
  EXPECT_EQ(json["tok"], "13a");
  EXPECT_EQ(json["version"], "talmach-" TALMACH_VERSION);
  EXPECT_EQ(json["confidence_mean"], 53.5);
  EXPECT_EQ(json["confidence"], "μ = 53.5 ± 1.2");
  EXPECT_EQ(json["verbose_score"], PartsText(result));
  EXPECT_EQ(json["counts"].dump(), "[5,3,2,1]");
}

TEST(ScoreFormatTest, ChrfAndTerTellTheirParts) {
  const MetricResult ter = ScoreWith(MakeTerMetric({}, 1), {"a b"}, {{"a c d"}});
  EXPECT_EQ(ScoreJson(ter, 1)["num_edits"], 2);
  EXPECT_EQ(ScoreJson(ter, 1)["ref_length"], 3.0);
  const MetricResult chrf = ScoreWith(MakeChrfMetric({.word_order = 2}, 1), {"ab"}, {{"ab"}});
  EXPECT_EQ(ScoreJson(chrf, 1)["name"], "chrF2++");
}

TEST(ScoreFormatTest, SystemsAreRowsOfATable) {
  const std::string table = FormatSystems(TwoSystems(), 1);
  EXPECT_THAT(table, StartsWith("╒═════════════╤═══════════════════╕\n"
                                "│      System │       BLEU        │\n"
                                "╞═════════════╪═══════════════════╡\n"
                                "│ baseline.de │       53.7        │\n"
                                "├─────────────┼───────────────────┤\n"
                                "│        b.de │ 53.7 (50.0 ± 2.0) │\n"
                                "│             │   (p = 0.0125)*   │\n"
                                "╘═════════════╧═══════════════════╛\n\n"
                                "p: how often chance alone"));
  EXPECT_THAT(table, HasSubstr("\n-----------------\nMetric signatures\n-----------------\n"
                               " - BLEU       nrefs:1|"));
}

TEST(ScoreFormatTest, SystemsAreRowsOfATabularInLatex) {
  std::vector<SystemResult> systems = TwoSystems();
  systems[1].name = "b_2%.de";
  EXPECT_THAT(FormatSystems(systems, 1, TableLook::kLatex),
              StartsWith("\\begin{tabular}{rc}\n\\toprule\n"
                         "      System &              BLEU               \\\\\n\\midrule\n"
                         " baseline.de &              53.7               \\\\\n"
                         "     b\\_2\\%.de & 53.7 (50.0 ± 2.0) (p = 0.0125)* \\\\\n"
                         "\\bottomrule\n\\end{tabular}\n\n"));
}

TEST(ScoreFormatTest, ScoresAloneAreANumberOrAList) {
  const MetricResult bleu{.name = "BLEU", .score = 12.34}, ter{.name = "TER", .score = 2};
  const std::vector<SystemResult> one = {{.name = "a", .metrics = {bleu}}};
  const std::vector<SystemResult> both = {{.name = "a", .metrics = {bleu, ter}}};
  EXPECT_EQ(FormatScoresOnly(one, 1, true), "12.3");
  EXPECT_EQ(FormatScoresOnly(both, 2, true), "[\n12.34,\n2.00\n]");
  EXPECT_EQ(FormatScoresOnly(both, 2, false), "12.34\n2.00");
}

// sacreBLEU leaves such an interval out, so that a program that looks for it finds none.
TEST(ScoreFormatTest, AnIntervalAroundZeroIsShown) {
  MetricResult result{.name = "BLEU", .score = 0};
  result.confidence = {.mean = 0, .half_width = 0};
  EXPECT_EQ(FormatScore(result, 1, false), "BLEU = 0.0 (μ = 0.0 ± 0.0)");
  EXPECT_EQ(ScoreJson(result, 1)["confidence_mean"], 0.0);
}

TEST(ScoreFormatTest, SystemsAreObjectsInJson) {
  const nlohmann::ordered_json json = SystemsJson(TwoSystems());
  EXPECT_EQ(json[0]["system"], "baseline.de");
  EXPECT_TRUE(json[0]["BLEU"]["p_value"].is_null());
  EXPECT_EQ(json[1]["BLEU"]["p_value"], 0.0125);
  EXPECT_EQ(json[1]["BLEU"]["mean"], 50.0);
  EXPECT_EQ(json[1]["BLEU"]["ci"], 2.0);
}

}  // namespace
}  // namespace talmach
