#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "evaluation/bar_chart.h"
#include "evaluation/html_report.h"
#include "evaluation/score_format.h"
#include "evaluation/text_table.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Strings = std::vector<std::string>;

MetricResult ScoreWith(const Metric& metric, const Strings& hypotheses,
                       const std::vector<Strings>& references) {
  MetricResult result = metric.result(metric.statistics(hypotheses, references).Sum());
  result.signature = metric.signature({.num_references = CountReferences(references)});
  return result;
}

MetricResult ExampleBleu() {
  return ScoreWith(MakeBleuMetric({}, "BLEU", 1), {"the cat sat on a mat"},
                   {{"the cat sat on the mat"}});
}

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
  EXPECT_EQ(json["verbose_score"], result.verbose);
  EXPECT_EQ(json["counts"].dump(), "[5,3,2,1]");
}

TEST(ScoreFormatTest, ChrfAndTerTellTheirParts) {
  const MetricResult ter = ScoreWith(MakeTerMetric({}, 1), {"a b"}, {{"a c d"}});
  EXPECT_EQ(ScoreJson(ter, 1)["num_edits"], 2);
  EXPECT_EQ(ScoreJson(ter, 1)["ref_length"], 3.0);
  const MetricResult chrf = ScoreWith(MakeChrfMetric({.word_order = 2}, 1), {"ab"}, {{"ab"}});
  EXPECT_EQ(ScoreJson(chrf, 1)["name"], "chrF2++");
}

std::vector<SystemResult> TwoSystems() {
  std::vector<SystemResult> systems = {{.name = "baseline.de"}, {.name = "b.de"}};
  for (SystemResult& system : systems) system.metrics = {ExampleBleu()};
  systems[1].metrics[0].p_value = 0.0125;
  systems[1].metrics[0].confidence = {.mean = 50, .half_width = 2};
  return systems;
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

TEST(TextTableTest, EscapesWhatLatexWouldTakeForCommands) {
  EXPECT_THAT(
      LatexTable({{"a"}, {"\\^~<&#${}"}}),
      HasSubstr(" \\textbackslash{}\\^{}\\textasciitilde{}\\ensuremath{<}\\&\\#\\$\\{\\} \\\\"));
}

TEST(SignatureTest, NamesCanBeShort) {
  const EvaluationSetting setting{
      .num_references = -1, .num_resamples = 1000, .seed = "none", .short_names = true};
  const std::string version = "|v:talmach-" TALMACH_VERSION;
  EXPECT_EQ(Bleu().Signature(setting),
            "#:var|bs:1000|rs:none|c:mixed|e:no|tok:13a|s:exp" + version);
  EXPECT_EQ(Chrf().Signature({.num_randomisations = 10, .seed = "1", .short_names = true}),
            "#:1|ar:10|rs:1|c:mixed|e:yes|nc:6|nw:0|s:no" + version);
  EXPECT_EQ(Ter().Signature({.short_names = true}),
            "#:1|c:lc|t:tercom|nr:no|pn:yes|as:no" + version);
}

TEST(ScoreFormatTest, SystemsAreObjectsInJson) {
  const nlohmann::ordered_json json = SystemsJson(TwoSystems());
  EXPECT_EQ(json[0]["system"], "baseline.de");
  EXPECT_TRUE(json[0]["BLEU"]["p_value"].is_null());
  EXPECT_EQ(json[1]["BLEU"]["p_value"], 0.0125);
  EXPECT_EQ(json[1]["BLEU"]["mean"], 50.0);
  EXPECT_EQ(json[1]["BLEU"]["ci"], 2.0);
}

TEST(MetricTest, MultiBleuDoesNotSmooth) {
  const BleuOptions options = MultiBleuOptions(MakeBleuTokenizer("none"), true);
  const Metric metric = MakeBleuMetric(options, "multi-bleu", 1);
  const MetricResult result = ScoreWith(metric, {"A b x d"}, {{"a b c d"}});
  EXPECT_EQ(result.score, 0);
  EXPECT_THAT(result.signature, HasSubstr("case:lc|eff:no|tok:none|smooth:none"));
}

TEST(MetricTest, LinesAreScoredWithEffectiveOrder) {
  const Metric metric = MakeBleuMetric({}, "BLEU", 1);
  const std::vector<Strings> references = {{"ja du"}};
  const StatisticsTable table = metric.statistics(Strings{"ja du"}, references);
  EXPECT_NEAR(metric.line_score(table.row(0)), 100, 1e-9);
  EXPECT_EQ(metric.score(table.row(0)), 0);
}

TEST(BarChartTest, DrawsABarForEveryValue) {
  const Strings categories = {"1-5", "6+"};
  const std::vector<BarSeries> series = {{"a", {10, 20}}, {"b<", {0, 40}}};
  const std::string svg = BarChart("BLEU", categories, series);
  std::size_t num_bars = 0;
  for (std::size_t at = 0; (at = svg.find("<rect", at)) != std::string::npos; ++at) ++num_bars;
  EXPECT_EQ(num_bars, 4u);
  EXPECT_THAT(svg, HasSubstr("height=\"240.0\"><title>b&lt; · 6+: 40.00</title>"));
  EXPECT_THAT(svg, HasSubstr("height=\"120.0\"><title>a · 6+: 20.00</title>"));
}

TEST(BarChartTest, NothingToDrawIsStillAChart) {
  const Strings categories = {"a"};
  const std::vector<BarSeries> series = {{"x", {0}}};
  EXPECT_THAT(BarChart("u", categories, series), HasSubstr("height=\"0.0\""));
  EXPECT_THROW(BarChart("u", categories, std::vector<BarSeries>{{"x", {}}}), std::logic_error);
}

TEST(HtmlReportTest, ShowsEverythingAndEscapesTexts) {
  EvaluationReport report{.title = "a & b", .metric = "BLEU", .length_of = "source words"};
  for (const SystemResult& result : TwoSystems()) {
    report.systems.push_back(
        {.result = result,
         .by_length = {{.shortest = 0, .longest = 10, .num_lines = 1, .score = 54}},
         .line_scores = {54}});
  }
  report.lines = {{.line = 4,
                   .source = "<script>alert(1)</script>",
                   .references = {"r"},
                   .hypotheses = {"h1", "h2"},
                   .scores = {1, 2}}};
  const std::string page = HtmlReport(report);
  for (const char* part : {"<title>a &amp; b</title>", "N-gram precision", "BLEU by source words",
                           "Lines by their BLEU", "<h3>Line 5</h3>", "p = 0.0125", "0-10"}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("http://")));
}

TEST(HtmlReportTest, WorksWithoutBleuLengthsAndLines) {
  EvaluationReport report{.title = "t", .metric = "TER", .length_of = "reference words"};
  report.systems.push_back(
      {.result = {.name = "s", .metrics = {{.name = "TER", .score = 3}}}, .line_scores = {250}});
  const std::string page = HtmlReport(report);
  EXPECT_THAT(page, Not(HasSubstr("N-gram")));
  EXPECT_THAT(page, HasSubstr("90–100: 1.00"));
}

}  // namespace
}  // namespace talmach
