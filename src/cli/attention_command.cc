// talmach attention
//
// Measures records one by one, so that a file may be larger than memory. The numbers of all
// sentences are means over their units, not over the numbers that --sentence-level prints for each:
// a long sentence counts for more (attention/attention_statistics.h defines the numbers).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "attention/attention_reader.h"
#include "attention/attention_statistics.h"
#include "attention/word_units.h"
#include "base/error.h"
#include "cli/command.h"
#include "cli/command_steps.h"
#include "cli/signals.h"
#include "text/text_writer.h"

namespace talmach {
namespace {

using Json = nlohmann::ordered_json;

enum class NumberFormat { kText, kJson };

struct MeasureOptions {
  std::string attention;
  std::string output = "-";
  NumberFormat format = NumberFormat::kText;
  Units units = Units::kPiece;
  bool sentence_level = false;
};

void DeclareFlags(MeasureOptions& options, CommandLine& line) {
  line.Group("Input").Text("attention", &options.attention, "FILE.jsonl",
                           "attention as translate and score write it; - reads standard input");
  line.Group("Output")
      .Output("output,o", &options.output, "FILE", "where to write the numbers")
      .Choice("format", &options.format,
              {{"text", NumberFormat::kText}, {"json", NumberFormat::kJson}},
              "a table, or JSON objects, each on a line")
      .Choice("units", &options.units, {{"piece", Units::kPiece}, {"word", Units::kWord}},
              "what rows and columns stand for")
      .Switch("sentence-level", &options.sentence_level,
              "also the numbers of each sentence, before those of all");
  line.Mandatory({"attention"});
}

using NamedNumbers = std::vector<std::pair<std::string, double>>;

NamedNumbers Name(const AttentionNumbers& numbers) {
  NamedNumbers named = {
      {"entropy", numbers.entropy},     {"sharpness", numbers.sharpness},
      {"coverage", numbers.coverage},   {"monotonicity", numbers.monotonicity},
      {"end_share", numbers.end_share}, {"punctuation_share", numbers.punctuation_share}};
  for (const auto& [layer, tau] : numbers.kendall_tau) named.emplace_back("tau " + layer, tau);
  return named;
}

std::string Cell(double value) { return std::isnan(value) ? "-" : fmt::format("{:.4f}", value); }

// An object that begins with `key`; numbers that are not defined are null.
std::string JsonLine(const std::string& key, Index value, const AttentionNumbers& numbers) {
  Json record = {{key, value}};
  for (const auto& [name, number] : Name(numbers)) record[name] = number;
  return record.dump();
}

// A row per sentence, under a heading that is repeated when the layers change.
class SentenceTable {
 public:
  explicit SentenceTable(TextWriter& writer) : writer_(writer) {}

  void Write(const std::string& label, const AttentionNumbers& numbers) {
    std::string heading = fmt::format("{:>8}", "sentence");
    std::string row = fmt::format("{:>8}", label);
    for (const auto& [name, value] : Name(numbers)) {
      const std::size_t width = std::max<std::size_t>(name.size(), 7);
      heading += fmt::format("  {:>{}}", name, width);
      row += fmt::format("  {:>{}}", Cell(value), width);
    }
    if (heading != heading_) writer_.WriteLine(heading);
    heading_ = heading;
    writer_.WriteLine(row);
  }

 private:
  TextWriter& writer_;
  std::string heading_;
};

void WriteSummary(TextWriter& writer, Index num_sentences, const AttentionNumbers& numbers) {
  const auto write = [&](const std::string& name, const std::string& value) {
    writer.WriteLine(fmt::format("{:<20} {:>8}", name, value));
  };
  write("sentences", std::to_string(num_sentences));
  for (const auto& [name, value] : Name(numbers)) write(name, Cell(value));
}

void Measure(const MeasureOptions& options, const CommandLine& /*line*/) {
  AttentionReader reader(options.attention);
  const bool as_json = options.format == NumberFormat::kJson;
  TextWriter writer(options.output);
  SentenceTable table(writer);
  AttentionStatistics all;
  for (AttentionMap pieces; reader.Next(&pieces);) {
    ThrowIfStopped();
    const AttentionMap map = InUnits(pieces, options.units);
    all.Add(map);
    if (!options.sentence_level) continue;
    if (as_json) {
      writer.WriteLine(JsonLine("line", map.line, MeasureAttention(map)));
    } else {
      table.Write(std::to_string(map.line + 1), MeasureAttention(map));
    }
  }
  if (all.num_lines() == 0) throw DataError({.where = options.attention, .what = "no sentences"});
  if (as_json) {
    writer.WriteLine(JsonLine("sentences", all.num_lines(), all.Numbers()));
  } else if (options.sentence_level) {
    table.Write("all", all.Numbers());
  } else {
    WriteSummary(writer, all.num_lines(), all.Numbers());
  }
  writer.Finish();
}

}  // namespace

void RunAttentionCommand(const Arguments& arguments) {
  RunSteps<MeasureOptions>({.usage = "talmach attention --attention FILE.jsonl [FLAGS]",
                            .summary = "Measures attention: how sharp it is, what it covers, where "
                                       "it rests, and whether it agrees with saliency.",
                            .declare = DeclareFlags,
                            .run = Measure},
                           arguments);
}

}  // namespace talmach
