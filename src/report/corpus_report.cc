#include "report/corpus_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/group_digits.h"
#include "report/page_sections.h"
#include "report/text_table.h"

namespace talmach {
namespace {

using Json = nlohmann::ordered_json;

struct Doubt {
  EncodingDoubt kind;
  const char* text;  // of the lines
};
constexpr std::array kDoubts = {
    Doubt{EncodingDoubt::kUtf16, "look like UTF-16"},
    Doubt{EncodingDoubt::kSingleByte, "look like Latin-1 or another encoding of single bytes"},
    Doubt{EncodingDoubt::kInvalid, "hold other bytes that are not UTF-8"},
    Doubt{EncodingDoubt::kReplaced, "hold U+FFFD: characters were lost"},
    Doubt{EncodingDoubt::kDoubleEncoded, "look encoded twice, such as Ã¼ for ü"},
};

const LineNumbers& LinesOf(const SideStatistics& side, const Doubt& doubt) {
  return side.doubtful[static_cast<std::size_t>(doubt.kind)];
}

double Percentage(Index part, Index whole) {
  return whole == 0 ? 0.0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
}

std::string Percent(Index part, Index whole) {
  return fmt::format("{:.2f} %", Percentage(part, whole));
}

std::string CountAndShare(Index part, Index whole) {
  return part == 0 ? "0" : fmt::format("{} ({})", GroupDigits(part), Percent(part, whole));
}

// Scripts with their characters, the most frequent first.
std::vector<std::pair<std::string, Index>> SortedScripts(const SideStatistics& side) {
  std::vector<std::pair<std::string, Index>> scripts(side.scripts.begin(), side.scripts.end());
  std::ranges::stable_sort(scripts, std::greater(), &std::pair<std::string, Index>::second);
  return scripts;
}

std::string ScriptsText(const SideStatistics& side) {
  std::string text;
  for (const auto& [name, count] : SortedScripts(side)) {
    text += fmt::format("{}{} {}", text.empty() ? "" : "\n", name,
                        Percent(count, side.characters.total()));
  }
  return text;
}

std::string LengthsText(const LengthCounts& lengths) {
  return fmt::format("{:.1f}, {}, {}, {}", lengths.Mean(), lengths.Quantile(0.5),
                     lengths.Quantile(0.99), GroupDigits(lengths.longest()));
}

// What is said of one side, as label and cells; also of the page.
TableRows SideRows(const CorpusStatistics& corpus) {
  TableRows rows = {{corpus.name, "source", "target"}};
  const auto add = [&](const std::string& label, const auto& cell) {
    rows.push_back({label, cell(corpus.source), cell(corpus.target)});
  };
  using Side = SideStatistics;
  add("file", [](const Side& side) { return side.path; });
  add("lines", [](const Side& side) { return GroupDigits(side.characters.num_lines()); });
  const auto share_of_lines = [&](const char* label, Index Side::*count) {
    add(label, [&](const Side& side) { return CountAndShare(side.*count, corpus.num_pairs); });
  };
  share_of_lines("empty lines", &Side::num_empty);
  share_of_lines("lines that occurred before", &Side::num_repeated);
  const auto add_lengths = [&](const std::string& unit, LengthCounts Side::*lengths) {
    if ((corpus.source.*lengths).num_lines() + (corpus.target.*lengths).num_lines() == 0) return;
    add(unit, [&](const Side& side) { return GroupDigits((side.*lengths).total()); });
    add(unit + " per line: mean, median, 99 %, most",
        [&](const Side& side) { return LengthsText(side.*lengths); });
  };
  add_lengths("words", &Side::words);
  add_lengths("characters", &Side::characters);
  add_lengths("pieces", &Side::pieces);
  add("scripts, of characters", ScriptsText);
  share_of_lines("lines that are not UTF-8", &Side::num_invalid);
  for (const Doubt& doubt : kDoubts) {
    const auto cell = [&](const Side& side) {
      const LineNumbers& lines = LinesOf(side, doubt);
      return lines.count() == 0 ? "0" : lines.Text();
    };
    if (cell(corpus.source) != "0" || cell(corpus.target) != "0") {
      add(fmt::format("lines that {}", doubt.text), cell);
    }
  }
  return rows;
}

std::string RatioLabel(std::size_t index) {
  if (index == 0) return fmt::format("below {}", kRatioEdges.front());
  if (index == kRatioEdges.size()) return fmt::format("from {}", kRatioEdges.back());
  return fmt::format("{}–{}", kRatioEdges[index - 1], kRatioEdges[index]);
}

TableRows PairRows(const CorpusStatistics& corpus) {
  const auto share = [&](Index count) { return CountAndShare(count, corpus.num_pairs); };
  TableRows rows = {{"pairs", GroupDigits(corpus.num_pairs)},
                    {"pairs that occurred before", share(corpus.num_repeated)},
                    {"pairs of identical sides", share(corpus.num_identical)}};
  if (corpus.num_forgotten > 0) {
    rows.push_back({"too many to be remembered, their repetitions not counted",
                    GroupDigits(corpus.num_forgotten)});
  }
  const auto source = static_cast<double>(corpus.source.characters.total());
  const auto target = static_cast<double>(corpus.target.characters.total());
  rows.push_back({"ratio: target characters ÷ source characters",
                  source > 0 ? fmt::format("{:.3f}", target / source) : "undefined"});
  for (std::size_t i = 0; i < corpus.ratios.size(); ++i) {
    rows.push_back({"pairs with a ratio " + RatioLabel(i), share(corpus.ratios[i])});
  }
  return rows;
}

TableRows OverlapRows(const std::vector<CorpusOverlap>& overlaps) {
  TableRows rows = {{"overlap", "pairs", "sources", "targets"}};
  for (const CorpusOverlap& overlap : overlaps) {
    const auto share = [&](Index count) { return CountAndShare(count, overlap.num_pairs); };
    rows.push_back({fmt::format("{} found in {}", overlap.of, overlap.in), share(overlap.pairs),
                    share(overlap.sources), share(overlap.targets)});
  }
  return rows;
}

Json LengthsJson(const LengthCounts& lengths) {
  return {{"total", lengths.total()},
          {"mean", lengths.Mean()},
          {"median", lengths.Quantile(0.5)},
          {"percentile_99", lengths.Quantile(0.99)},
          {"longest", lengths.longest()}};
}

Json SideJson(const SideStatistics& side) {
  Json json = {{"file", side.path},
               {"lines", side.characters.num_lines()},
               {"empty", side.num_empty},
               {"repeated", side.num_repeated},
               {"words", LengthsJson(side.words)},
               {"characters", LengthsJson(side.characters)}};
  if (side.pieces.num_lines() > 0) json["pieces"] = LengthsJson(side.pieces);
  json["scripts"] = Json::object();
  for (const auto& [name, count] : SortedScripts(side)) json["scripts"][name] = count;
  json["invalid_utf8"] = side.num_invalid;
  for (const Doubt& doubt : kDoubts) {
    json["encoding_doubts"][std::string(ToString(doubt.kind))] = LinesOf(side, doubt).count();
  }
  return json;
}

std::string Html(const TableRows& rows, bool has_heading) {
  std::string text;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const bool is_heading = has_heading && row == 0;
    std::string cells;
    for (std::size_t i = 1; i < rows[row].size(); ++i) {
      cells +=
          Part(is_heading ? "corpus heading" : "corpus cell", {{"text", EscapeHtml(rows[row][i])}});
    }
    text += Part("corpus row", {{"label", EscapeHtml(rows[row][0])}, {"cells", cells}});
  }
  return Part("corpus table", {{"rows", text}});
}

constexpr double kChartWidth = 640;

// Lines by length, up to what 99 of 100 lines have, in at most 30 steps.
Chart LengthChart(const CorpusStatistics& corpus, LengthCounts SideStatistics::*lengths,
                  const char* unit) {
  constexpr Index kSteps = 30;
  const Index longest =
      std::max((corpus.source.*lengths).Quantile(0.99), (corpus.target.*lengths).Quantile(0.99));
  const Index step = longest / kSteps + 1;
  Chart chart{.x_label = fmt::format("{} per line, in steps of {}", unit, step),
              .y_label = "percent of lines",
              .width = kChartWidth};
  for (const auto& [name, side] :
       {std::pair("source", &corpus.source), {"target", &corpus.target}}) {
    ChartSeries series{.name = name};
    for (Index begin = 0; begin <= longest; begin += step) {
      series.x.push_back(static_cast<double>(begin) + static_cast<double>(step - 1) / 2);
      series.y.push_back(
          Percentage((side->*lengths).CountIn(begin, begin + step), corpus.num_pairs));
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

Chart RatioChart(const CorpusStatistics& corpus) {
  Chart chart{.x_label = "target characters ÷ source characters",
              .y_label = "percent of pairs",
              .width = kChartWidth};
  ChartSeries series{.name = "pairs", .mark = ChartMark::kBars};
  for (std::size_t i = 0; i < corpus.ratios.size(); ++i) {
    chart.categories.push_back(RatioLabel(i));
    series.y.push_back(Percentage(corpus.ratios[i], corpus.num_pairs));
  }
  chart.series = {std::move(series)};
  return chart;
}

Chart ScriptChart(const SideStatistics& side) {
  constexpr std::size_t kMost = 8;
  Chart chart{.width = kChartWidth / 2};
  ChartSeries series{.name = "percent of characters", .mark = ChartMark::kRows};
  for (const auto& [script, count] : SortedScripts(side)) {
    if (chart.categories.size() == kMost) break;
    chart.categories.push_back(script);
    series.y.push_back(Percentage(count, side.characters.total()));
  }
  chart.series = {std::move(series)};
  return chart;
}

std::string CorpusSections(const CorpusStatistics& corpus) {
  std::string sections = Part("corpus", {{"name", EscapeHtml(corpus.name)},
                                         {"sides", Html(SideRows(corpus), true)},
                                         {"pairs", Html(PairRows(corpus), false)}});
  const auto heading = [&](const char* what) { return fmt::format("{}: {}", corpus.name, what); };
  sections += ChartSection(heading("lines by their words"),
                           LengthChart(corpus, &SideStatistics::words, "words"));
  if (corpus.source.pieces.num_lines() > 0 && corpus.target.pieces.num_lines() > 0) {
    sections += ChartSection(heading("lines by their pieces"),
                             LengthChart(corpus, &SideStatistics::pieces, "pieces"));
  }
  sections += ChartSection(heading("pairs by the ratio of their lengths"), RatioChart(corpus));
  for (const auto& [name, side] :
       {std::pair("source", &corpus.source), {"target", &corpus.target}}) {
    if (side->scripts.empty()) continue;
    sections +=
        ChartSection(fmt::format("{}: scripts of the {}", corpus.name, name), ScriptChart(*side));
  }
  return sections;
}

}  // namespace

std::string FormatCorpora(const CorpusReport& report) {
  std::string text;
  for (const CorpusStatistics& corpus : report.corpora) {
    text += GridTable(SideRows(corpus));
    TableRows pairs = PairRows(corpus);
    text += GridTable(pairs);
  }
  if (!report.overlaps.empty()) text += GridTable(OverlapRows(report.overlaps));
  return text;
}

std::string CorporaJson(const CorpusReport& report) {
  Json json = {{"corpora", Json::array()}, {"overlaps", Json::array()}};
  for (const CorpusStatistics& corpus : report.corpora) {
    Json ratios = Json::object();
    for (std::size_t i = 0; i < corpus.ratios.size(); ++i) {
      ratios[RatioLabel(i)] = corpus.ratios[i];
    }
    json["corpora"].push_back({{"name", corpus.name},
                               {"pairs", corpus.num_pairs},
                               {"repeated", corpus.num_repeated},
                               {"identical", corpus.num_identical},
                               {"not_remembered", corpus.num_forgotten},
                               {"length_ratios", ratios},
                               {"source", SideJson(corpus.source)},
                               {"target", SideJson(corpus.target)}});
  }
  for (const CorpusOverlap& overlap : report.overlaps) {
    json["overlaps"].push_back({{"of", overlap.of},
                                {"in", overlap.in},
                                {"lines", overlap.num_pairs},
                                {"pairs", overlap.pairs},
                                {"sources", overlap.sources},
                                {"targets", overlap.targets}});
  }
  // File names may be no UTF-8.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string CorporaHtml(const CorpusReport& report) {
  std::string sections;
  if (!report.overlaps.empty()) {
    sections += Part("overlaps", {{"table", Html(OverlapRows(report.overlaps), true)}});
  }
  for (const CorpusStatistics& corpus : report.corpora) sections += CorpusSections(corpus);
  return ReportPage("Corpus statistics", sections);
}

}  // namespace talmach
