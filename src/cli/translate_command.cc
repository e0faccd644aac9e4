// talmach translate
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attention/attention_map.h"
#include "base/error.h"
#include "base/group_digits.h"
#include "base/log.h"
#include "base/stopwatch.h"
#include "cli/command.h"
#include "cli/command_line.h"
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

struct TranslateOptions {
  TranslationFlags model;
  std::string input = "-";
  std::string output = "-";
  std::string prefix;
  std::string attention;
  std::string n_best;                 // a number, "all", or "" without --n-best
  std::vector<std::string> sampling;  // method and its number
  double temperature = 1.0;
  Index seed = 1;
  TranslationOutput format;
  AlignmentFlags alignment;
};

void DeclareFlags(TranslateOptions& options, CommandLine& line) {
  line.Group("Text")
      .Text("input,i", &options.input, "FILE", "text, a sentence per line; plain, .gz or .zst")
      .Text("output,o", &options.output, "FILE", "where to write, a line per line")
      .Text("prefix", &options.prefix, "FILE", "beginnings of the translations, a line per line");
  options.model.DeclareModel(line);
  options.model.DeclareSearch(line);
  options.model.DeclareShortlist(line);
  line.Group("Sampling")
      .List("sampling", &options.sampling, "full|topk K|topp P",
            "draw translations instead of searching: from all tokens, the K best, the best with "
            "probability P together")
      .Number("temperature", &options.temperature, {0.01, 100},
              "below 1 draws probable tokens more often")
      .Number("seed", &options.seed, {0, 9007199254740991.0}, "of the draws");
  FlagGroup& output = line.Group("Output");
  output
      .Custom("n-best", "N", "all", "print the N best translations; alone: all of the beam",
              [&options](const std::string& text) { options.n_best = text; })
      .Switch("word-scores", &options.format.word_scores, "print log p of each piece, in nats")
      .Text("attention", &options.attention, "FILE.jsonl", "write the attention weights");
  options.alignment.Declare(output);
}

[[noreturn]] void RefuseSampling(const TranslateOptions& options) {
  throw ConfigError({.where = "--sampling",
                     .expected = "full, topk K or topp P",
                     .got = fmt::format("{}", fmt::join(options.sampling, " "))});
}

SamplingOptions ParseSampling(const TranslateOptions& options) {
  const std::vector<std::string>& words = options.sampling;
  SamplingOptions result;
  result.temperature = options.temperature;
  result.seed = static_cast<std::uint64_t>(options.seed);
  if (words.size() == 1 && words[0] == "full") return result;
  if (words.size() != 2 || (words[0] != "topk" && words[0] != "topp")) RefuseSampling(options);
  const bool top_k = words[0] == "topk";
  const NumberRange range = top_k ? NumberRange{1, 1e6} : NumberRange{1e-6, 1};
  const auto number = ParseNumber(words[1], range, /*integer=*/top_k);
  if (!number) RefuseSampling(options);
  result.method = top_k ? SamplingOptions::Method::kTopK : SamplingOptions::Method::kTopP;
  if (top_k) result.top_k = static_cast<Index>(*number);
  if (!top_k) result.top_p = *number;
  return result;
}

Index ParseNBest(const std::string& text, Index beam_size) {
  if (text == "all") return beam_size;
  const NumberRange range{1, static_cast<double>(beam_size)};
  const auto number = ParseNumber(text, range, /*integer=*/true);
  if (number) return static_cast<Index>(*number);
  throw ConfigError({.where = "--n-best",
                     .expected = fmt::format("an integer from 1 to the beam size, {}", beam_size),
                     .got = text});
}

TranslatorOptions MakeOptions(TranslateOptions& options, const TranslationConfig& config,
                              const CommandLine& line) {
  TranslatorOptions result = MakeTranslatorOptions(config, line.threads());
  options.format.n_best = !options.n_best.empty();
  options.format.alignment = options.alignment.Resolve(line);
  if (options.format.n_best) result.beam.n_best = ParseNBest(options.n_best, config.beam_size);
  if (options.sampling.empty()) {
    line.Refuse({"temperature", "seed"}, "is for --sampling only");
    return result;
  }
  result.sampling = ParseSampling(options);
  if (result.beam.n_best > 1) {
    throw ConfigError({.where = "--n-best", .what = "--sampling draws one translation per line"});
  }
  return result;
}

// Writes what the flags ask for, line after line.
class TranslationWriter {
 public:
  explicit TranslationWriter(const TranslateOptions& options)
      : format_(options.format), text_(options.output) {
    if (!options.attention.empty()) attention_.emplace(options.attention);
  }

  void Write(const Translation& translation) {
    num_cut_ += translation.source_cut ? 1 : 0;
    ++num_lines_;
    for (const ScoredText& candidate : translation.candidates) {
      text_.WriteLine(FormatCandidate(candidate, format_));
      if (attention_) attention_->WriteLine(ToJsonLine(candidate.attention));
    }
  }

  void Flush() { text_.Flush(); }

  void Finish() {
    text_.Finish();
    if (attention_) attention_->Finish();
  }

  Index num_lines() const { return num_lines_; }
  Index num_cut() const { return num_cut_; }

 private:
  TranslationOutput format_;
  TextWriter text_;
  std::optional<TextWriter> attention_;
  Index num_lines_ = 0;
  Index num_cut_ = 0;
};

void TranslateAll(const TranslateOptions& options, const Translator& translator, bool quiet) {
  const Stopwatch clock;
  const bool show_progress = !quiet && options.input != "-" && StderrIsTerminal();
  LineChunkReader reader(options.input, options.prefix, LineUse::kAnswer);
  TranslationWriter writer(options);
  {
    ProgressLine progress(show_progress, show_progress ? CountLines(options.input) : 0);
    for (LineChunk chunk; reader.Next(&chunk);) {
      ThrowIfStopped();
      for (const Translation& translation :
           translator.Translate(chunk.first, chunk.second, chunk.first_line)) {
        writer.Write(translation);
      }
      writer.Flush();
      progress.Update(writer.num_lines());
    }
  }
  writer.Finish();
  reader.LogInputRepairs();
  WarnOfCuts(options.input, writer.num_cut(), "lines", translator.options().max_source_length);
  Log().info("translated {} lines in {}", GroupDigits(writer.num_lines()),
             DurationText(clock.Seconds()));
}

}  // namespace

void RunTranslateCommand(const Arguments& arguments) {
  TranslateOptions options;
  CommandLine line("talmach translate -m DIR [-m DIR2…] [-i FILE] [-o FILE] [FLAGS]",
                   "Translates text: raw text in, raw text out, a line for each line.");
  DeclareFlags(options, line);
  if (!line.Parse(arguments)) return;
  RequireDifferentOutputs({{"--output", options.output}, {"--attention", options.attention}});
  RequireOneStandardInput({{"--input", options.input}, {"--prefix", options.prefix}});
  const TranslationConfig config = options.model.Resolve(line);
  OpenOptions open = options.model.MakeOpenOptions(config, line.threads());
  open.translator = MakeOptions(options, config, line);
  const Translator translator = OpenTranslator(options.model.models(), open);
  TranslateAll(options, translator, line.quiet());
}

}  // namespace talmach
