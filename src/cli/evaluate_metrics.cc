// Tested by tests/cli/evaluate_command_test.cc.
#include "cli/evaluate_metrics.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <string_view>

#include "cli/command_line.h"
#include "evaluation/moses_tokenizer.h"
#include "text/tokenizer.h"

namespace talmach {
namespace {

constexpr std::string_view kSentencePiecePrefix = "spm:";

// The language of the text: of a pair like "en-de" the second.
std::string TargetLanguage(const EvaluateOptions& options) {
  return options.language.substr(options.language.find('-') + 1);
}

// A signature must not hold its own separators.
std::string SafeName(std::string name) {
  for (char& c : name) {
    if (c == ':' || c == '|') c = '_';
  }
  return name;
}

BleuTokenizer MakeSentencePieceTokenizer(const std::string& path) {
  const std::shared_ptr<const Tokenizer> model = Tokenizer::Load(path);
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
  RequireUsage(name != "spm" && !name.starts_with("flores"), "--tokenize", "spm:MODEL", name,
               "nothing is downloaded: name the file of the SentencePiece model");
  static const std::set<std::string> kKnown = {"13a", "none", "char", "intl", "zh"};
  RequireUsage(kKnown.contains(name), "--tokenize", "13a, none, char, intl, zh, moses or spm:MODEL",
               name);
  return MakeBleuTokenizer(name);
}

}  // namespace

// sacreBLEU splits Japanese and Korean with MeCab, which is not available here, so any default
// would be surprising.
std::string DefaultTokenizer(const EvaluateOptions& options) {
  const std::string language = TargetLanguage(options);
  if (std::ranges::count(options.metrics, "bleu") > 0) {
    RequireUsage(language != "ja" && language != "ko", "--tokenize",
                 "a tokenizer for language " + language, "none",
                 "char, intl and spm:MODEL do without spaces between words");
  }
  return language == "zh" ? "zh" : "13a";
}

std::vector<Metric> MakeMetrics(const EvaluateOptions& options) {
  std::vector<Metric> metrics;
  // std::set: each metric once, in the order of names.
  for (const std::string& name : std::set(options.metrics.begin(), options.metrics.end())) {
    if (name == "bleu") {
      BleuOptions bleu = options.bleu;
      bleu.tokenizer = ChooseTokenizer(options);
      metrics.push_back(MakeBleuMetric(bleu, "BLEU", options.judgement.num_threads));
    } else if (name == "chrf") {
      metrics.push_back(MakeChrfMetric(options.chrf, options.judgement.num_threads));
    } else if (name == "ter") {
      metrics.push_back(MakeTerMetric(options.ter, options.judgement.num_threads));
    } else {
      const BleuTokenizer tokenizer =
          options.tokenizer == "moses" ? ChooseTokenizer(options) : MakeBleuTokenizer("none");
      metrics.push_back(MakeBleuMetric(MultiBleuOptions(tokenizer, options.bleu.lower_case),
                                       "multi-bleu", options.judgement.num_threads));
    }
  }
  return metrics;
}

}  // namespace talmach
