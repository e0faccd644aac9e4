// Tested by tests/integration/program_test.py.
// talmach score
//
// The decoder reads the given translation instead of its own choices, so one pass over source and
// target yields the probability of each piece and its attention. Saliency costs more: gradients
// take a pass for each target piece, leave-one-out one for each source piece (model/saliency.h).
// Only gradients read the weights of backward passes, so only for them is the model opened with
// those.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "attention/attention_map.h"
#include "base/error.h"
#include "cli/command.h"
#include "cli/command_steps.h"
#include "cli/console.h"
#include "cli/file_flags.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/translation_flags.h"
#include "cli/translation_output.h"
#include "text/line_chunks.h"
#include "text/text_writer.h"

namespace talmach {
namespace {

struct ScoreOptions {
  TranslationFlags model;
  std::string source;
  std::string target;
  std::string output = "-";
  std::string attention;
  std::vector<SaliencyMethod> saliency;
  bool word_scores = false;
  AlignmentFlags alignment_flags;
  std::optional<AlignmentOutput> alignment;
};

// "gradient,norm" → which layers to compute, each once.
std::vector<SaliencyMethod> ParseSaliency(const std::string& text) {
  std::vector<std::string> names;
  for (const SaliencyMethod method : kSaliencyMethods) names.push_back(ToString(method));
  std::vector<SaliencyMethod> methods;
  for (const std::size_t i : ParseWords("--saliency", text, names)) {
    methods.push_back(kSaliencyMethods[i]);
  }
  return methods;
}

void DeclareFlags(ScoreOptions& options, CommandLine& line) {
  line.Group("Text")
      .Text("source,s", &options.source, "FILE", "source text")
      .Text("target,t", &options.target, "FILE", "translations to score, line by line")
      .Output("output,o", &options.output, "FILE", "where to write the scores");
  options.model.DeclareModel(line);
  FlagGroup& output = line.Group("Output");
  output.Switch("word-scores", &options.word_scores, "print log p of each piece as well, in nats")
      .Output("attention", &options.attention, "FILE.jsonl", "write the attention weights")
      .Custom("saliency", "gradient,leave-one-out,norm", "gradient,leave-one-out,norm",
              "also write how much each source piece counted, as layers beside the attention",
              [&options](const std::string& text) { options.saliency = ParseSaliency(text); });
  options.alignment_flags.Declare(output);
  line.Mandatory({"source", "target"});
}

void Settle(ScoreOptions& options, const CommandLine& line) {
  options.alignment = options.alignment_flags.Resolve(line);
  if (!options.saliency.empty() && options.attention.empty()) {
    throw ConfigError({.where = "--saliency",
                       .what = "has no place to go",
                       .hint = "--attention FILE.jsonl names the file"});
  }
  RequireOneStandardInput({{"--source", options.source}, {"--target", options.target}});
}

void ScoreAll(const ScoreOptions& options, const Translator& translator, bool quiet) {
  LineChunkReader reader(options.source, options.target, LineUse::kAnswer);
  TextWriter writer(options.output);
  std::optional<TextWriter> attention;
  if (!options.attention.empty()) attention.emplace(options.attention);
  const bool show_progress = !quiet && options.source != "-" && StderrIsTerminal();
  LineNumbers cut;
  {
    ProgressLine progress(show_progress, show_progress ? CountLines(options.source) : 0);
    for (LineChunk chunk; reader.Next(&chunk);) {
      ThrowIfStopped();
      Index number = chunk.first_line;
      for (const Translation& line :
           translator.Score(chunk.first, chunk.second, chunk.first_line)) {
        const ScoredText& scored = line.best();
        ++number;
        if (line.source_cut) cut.Add(number);
        std::string text = fmt::format("{:.6g}", scored.log_probability);
        if (options.alignment) {
          text += " ||| " + FormatAlignment(scored.attention, *options.alignment);
        }
        if (options.word_scores) text += " ||| " + FormatWordScores(scored);
        writer.WriteLine(text);
        if (attention) attention->WriteLine(ToJsonLine(scored.attention));
      }
      writer.Flush();
      progress.Update(chunk.first_line + static_cast<Index>(chunk.first.size()));
    }
  }
  writer.Finish();
  if (attention) attention->Finish();
  reader.LogInputRepairs();
  WarnOfCuts(options.source, cut, "pair", translator.options().max_source_length);
}

void Score(const ScoreOptions& options, const CommandLine& line) {
  const TranslationConfig config = options.model.Resolve(line);
  const bool gradient =
      std::ranges::find(options.saliency, SaliencyMethod::kGradient) != options.saliency.end();
  OpenOptions open = options.model.MakeOpenOptions(config, line.threads());
  if (gradient) open.passes = Passes::kForwardAndBackward;
  open.translator.saliency = options.saliency;
  ScoreAll(options, OpenTranslator(options.model.models(), open), line.quiet());
}

}  // namespace

void RunScoreCommand(const Arguments& arguments) {
  RunSteps<ScoreOptions>(
      {.usage = "talmach score -m DIR -s SOURCE -t TARGET [FLAGS]",
       .summary = "Prints log p(target line | source line) in nats, a line for each pair.",
       .declare = DeclareFlags,
       .settle = Settle,
       .run = Score},
      arguments);
}

}  // namespace talmach
