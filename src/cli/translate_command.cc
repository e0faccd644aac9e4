// Tested by tests/integration/program_test.py and tests/integration/line_contract_test.py.
// talmach translate
//
// Lines go in and come out in order, a chunk at a time. A chunk of a file is large enough for the
// translator to sort sentences by length and keep all threads busy; from a pipe it is what has
// arrived, so that a program that waits for an answer gets one. Output is flushed after each chunk.
// Sampling derives its numbers from the seed and the number of the line, so what is drawn for a
// line does not depend on the chunk it falls into.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attention/attention_map.h"
#include "base/error.h"
#include "base/log.h"
#include "base/stopwatch.h"
#include "cli/command.h"
#include "cli/command_steps.h"
#include "cli/console.h"
#include "cli/file_flags.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/translation_flags.h"
#include "cli/translation_output.h"
#include "text/line_chunks.h"
#include "text/sentence_counter.h"
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
      .Output("output,o", &options.output, "FILE", "where to write the translations")
      .Text("prefix", &options.prefix, "FILE", "beginnings of the translations, one per line");
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
      .Output("attention", &options.attention, "FILE.jsonl", "write the attention weights");
  options.alignment.Declare(output);
  line.Positional("input");
}

void Settle(TranslateOptions& options, const CommandLine& line) {
  RequireOneStandardInput({{"--input", options.input}, {"--prefix", options.prefix}});
  options.format.n_best = !options.n_best.empty();
  options.format.alignment = options.alignment.Resolve(line);
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

// Sets how many translations are printed; without --beam-size the beam grows with them.
void ParseNBest(const std::string& text, bool beam_size_given, BeamSearchOptions* beam) {
  constexpr Index kMaxBeamSize = 1000;  // of --beam-size
  beam->n_best = beam->beam_size;
  if (text == "all") return;
  const Index largest = beam_size_given ? beam->beam_size : kMaxBeamSize;
  const auto number = ParseNumber(text, {1, static_cast<double>(largest)}, /*integer=*/true);
  if (!number) {
    throw ConfigError(
        {.where = "--n-best",
         .expected = fmt::format("an integer from 1 to {}", largest),
         .got = text,
         .hint = beam_size_given ? "a larger -b (--beam-size) gives more translations" : ""});
  }
  beam->n_best = static_cast<Index>(*number);
  beam->beam_size = std::max(beam->beam_size, beam->n_best);
}

TranslatorOptions MakeOptions(const TranslateOptions& options, const TranslationConfig& config,
                              const CommandLine& line) {
  TranslatorOptions result = MakeTranslatorOptions(config, line.threads());
  if (options.format.n_best) ParseNBest(options.n_best, line.Given("beam-size"), &result.beam);
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
    ++num_lines_;
    if (translation.source_cut) cut_.Add(num_lines_);
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
  const LineNumbers& cut() const { return cut_; }

 private:
  TranslationOutput format_;
  TextWriter text_;
  std::optional<TextWriter> attention_;
  Index num_lines_ = 0;
  LineNumbers cut_;
};

void Translate(const TranslateOptions& options, const CommandLine& line) {
  const TranslationConfig config = options.model.Resolve(line);
  OpenOptions open = options.model.MakeOpenOptions(config, line.threads());
  open.translator = MakeOptions(options, config, line);
  const Translator translator = OpenTranslator(options.model.models(), open);
  const Stopwatch clock;
  const bool show_progress = !line.quiet() && options.input != "-" && StderrIsTerminal();
  LineChunkReader reader(options.input, options.prefix, LineUse::kAnswer);
  TranslationWriter writer(options);
  SentenceCounter sentences;
  LineNumbers paragraphs;
  {
    ProgressLine progress(show_progress, show_progress ? CountLines(options.input) : 0);
    for (LineChunk chunk; reader.Next(&chunk);) {
      ThrowIfStopped();
      for (std::size_t i = 0; i < chunk.first.size(); ++i) {
        if (!sentences.HoldsSeveral(chunk.first[i])) continue;
        paragraphs.Add(chunk.first_line + static_cast<Index>(i) + 1);
      }
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
  WarnOfCuts(options.input, writer.cut(), "line", translator.options().max_source_length);
  if (paragraphs.count() > 0) {
    Log().info(
        "{}: {} {} several sentences; a model that has seen single ones may drop some: give "
        "each a line of its own",
        options.input, paragraphs.Text(), paragraphs.count() == 1 ? "holds" : "hold");
  }
  Log().info("translated {} in {}", Counted(writer.num_lines(), "line"),
             DurationText(clock.Seconds()));
}

}  // namespace

void RunTranslateCommand(const Arguments& arguments) {
  RunSteps<TranslateOptions>(
      {.usage = "talmach translate -m DIR [-m DIR2…] [FILE] [-o FILE] [FLAGS]",
       .summary = "Translates text: raw text in, raw text out, one line for each line.",
       .declare = DeclareFlags,
       .settle = Settle,
       .run = Translate},
      arguments);
}

}  // namespace talmach
