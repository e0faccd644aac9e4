// What the flags of `talmach evaluate` say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/evaluate_corpus.h"
#include "evaluation/metric.h"

namespace talmach {

enum class ScoreFormat { kJson, kText, kLatex };
enum class PairedTest { kNone, kBootstrap, kRandomisation };

struct EvaluateOptions {
  EvaluationFiles files = {};
  std::vector<std::string> metrics = {"bleu"};
  std::string output = "-";
  std::optional<ScoreFormat> format = {};
  Index width = 1;  // decimals in text
  bool score_only = false;
  bool short_signature = false;  // in text
  bool sentence_level = false;

  std::string tokenizer = {};  // by default that of the language
  std::string language = {};   // "de", or a pair whose target counts: "en-de"
  BleuOptions bleu = {};
  bool force = false;  // no warning about tokenized text
  ChrfOptions chrf = {};
  TerOptions ter = {};

  bool confidence = false;
  Index num_resamples = 1000;
  PairedTest paired = PairedTest::kNone;
  Index num_randomisations = 10000;
  Index seed = 12345;
  bool seed_is_drawn = false;  // anew for every run, so that the signature cannot tell it

  std::vector<Index> length_edges = {};  // empty: no scores by length
  bool compare = false;
  Index num_differences = 10;
  std::string html = {};

  int num_threads = 0;
};

/// Parses and checks the flags; nothing if --help was asked for. Throws ConfigError.
std::optional<EvaluateOptions> ParseEvaluateOptions(const Arguments& arguments);

/// The metrics asked for, in the order of their names, as sacreBLEU prints them.
std::vector<Metric> MakeMetrics(const EvaluateOptions& options);

}  // namespace talmach
