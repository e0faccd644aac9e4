// Tested by tests/cli/evaluate_command_test.cc.
//
// Flags bear sacreBLEU's names, with its short forms as aliases, so that a command line written for
// it works here. Some mean nothing alone: what --paired-ar-confidence-n, --format and --compare say
// depends on other flags or on the environment. Such values are parked in members while flags are
// parsed and settled in Resolve, in this order: the paired test, the form of the output, the
// environment, the systems to compare, the checks, and last the tokenizer, whose default depends on
// the language and the metrics.
#include "cli/evaluate_flags.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <random>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/split.h"
#include "cli/evaluate_metrics.h"
#include "cli/file_flags.h"

namespace talmach {
namespace {

constexpr double kMaxTrials = 10'000'000;
constexpr NumberRange kSeeds = {0, 9e15};

std::optional<ScoreFormat> ParseFormat(std::string_view text) {
  if (text == "json") return ScoreFormat::kJson;
  if (text == "text") return ScoreFormat::kText;
  if (text == "latex") return ScoreFormat::kLatex;
  return std::nullopt;
}

std::vector<Index> ParseEdges(const std::string& text) {
  std::vector<Index> edges;
  for (const std::string_view part : Split(text, ',')) {
    const auto edge = ParseNumber(part, {1, 1e6}, true);
    if (!edge || (!edges.empty() && *edge <= static_cast<double>(edges.back()))) {
      throw ConfigError({.where = "--by-length",
                         .expected = "rising numbers of words like 10,20,30",
                         .got = text});
    }
    edges.push_back(static_cast<Index>(*edge));
  }
  return edges;
}

// The baseline may be named again, so that `--input systems/base systems/*` can be typed.
void IgnoreRepeatedBaseline(std::vector<std::string>* systems) {
  const auto again = std::remove(systems->begin() + 1, systems->end(), systems->front());
  if (again == systems->end()) return;
  Log().info("{}: given again, but already the baseline: ignored", systems->front());
  systems->erase(again, systems->end());
}

// The environment variables that sacreBLEU reads.
void ObeyEnvironment(bool seed_is_given, EvaluateOptions* options) {
  JudgementOptions& judgement = options->judgement;
  const char* format = std::getenv("SACREBLEU_FORMAT");
  if (format != nullptr && !options->sentence_level) {
    std::string name = format;
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (const auto known = ParseFormat(name)) options->format = *known;
  }
  const char* seed = std::getenv("SACREBLEU_SEED");
  const bool is_random = judgement.confidence || judgement.paired != PairedTest::kNone;
  if (seed == nullptr || seed_is_given || !is_random) return;
  const std::string_view text = seed;
  if (text == "none" || text == "None") {
    judgement.seed = static_cast<Index>(std::random_device()());
    judgement.seed_is_drawn = true;
    return;
  }
  const std::optional<double> number = ParseNumber(text, kSeeds, true);
  RequireUsage(number.has_value(), "SACREBLEU_SEED", "a whole number from 0, or none",
               std::string(text));
  judgement.seed = static_cast<Index>(*number);
}

void SetPairedTest(bool bootstrap, bool randomisation, Index resamples, JudgementOptions* options) {
  RequireUsage(!(bootstrap && randomisation), "--paired-bs, --paired-ar", "one of them", "both");
  if (bootstrap) options->paired = PairedTest::kBootstrap;
  if (randomisation) options->paired = PairedTest::kRandomisation;
  if (resamples < 0) return;
  RequireUsage(randomisation, "--paired-ar-confidence-n", "--paired-ar beside it", "another test");
  options->confidence = true;
  if (resamples > 0) options->num_resamples = resamples;
}

}  // namespace

void EvaluateFlags::Declare(CommandLine& line) {
  DeclareFiles(line);
  DeclareBleu(line);
  DeclareChrfAndTer(line);
  DeclareSignificance(line);
  DeclareOutput(line);
  line.Mandatory({"reference"});
}

void EvaluateFlags::DeclareFiles(CommandLine& line) {
  line.Group("Files and metrics")
      .List("reference,r", &options_.files.references, "FILE…",
            "reference translations; several for several references a line")
      .Number("num-refs", &options_.files.references_per_file, {1, 1000},
              "references in each line of the one reference file, separated by tabs")
      .List("input,i", &options_.files.hypotheses, "FILE…",
            "translations to score; several for several systems; by default standard input, where "
            "tabs separate the systems of a line")
      .List("metrics,m", &options_.metrics, "METRIC…",
            "bleu, chrf, ter, multi-bleu (no smoothing, given tokens), or aer (alignments in "
            "Pharaoh format, against 0-1 sure and 0?1 possible links)")
      .Switch("sentence-level", &options_.sentence_level, "score every line on its own")
      .Text("source", &options_.files.source, "FILE", "source text, for --by-length and reports")
      .Output("output,o", &options_.output, "FILE", "where to write");
  line.Positional("reference");
  line.Alias("-sl", "--sentence-level");
  line.Alias("-nr", "--num-refs");
}

void EvaluateFlags::DeclareBleu(CommandLine& line) {
  line.Group("BLEU")
      .Text("tokenize", &options_.tokenizer, "13a|none|char|intl|zh|moses|spm:MODEL (= 13a)",
            "how to split lines into tokens; multi-bleu splits only if this is moses")
      .Text("language,l", &options_.language, "LANGUAGE",
            "of the text, de or en-de: moses needs it (en, de, fr, cs); zh makes zh the tokenizer")
      .Switch("lowercase", &options_.bleu.lower_case, "compare without case")
      .Choice("smooth-method,s", &options_.bleu.smoothing,
              {{"exp", BleuSmoothing::kExponential},
               {"floor", BleuSmoothing::kFloor},
               {"add-k", BleuSmoothing::kAddK},
               {"none", BleuSmoothing::kNone}},
              "how to smooth n-grams without a match")
      .Custom(
          "smooth-value", "N (floor: 0.1, add-k: 1)", std::nullopt, "value of floor and add-k",
          [this](const std::string& text) {
            options_.bleu.smoothing_value = ParseNumber(text, {0, 1e6}, false);
            if (options_.bleu.smoothing_value) return;
            throw ConfigError({.where = "--smooth-value", .expected = "a number ≥ 0", .got = text});
          })
      .Switch("effective-order", &options_.bleu.effective_order,
              "leave out n-grams longer than the text; always on for --sentence-level")
      .Switch("force", &options_.force, "no warning about text that looks tokenized");
  for (const auto& [spelling, flag] : {std::pair{"-tok", "--tokenize"},
                                       {"-lc", "--lowercase"},
                                       {"-sv", "--smooth-value"},
                                       {"--language-pair", "--language"}}) {
    line.Alias(spelling, flag);
  }
}

void EvaluateFlags::DeclareChrfAndTer(CommandLine& line) {
  line.Group("chrF")
      .Number("chrf-char-order", &options_.chrf.character_order, {1, 100},
              "longest n-grams of characters")
      .Number("chrf-word-order", &options_.chrf.word_order, {0, 100},
              "longest n-grams of words; 2 is chrF++")
      .Number("chrf-beta", &options_.chrf.beta, {0, 100}, "weight of recall against precision")
      .Switch("chrf-whitespace", &options_.chrf.whitespace, "white space counts as characters")
      .Switch("chrf-lowercase", &options_.chrf.lower_case, "compare without case")
      .Switch("chrf-eps-smoothing", &options_.chrf.epsilon_smoothing,
              "average over all orders, as chrF++.py does");
  line.Group("TER")
      .Switch("ter-case-sensitive", &options_.ter.case_sensitive, "compare with case")
      .Switch("ter-asian-support", &options_.ter.asian_support, "split Asian characters")
      .Switch("ter-no-punct", &options_.ter.remove_punctuation, "remove punctuation")
      .Switch("ter-normalized", &options_.ter.normalize, "normalise and tokenize");
  line.Alias("-cc", "--chrf-char-order");
  line.Alias("-cw", "--chrf-word-order");
}

void EvaluateFlags::DeclareSignificance(CommandLine& line) {
  line.Group("Significance")
      .Switch("confidence", &options_.judgement.confidence,
              "95 % confidence intervals by bootstrap")
      .Number("confidence-n", &options_.judgement.num_resamples, {1, kMaxTrials},
              "resamples for it")
      .Switch("paired-bs", &paired_bootstrap_,
              "compare every system with the first one by paired bootstrap")
      .Number("paired-bs-n", &options_.judgement.num_resamples, {1, kMaxTrials}, "resamples for it")
      .Switch("paired-ar", &paired_randomisation_, "the same by paired approximate randomisation")
      .Number("paired-ar-n", &options_.judgement.num_randomisations, {1, kMaxTrials},
              "trials for it")
      .Number("paired-ar-confidence-n", &randomisation_resamples_, {-1, kMaxTrials},
              "with --paired-ar: confidence intervals from this many resamples; 0: of as many as "
              "--confidence-n says, -1: none")
      .Number("seed", &options_.judgement.seed, kSeeds,
              "seed for all of these; by default SACREBLEU_SEED, if it is set");
  for (const auto& [spelling, flag] : {std::pair{"-ci", "--confidence"},
                                       {"-cin", "--confidence-n"},
                                       {"--paired", "--paired-bs"},
                                       {"-pbs", "--paired-bs"},
                                       {"-pbsn", "--paired-bs-n"},
                                       {"-par", "--paired-ar"},
                                       {"--paired-ar-ci", "--confidence"},
                                       {"-parci", "--confidence"},
                                       {"-parn", "--paired-ar-n"},
                                       {"-part", "--paired-ar-n"}}) {
    line.Alias(spelling, flag);
  }
}

void EvaluateFlags::DeclareOutput(CommandLine& line) {
  line.Group("Analysis and output")
      .Custom(
          "by-length", "WORDS,…", "10,20,30,40,50",
          "score the lines of each length of the source, or else of the first reference; 10,20 "
          "means 0-10, 11-20 and 21+ words",
          [this](const std::string& text) { options_.judgement.length_edges = ParseEdges(text); })
      .List("compare", &compare_, "A B", "two systems to score, and where they differ most")
      .Number("compare-lines", &options_.num_differences, {1, 1e6}, "how many lines to show")
      .Output("html", &options_.html, "FILE", "write a report with plots")
      .Custom("format,f", "json|text|latex (json)", std::nullopt,
              "form of the scores; latex is for tables of several systems; --sentence-level is "
              "text unless json is asked for; SACREBLEU_FORMAT, if set, takes precedence",
              [this](const std::string& text) {
                format_ = ParseFormat(text);
                if (format_) return;
                throw ConfigError(
                    {.where = "--format", .expected = "json, text or latex", .got = text});
              })
      .Number("width,w", &options_.width, {0, 17}, "decimals in text; JSON has all")
      .Switch("short", &options_.judgement.short_signatures, "short signatures in text")
      .Switch("score-only,b", &options_.score_only, "print nothing but the scores");
  line.Alias("-sh", "--short");
  line.Alias("-q", "--quiet");
}

EvaluateOptions EvaluateFlags::Resolve(const CommandLine& line) const {
  EvaluateOptions options = options_;
  JudgementOptions& judgement = options.judgement;
  judgement.num_threads = static_cast<int>(line.threads());
  SetPairedTest(paired_bootstrap_, paired_randomisation_, randomisation_resamples_, &judgement);
  options.format =
      format_.value_or(options.sentence_level ? ScoreFormat::kText : ScoreFormat::kJson);
  ObeyEnvironment(line.Given("seed"), &options);
  if (options.format == ScoreFormat::kJson) judgement.short_signatures = false;
  options.compare = line.Given("compare");
  if (options.compare) {
    RequireUsage(compare_.size() == 2, "--compare", "two files", std::to_string(compare_.size()));
    RequireUsage(!line.Given("input"), "--compare", "no --input beside it", "both");
    options.files.hypotheses = compare_;
  }
  if (options.sentence_level) options.bleu.effective_order = true;
  if (judgement.paired != PairedTest::kNone && !options.files.hypotheses.empty()) {
    IgnoreRepeatedBaseline(&options.files.hypotheses);
  }
  CheckEvaluateOptions(options);
  if (!line.Given("tokenize")) options.tokenizer = DefaultTokenizer(options);
  RequireWritable({{"--output", options.output}, {"--html", options.html}});
  return options;
}

}  // namespace talmach
