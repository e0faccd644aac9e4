// Tested by tests/cli/corpus_command_test.cc.
#include "cli/corpus_stats.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "cli/command_steps.h"
#include "cli/corpus_flags.h"
#include "cli/file_flags.h"
#include "report/corpus_report.h"
#include "text/corpus.h"
#include "text/corpus_statistics.h"
#include "text/text_writer.h"
#include "text/tokenizer.h"

namespace talmach {
namespace {

struct StatsOptions {
  CorpusOptions train;
  CorpusOptions valid;  // two files, or none
  CorpusOptions test;
  std::string source_model;
  std::string target_model;
  bool json = false;
  std::string output = "-";
  std::string html;
};

void DeclareFlags(StatsOptions& options, CommandLine& line) {
  FlagGroup& text = line.Group("Text: plain, .gz or .zst");
  DeclareCorpus(&options.train, &text);
  text.Text("valid-source", &options.valid.source, "FILE", "source of the validation set")
      .Text("valid-target", &options.valid.target, "FILE", "its translation")
      .Text("test-source", &options.test.source, "FILE", "source of the test set")
      .Text("test-target", &options.test.target, "FILE", "its translation")
      .Text("source-model", &options.source_model, "FILE.model",
            "SentencePiece model: count the pieces of source lines, too")
      .Text("target-model", &options.target_model, "FILE.model", "the same for target lines");
  line.Group("Output")
      .Choice("format", &options.json, {{"text", false}, {"json", true}}, "how to print")
      .Output("output,o", &options.output, "FILE", "where to write")
      .Output("html", &options.html, "FILE", "write a page with charts, too");
}

void Settle(StatsOptions& options, const CommandLine& line) {
  CheckCorpus(options.train, line);
  const auto require_both = [](const CorpusOptions& files, const std::string& flags) {
    RequireUsage(files.source.empty() == files.target.empty(), flags, "both or neither", "one");
  };
  require_both(options.valid, "--valid-source, --valid-target");
  require_both(options.test, "--test-source, --test-target");
  RequireOneStandardInput({{"--source", options.train.source},
                           {"--target", options.train.target},
                           {"--valid-source", options.valid.source},
                           {"--valid-target", options.valid.target},
                           {"--test-source", options.test.source},
                           {"--test-target", options.test.target}});
  RequireWritable({{"--output", options.output}, {"--html", options.html}});
}

std::shared_ptr<const Tokenizer> LoadIfGiven(const std::string& path) {
  return path.empty() ? nullptr : Tokenizer::Load(path);
}

using UsePair = std::function<void(const std::string& source, const std::string& target)>;

// Reads a corpus to its end, with all that `use` wants to know of its pairs.
CorpusStatistics Collect(const std::string& name, const CorpusOptions& files,
                         CorpusStatisticsCollector collector, const UsePair& use) {
  ParallelCorpus corpus(files.SourceSide(), files.TargetSide(), /*may_be_empty=*/false,
                        {.keep_bytes = true});
  std::string source;
  std::string target;
  while (corpus.Next(&source, &target)) {
    collector.Add(source, target);
    use(collector.source(), collector.target());
  }
  CorpusStatistics statistics = std::move(collector.statistics());
  statistics.name = name;
  statistics.source.path = RepairUtf8(files.SourceSide().path);  // shown in a table
  statistics.target.path = RepairUtf8(files.TargetSide().path);
  return statistics;
}

// The small corpora first, since the large one is looked through for their texts.
CorpusReport MakeReport(const StatsOptions& options) {
  const auto source_tokenizer = LoadIfGiven(options.source_model);
  const auto target_tokenizer = LoadIfGiven(options.target_model);
  const auto collect = [&](const std::string& name, const CorpusOptions& files,
                           const UsePair& use) {
    return Collect(name, files, {source_tokenizer, target_tokenizer}, use);
  };
  const bool has_valid = !options.valid.source.empty();
  const bool has_test = !options.test.source.empty();
  CorpusReport report;
  OverlapCounter valid("validation");  // looked for in training
  OverlapCounter test("test");         // likewise
  OverlapCounter test_in_valid("test");
  if (has_test) {
    report.corpora.push_back(
        collect("test", options.test, [&](const auto& source, const auto& target) {
          test.Add(source, target);
          if (has_valid) test_in_valid.Add(source, target);
        }));
  }
  if (has_valid) {
    const auto use = [&](const std::string& source, const std::string& target) {
      valid.Add(source, target);
      if (has_test) test_in_valid.Observe(source, target);
    };
    report.corpora.insert(report.corpora.begin(), collect("validation", options.valid, use));
  }
  const auto use = [&](const std::string& source, const std::string& target) {
    valid.Observe(source, target);
    test.Observe(source, target);
  };
  report.corpora.insert(report.corpora.begin(), collect("training", options.train, use));
  if (has_valid) report.overlaps.push_back(valid.Count("training"));
  if (has_test) report.overlaps.push_back(test.Count("training"));
  if (has_valid && has_test) report.overlaps.push_back(test_in_valid.Count("validation"));
  return report;
}

// A text that ends with a line break.
void Write(const std::string& path, std::string text) {
  TextWriter writer(path);
  text.pop_back();
  writer.WriteLine(text);
  writer.Finish();
}

void ShowStatistics(const StatsOptions& options, const CommandLine& /*line*/) {
  const CorpusReport report = MakeReport(options);
  Write(options.output, options.json ? CorporaJson(report) : FormatCorpora(report));
  if (!options.html.empty()) Write(options.html, CorporaHtml(report));
}

}  // namespace

void RunCorpusStats(const Arguments& arguments) {
  RunSteps<StatsOptions>(
      {.usage = "talmach corpus stats -s SOURCE -t TARGET [--valid-source F --valid-target F] "
                "[FLAGS]",
       .summary = "Counts what a corpus is made of: lengths, scripts, repeated lines, lines in a "
                  "wrong\nencoding, and what validation and test share with it.",
       .declare = DeclareFlags,
       .settle = Settle,
       .run = ShowStatistics},
      arguments);
}

}  // namespace talmach
