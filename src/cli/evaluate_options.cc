// Tested by tests/cli/evaluate_command_test.cc.
#include "cli/evaluate_options.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <set>
#include <string_view>

#include "base/error.h"
#include "base/log.h"
#include "base/split.h"
#include "cli/command_line.h"
#include "cli/file_flags.h"
#include "evaluation/moses_tokenizer.h"
#include "text/tokenizer.h"

namespace talmach {
namespace {

constexpr std::string_view kSentencePiecePrefix = "spm:";
constexpr double kMaxTrials = 10'000'000;
constexpr NumberRange kSeeds = {0, 9e15};

/// What becomes of flags only once all have been read.
struct RawFlags {
  bool paired_bootstrap = false;
  bool paired_randomisation = false;
  Index randomisation_resamples = -1;  // none
  std::vector<std::string> compare = {};
};

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

void DeclareFiles(CommandLine* line, EvaluateOptions* options) {
  line->Group("Files and metrics")
      .List("reference,r", &options->files.references, "FILE…",
            "reference translations; several for several references a line")
      .Number("num-refs", &options->files.references_per_file, {1, 1000},
              "references in each line of the one reference file, separated by tabs")
      .List("input,i", &options->files.hypotheses, "FILE…",
            "translations to score; several for several systems; by default standard input, where "
            "tabs separate the systems of a line")
      .List("metrics,m", &options->metrics, "METRIC…",
            "bleu, chrf, ter, multi-bleu (no smoothing, given tokens), or aer (alignments in "
            "Pharaoh format, against 0-1 sure and 0?1 possible links)")
      .Switch("sentence-level", &options->sentence_level, "score every line on its own")
      .Text("source", &options->files.source, "FILE", "source text, for --by-length and reports")
      .Output("output,o", &options->output, "FILE", "where to write");
  line->Positional("reference");
  line->Alias("-sl", "--sentence-level");
  line->Alias("-nr", "--num-refs");
}

void DeclareBleu(CommandLine* line, EvaluateOptions* options) {
  line->Group("BLEU")
      .Text("tokenize", &options->tokenizer, "13a|none|char|intl|zh|moses|spm:MODEL (= 13a)",
            "how to split lines into tokens; multi-bleu splits only if this is moses")
      .Text("language,l", &options->language, "LANGUAGE",
            "of the text, de or en-de: moses needs it (en, de, fr, cs); zh makes zh the tokenizer")
      .Switch("lowercase", &options->bleu.lower_case, "compare without case")
      .Choice("smooth-method,s", &options->bleu.smoothing,
              {{"exp", BleuSmoothing::kExponential},
               {"floor", BleuSmoothing::kFloor},
               {"add-k", BleuSmoothing::kAddK},
               {"none", BleuSmoothing::kNone}},
              "what to do about n-grams without a match")
      .Custom(
          "smooth-value", "N (floor: 0.1, add-k: 1)", std::nullopt, "value of floor and add-k",
          [options](const std::string& text) {
            options->bleu.smoothing_value = ParseNumber(text, {0, 1e6}, false);
            if (options->bleu.smoothing_value) return;
            throw ConfigError({.where = "--smooth-value", .expected = "a number ≥ 0", .got = text});
          })
      .Switch("effective-order", &options->bleu.effective_order,
              "leave out n-grams longer than the text; always on for --sentence-level")
      .Switch("force", &options->force, "no warning about text that looks tokenized");
  for (const auto& [spelling, flag] : {std::pair{"-tok", "--tokenize"},
                                       {"-lc", "--lowercase"},
                                       {"-sv", "--smooth-value"},
                                       {"--language-pair", "--language"}}) {
    line->Alias(spelling, flag);
  }
}

void DeclareChrfAndTer(CommandLine* line, EvaluateOptions* options) {
  line->Group("chrF")
      .Number("chrf-char-order", &options->chrf.character_order, {1, 100},
              "longest n-grams of characters")
      .Number("chrf-word-order", &options->chrf.word_order, {0, 100},
              "longest n-grams of words; 2 is chrF++")
      .Number("chrf-beta", &options->chrf.beta, {0, 100}, "weight of recall against precision")
      .Switch("chrf-whitespace", &options->chrf.whitespace, "white space counts as characters")
      .Switch("chrf-lowercase", &options->chrf.lower_case, "compare without case")
      .Switch("chrf-eps-smoothing", &options->chrf.epsilon_smoothing,
              "average over all orders, as chrF++.py does");
  line->Group("TER")
      .Switch("ter-case-sensitive", &options->ter.case_sensitive, "compare with case")
      .Switch("ter-asian-support", &options->ter.asian_support, "split Asian characters")
      .Switch("ter-no-punct", &options->ter.remove_punctuation, "remove punctuation")
      .Switch("ter-normalized", &options->ter.normalize, "normalise and tokenize");
  line->Alias("-cc", "--chrf-char-order");
  line->Alias("-cw", "--chrf-word-order");
}

void DeclareSignificance(CommandLine* line, EvaluateOptions* options, RawFlags* raw) {
  line->Group("Significance")
      .Switch("confidence", &options->confidence, "95 % confidence intervals by bootstrap")
      .Number("confidence-n", &options->num_resamples, {1, kMaxTrials}, "resamples for it")
      .Switch("paired-bs", &raw->paired_bootstrap,
              "compare every system with the first one by paired bootstrap")
      .Number("paired-bs-n", &options->num_resamples, {1, kMaxTrials}, "resamples for it")
      .Switch("paired-ar", &raw->paired_randomisation,
              "the same by paired approximate randomisation")
      .Number("paired-ar-n", &options->num_randomisations, {1, kMaxTrials}, "trials for it")
      .Number("paired-ar-confidence-n", &raw->randomisation_resamples, {-1, kMaxTrials},
              "with --paired-ar: confidence intervals of so many resamples; 0: of as many as "
              "--confidence-n says, -1: none")
      .Number("seed", &options->seed, kSeeds,
              "seed of all of these; by default what SACREBLEU_SEED says, if it is set");
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
    line->Alias(spelling, flag);
  }
}

void DeclareOutput(CommandLine* line, EvaluateOptions* options, RawFlags* raw) {
  line->Group("Analysis and output")
      .Custom("by-length", "WORDS,…", "10,20,30,40,50",
              "score the lines of each length of the source, or else of the first reference; "
              "10,20 means 0-10, 11-20 and 21+ words",
              [options](const std::string& text) { options->length_edges = ParseEdges(text); })
      .List("compare", &raw->compare, "A B", "two systems to score, and where they differ most")
      .Number("compare-lines", &options->num_differences, {1, 1e6}, "how many lines to show")
      .Output("html", &options->html, "FILE", "write a report with plots")
      .Custom("format,f", "json|text|latex (json)", std::nullopt,
              "form of the scores; latex is for tables of several systems; --sentence-level is "
              "text unless json is asked for; SACREBLEU_FORMAT, if set, goes before this flag",
              [options](const std::string& text) {
                options->format = ParseFormat(text);
                if (options->format) return;
                throw ConfigError(
                    {.where = "--format", .expected = "json, text or latex", .got = text});
              })
      .Number("width,w", &options->width, {0, 17}, "decimals in text; JSON has all")
      .Switch("short", &options->short_signature, "short signatures in text")
      .Switch("score-only,b", &options->score_only, "print nothing but the scores");
  line->Alias("-sh", "--short");
  line->Alias("-q", "--quiet");
}

void Require(bool condition, const std::string& where, const std::string& expected,
             const std::string& got, const std::string& hint = {}) {
  if (condition) return;
  throw ConfigError({.where = where, .expected = expected, .got = got, .hint = hint});
}

void CheckMetrics(const EvaluateOptions& options) {
  static const std::set<std::string> kKnown = {"bleu", "chrf", "ter", "multi-bleu", "aer"};
  for (const std::string& metric : options.metrics) {
    Require(kKnown.contains(metric), "--metrics", "bleu, chrf, ter, multi-bleu or aer", metric);
    Require(metric != "aer" || options.metrics.size() == 1, "--metrics", "aer alone",
            "other metrics beside it", "alignments are not text");
  }
}

void CheckSystems(const EvaluateOptions& options) {
  const std::vector<std::string>& systems = options.files.hypotheses;
  const auto count = std::to_string(systems.size());
  Require(std::set(systems.begin(), systems.end()).size() == systems.size(), "--input",
          "different files", "one of them twice");
  const std::vector<std::string>& references = options.files.references;
  Require(options.files.references_per_file == 1 || references.size() == 1, "--num-refs",
          "one file of references", std::to_string(references.size()));
  const bool reads_input = systems.empty() || std::ranges::count(systems, "-") > 0;
  Require(!reads_input || std::ranges::count(references, "-") == 0, "--reference",
          "files, standard input being the translations", "-");
  Require(options.paired == PairedTest::kNone || systems.size() != 1, "--paired-bs, --paired-ar",
          "two systems or more", count, "give them as --input A B");
  if (!options.sentence_level) return;
  Require(systems.size() <= 1, "--sentence-level", "one system", count);
  Require(options.metrics.size() == 1, "--sentence-level", "one metric",
          std::to_string(options.metrics.size()));
  Require(!options.confidence, "--sentence-level", "no statistical test", "--confidence");
}

/// The baseline may be named again, so that `--input systems/base systems/*` can be typed.
void IgnoreRepeatedBaseline(std::vector<std::string>* systems) {
  const auto again = std::remove(systems->begin() + 1, systems->end(), systems->front());
  if (again == systems->end()) return;
  Log().info("{}: given again, but already the baseline: ignored", systems->front());
  systems->erase(again, systems->end());
}

/// The variables that sacreBLEU obeys.
void ObeyEnvironment(bool seed_is_given, EvaluateOptions* options) {
  const char* format = std::getenv("SACREBLEU_FORMAT");
  if (format != nullptr && !options->sentence_level) {
    std::string name = format;
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (const auto known = ParseFormat(name)) options->format = known;
  }
  const char* seed = std::getenv("SACREBLEU_SEED");
  const bool is_random = options->confidence || options->paired != PairedTest::kNone;
  if (seed == nullptr || seed_is_given || !is_random) return;
  const std::string_view text = seed;
  if (text == "none" || text == "None") {
    options->seed = static_cast<Index>(std::random_device()());
    options->seed_is_drawn = true;
    return;
  }
  const std::optional<double> number = ParseNumber(text, kSeeds, true);
  Require(number.has_value(), "SACREBLEU_SEED", "a whole number from 0, or none",
          std::string(text));
  options->seed = static_cast<Index>(*number);
}

/// The language of the text: of a pair like "en-de" the second.
std::string TargetLanguage(const EvaluateOptions& options) {
  return options.language.substr(options.language.find('-') + 1);
}

/// sacreBLEU splits Japanese and Korean with MeCab, which is not at hand here, so that any choice
/// would surprise.
std::string DefaultTokenizer(const EvaluateOptions& options) {
  const std::string language = TargetLanguage(options);
  if (std::ranges::count(options.metrics, "bleu") > 0) {
    Require(language != "ja" && language != "ko", "--tokenize",
            "a tokenizer for language " + language, "none",
            "char, intl and spm:MODEL do without spaces between words");
  }
  return language == "zh" ? "zh" : "13a";
}

void SetPairedTest(const RawFlags& raw, EvaluateOptions* options) {
  Require(!(raw.paired_bootstrap && raw.paired_randomisation), "--paired-bs, --paired-ar",
          "one of them", "both");
  if (raw.paired_bootstrap) options->paired = PairedTest::kBootstrap;
  if (raw.paired_randomisation) options->paired = PairedTest::kRandomisation;
  if (raw.randomisation_resamples < 0) return;
  Require(raw.paired_randomisation, "--paired-ar-confidence-n", "--paired-ar beside it",
          "another test");
  options->confidence = true;
  if (raw.randomisation_resamples > 0) options->num_resamples = raw.randomisation_resamples;
}

}  // namespace

std::optional<EvaluateOptions> ParseEvaluateOptions(const Arguments& arguments) {
  EvaluateOptions options;
  RawFlags raw;
  CommandLine line("talmach evaluate -r REF… [-i HYP…] [-m bleu chrf ter] [FLAGS]",
                   "Scores translations with sacreBLEU's numbers and signatures.");
  DeclareFiles(&line, &options);
  DeclareBleu(&line, &options);
  DeclareChrfAndTer(&line, &options);
  DeclareSignificance(&line, &options, &raw);
  DeclareOutput(&line, &options, &raw);
  line.Require("reference");
  if (!line.Parse(arguments)) return std::nullopt;
  options.num_threads = static_cast<int>(line.threads());
  SetPairedTest(raw, &options);
  ObeyEnvironment(line.Given("seed"), &options);
  options.compare = line.Given("compare");
  if (options.compare) {
    Require(raw.compare.size() == 2, "--compare", "two files", std::to_string(raw.compare.size()));
    Require(!line.Given("input"), "--compare", "no --input beside it", "both");
    options.files.hypotheses = raw.compare;
  }
  if (options.sentence_level) options.bleu.effective_order = true;
  CheckMetrics(options);
  if (options.paired != PairedTest::kNone && !options.files.hypotheses.empty()) {
    IgnoreRepeatedBaseline(&options.files.hypotheses);
  }
  CheckSystems(options);
  if (!line.Given("tokenize")) options.tokenizer = DefaultTokenizer(options);
  RequireWritable({{"--output", options.output}, {"--html", options.html}});
  return options;
}

namespace {

/// A signature must not hold its own separators.
std::string SafeName(std::string name) {
  for (char& c : name) {
    if (c == ':' || c == '|') c = '_';
  }
  return name;
}

BleuTokenizer MakeSentencePieceTokenizer(const std::string& path) {
  const auto model = std::make_shared<Tokenizer>(Tokenizer::LoadForeign(path));
  return {.name = "spm-" + SafeName(std::filesystem::path(path).filename().string()),
          .tokenize = [model](std::string_view line) {
            std::string pieces;
            for (const std::string& piece : model->EncodePieces(line)) {
              pieces.append(piece).push_back(' ');
            }
            return pieces;
          }};
}

BleuTokenizer ChooseTokenizer(const EvaluateOptions& options) {
  const std::string& name = options.tokenizer;
  if (name == "moses") return MakeMosesTokenizer(TargetLanguage(options));
  if (name.starts_with(kSentencePiecePrefix)) {
    return MakeSentencePieceTokenizer(name.substr(kSentencePiecePrefix.size()));
  }
  Require(name != "spm" && !name.starts_with("flores"), "--tokenize", "spm:MODEL", name,
          "nothing is downloaded: name the file of the SentencePiece model");
  static const std::set<std::string> kKnown = {"13a", "none", "char", "intl", "zh"};
  Require(kKnown.contains(name), "--tokenize", "13a, none, char, intl, zh, moses or spm:MODEL",
          name);
  return MakeBleuTokenizer(name);
}

}  // namespace

std::vector<Metric> MakeMetrics(const EvaluateOptions& options) {
  std::vector<Metric> metrics;
  // std::set: each metric once, in the order of names.
  for (const std::string& name : std::set(options.metrics.begin(), options.metrics.end())) {
    if (name == "bleu") {
      BleuOptions bleu = options.bleu;
      bleu.tokenizer = ChooseTokenizer(options);
      metrics.push_back(MakeBleuMetric(bleu, "BLEU", options.num_threads));
    } else if (name == "chrf") {
      metrics.push_back(MakeChrfMetric(options.chrf, options.num_threads));
    } else if (name == "ter") {
      metrics.push_back(MakeTerMetric(options.ter, options.num_threads));
    } else {
      const BleuTokenizer tokenizer =
          options.tokenizer == "moses" ? ChooseTokenizer(options) : MakeBleuTokenizer("none");
      metrics.push_back(MakeBleuMetric(MultiBleuOptions(tokenizer, options.bleu.lower_case),
                                       "multi-bleu", options.num_threads));
    }
  }
  return metrics;
}

}  // namespace talmach
