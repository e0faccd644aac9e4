// What `talmach evaluate` is to do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evaluation/bleu.h"
#include "evaluation/chrf.h"
#include "evaluation/judgement.h"
#include "evaluation/ter.h"
#include "report/evaluation_format.h"

namespace talmach {

struct EvaluationFiles {
  // One for each system. None: standard input, with the systems of a line separated by tabs.
  std::vector<std::string> hypotheses = {};
  std::vector<std::string> references = {};
  Index references_per_file = 1;  // separated by tabs
  std::string source = {};        // may be empty
};

struct EvaluateOptions {
  EvaluationFiles files = {};
  std::vector<std::string> metrics = {"bleu"};
  std::string output = "-";
  ScoreFormat format = ScoreFormat::kJson;
  Index width = 1;  // decimals in text
  bool score_only = false;
  bool sentence_level = false;

  std::string tokenizer = {};  // by default that of the language
  std::string language = {};   // "de", or a pair whose target counts: "en-de"
  BleuOptions bleu = {};
  bool force = false;  // no warning about tokenized text
  ChrfOptions chrf = {};
  TerOptions ter = {};

  JudgementOptions judgement = {};
  bool compare = false;
  Index num_differences = 10;
  std::string html = {};
};

/// Throws ConfigError if parts of the options contradict each other.
void CheckEvaluateOptions(const EvaluateOptions& options);

}  // namespace talmach
