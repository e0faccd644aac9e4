// talmach corpus stats|clean|split
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/counted.h"
#include "base/error.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/command_steps.h"
#include "cli/corpus_flags.h"
#include "cli/corpus_stats.h"
#include "cli/file_flags.h"
#include "text/corpus.h"
#include "text/corpus_split.h"
#include "text/pair_filter.h"
#include "text/text_writer.h"

namespace talmach {
namespace {

struct CleanOptions {
  CorpusOptions corpus;
  std::string output_source;
  std::string output_target;
  std::string dropped;
  PairFilterOptions filter;
};

void DeclareCleanFlags(CleanOptions& options, CommandLine& line) {
  FlagGroup& text = line.Group("Text: plain, .gz or .zst");
  DeclareCorpus(&options.corpus, &text);
  text.Output("output-source", &options.output_source, "FILE", "where to write the source")
      .Output("output-target", &options.output_target, "FILE", "where to write the target")
      .Output("dropped", &options.dropped, "FILE",
              "where to list what was left out: line number, tab, reason");
  line.Group("What is left out, besides pairs with an empty side")
      .Number("max-characters", &options.filter.max_characters, {0, 1e6},
              "pairs with more characters on a side; 0: none")
      .Number("max-length-ratio", &options.filter.max_length_ratio, {0, 1e6},
              "pairs with a side more than so many times as long as the other, in characters; "
              "0: none")
      .Switch("identical", &options.filter.identical, "pairs of identical sides")
      .Number("min-letters", &options.filter.min_letters, {0, 1},
              "pairs with a smaller share of letters on a side; 0: none")
      .Switch("duplicates", &options.filter.duplicates, "pairs that occurred before");
  line.Mandatory({"output-source", "output-target"});
}

void SettleClean(CleanOptions& options, const CommandLine& line) {
  CheckCorpus(options.corpus, line);
  const double ratio = options.filter.max_length_ratio;
  RequireUsage(ratio == 0 || ratio >= 1, "--max-length-ratio",
               "0 or a number from 1: the longer side is measured by the shorter one",
               fmt::format("{}", ratio));
}

void Clean(const CleanOptions& options, const CommandLine& /*line*/) {
  ParallelCorpus corpus(options.corpus.SourceSide(), options.corpus.TargetSide());
  const std::string name = options.corpus.SourceSide().path;
  TextWriter source_writer(options.output_source);
  TextWriter target_writer(options.output_target);
  std::optional<TextWriter> dropped;
  if (!options.dropped.empty()) dropped.emplace(options.dropped);
  PairFilter filter(options.filter);
  std::string source;
  std::string target;
  while (corpus.Next(&source, &target)) {
    const std::optional<DropReason> reason = filter.Judge(source, target);
    if (!reason) {
      source_writer.WriteLine(source);
      target_writer.WriteLine(target);
    } else if (dropped) {
      dropped->WriteLine(fmt::format("{}\t{}", corpus.num_pairs(), ToString(*reason)));
    }
  }
  const Index num_kept = filter.counts().num_pairs - filter.counts().num_dropped();
  if (num_kept == 0) {
    throw DataError({.where = name,
                     .what = "no pair is left; " + filter.Summary(),
                     .hint = "use weaker filters"});
  }
  source_writer.Finish();
  target_writer.Finish();
  if (dropped) dropped->Finish();
  corpus.LogRepairs();
  if (num_kept < filter.counts().num_pairs) {
    Log().info("{}: {}", name, filter.Summary());
  }
  if (filter.num_forgotten() > 0) {
    Log().warn("{}: {} beyond those that can be remembered; their duplicates were kept", name,
               Counted(filter.num_forgotten(), "pair"));
  }
  Log().info("{}: {} kept", options.output_source, Counted(num_kept, "pair"));
}

void RunClean(const Arguments& arguments) {
  RunSteps<CleanOptions>({.usage = "talmach corpus clean -s SOURCE -t TARGET --output-source FILE "
                                   "--output-target FILE [FLAGS]",
                          .summary = "Copies the pairs of a corpus that are worth training on.",
                          .declare = DeclareCleanFlags,
                          .settle = SettleClean,
                          .run = Clean},
                         arguments);
}

enum class Compression { kNone, kGz, kZst };

struct SplitFlags {
  CorpusOptions corpus;
  std::string prefix;
  Compression compression = Compression::kNone;
  SplitOptions split;
  Index seed = 1;
};

constexpr std::array kParts = {CorpusPart::kTrain, CorpusPart::kValid, CorpusPart::kTest};

// The files of a part: source and target.
std::array<std::string, 2> FilesOf(CorpusPart part, const SplitFlags& flags) {
  constexpr std::array kNames = {"train", "valid", "test"};
  constexpr std::array kEndings = {"", ".gz", ".zst"};
  const auto path = [&](const char* side) {
    return fmt::format("{}.{}.{}{}", flags.prefix, kNames[static_cast<std::size_t>(part)], side,
                       kEndings[static_cast<std::size_t>(flags.compression)]);
  };
  return {path("source"), path("target")};
}

void DeclareSplitFlags(SplitFlags& flags, CommandLine& line) {
  FlagGroup& text = line.Group("Text: plain, .gz or .zst");
  DeclareCorpus(&flags.corpus, &text);
  text.Text("output,o", &flags.prefix, "PREFIX",
            "where to write PREFIX.train.source, PREFIX.train.target and likewise valid and test")
      .Choice("compress", &flags.compression,
              {{"none", Compression::kNone}, {"gz", Compression::kGz}, {"zst", Compression::kZst}},
              "compresses the files, whose names get this ending");
  line.Group("Sets")
      .Number("valid", &flags.split.num_valid, {0, 1e9}, "pairs of the validation set; 0: none")
      .Number("test", &flags.split.num_test, {0, 1e9}, "pairs of the test set; 0: none")
      .Number("seed", &flags.seed, {0, 1e9}, "chooses the pairs");
  line.Mandatory({"output"});
}

void SettleSplit(SplitFlags& flags, const CommandLine& line) {
  CheckCorpus(flags.corpus, line);
  flags.split.seed = static_cast<std::uint64_t>(flags.seed);
  RequireUsage(flags.split.num_valid + flags.split.num_test > 0, "--valid, --test",
               "at least one above 0", "0 for both");
  const std::array inputs = {flags.corpus.SourceSide().path, flags.corpus.TargetSide().path};
  for (const std::string& path : inputs) {
    // What is not there is named when it is opened.
    const bool is_read_once =
        path == "-" || (std::filesystem::exists(path) && !std::filesystem::is_regular_file(path));
    RequireUsage(!is_read_once, path == "-" ? "standard input" : path,
                 "regular files: a corpus is read twice to be split", "a stream or a directory",
                 "write the text to a file first");
  }
  std::vector<FileFlag> outputs;
  for (const CorpusPart part : kParts) {
    for (const std::string& path : FilesOf(part, flags)) outputs.push_back({"--output", path});
  }
  const bool is_tsv = !flags.corpus.tsv.empty();
  RequireHarmlessOutputs(
      {{is_tsv ? "--tsv" : "--source", inputs[0]}, {is_tsv ? "--tsv" : "--target", inputs[1]}},
      outputs);
}

// Throws unless the sets have the sizes asked for, and something is left to train on.
void CheckSizes(const SplitFlags& flags, const std::vector<CorpusPart>& parts) {
  const auto count = [&](CorpusPart part) { return std::ranges::count(parts, part); };
  const Index num_valid = count(CorpusPart::kValid);
  const Index num_test = count(CorpusPart::kTest);
  const bool enough = num_valid == flags.split.num_valid && num_test == flags.split.num_test &&
                      count(CorpusPart::kTrain) > 0;
  if (enough) return;
  throw DataError(
      {.where = flags.corpus.SourceSide().path,
       .what = "cannot be split",
       .expected = fmt::format("{} pairs for validation and {} for the test that share no text "
                               "with the rest, and a rest",
                               flags.split.num_valid, flags.split.num_test),
       .got = fmt::format("{} and {} of {}", num_valid, num_test, parts.size()),
       .hint = "ask for fewer, or remove duplicates first (talmach corpus clean)"});
}

std::vector<CorpusPart> ChooseParts(const SplitFlags& flags) {
  ParallelCorpus corpus(flags.corpus.SourceSide(), flags.corpus.TargetSide());
  CorpusSplitter splitter;
  std::string source;
  std::string target;
  while (corpus.Next(&source, &target)) splitter.Add(source, target);
  corpus.LogRepairs();
  std::vector<CorpusPart> parts = splitter.Split(flags.split);
  CheckSizes(flags, parts);
  return parts;
}

void Split(const SplitFlags& flags, const CommandLine& /*line*/) {
  const std::vector<CorpusPart> parts = ChooseParts(flags);
  std::map<CorpusPart, std::array<TextWriter, 2>> writers;  // of source and target
  for (const CorpusPart part : kParts) {
    if (std::ranges::count(parts, part) == 0) continue;
    const auto [source, target] = FilesOf(part, flags);
    writers.emplace(part, std::array{TextWriter(source), TextWriter(target)});
  }
  ParallelCorpus corpus(flags.corpus.SourceSide(), flags.corpus.TargetSide());
  std::string source;
  std::string target;
  for (std::size_t line = 0; corpus.Next(&source, &target) && line < parts.size(); ++line) {
    auto& [source_writer, target_writer] = writers.at(parts[line]);
    source_writer.WriteLine(source);
    target_writer.WriteLine(target);
  }
  if (corpus.num_pairs() != std::ssize(parts)) {
    throw DataError({.where = flags.corpus.SourceSide().path,
                     .what = "the file has been changed while in use"});
  }
  for (auto& [part, sides] : writers) {
    for (TextWriter& writer : sides) writer.Finish();
    Log().info("{}: {}", FilesOf(part, flags).front(),
               Counted(std::ranges::count(parts, part), "pair"));
  }
}

void RunSplit(const Arguments& arguments) {
  RunSteps<SplitFlags>(
      {.usage = "talmach corpus split -s SOURCE -t TARGET -o PREFIX [--valid N] [--test N]",
       .summary = "Divides a corpus into training, validation and test pairs that share no text.",
       .declare = DeclareSplitFlags,
       .settle = SettleSplit,
       .run = Split},
      arguments);
}

constexpr std::array kCorpusCommands = {
    Command{"stats", "count what a corpus is made of, and what may be wrong with it",
            RunCorpusStats},
    Command{"clean", "copy the pairs that are worth training on", RunClean},
    Command{"split", "divide into training, validation and test pairs", RunSplit},
};

}  // namespace

void RunCorpusCommand(const Arguments& arguments) {
  RunSubcommand("talmach corpus", "Examines, cleans and divides parallel text.", kCorpusCommands,
                arguments);
}

}  // namespace talmach
