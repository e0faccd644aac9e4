// Tested by tests/integration/program_test.py.
//
// A setting is looked for in three places: the flag, the section `translation` of the model's
// configuration, and the default. Flags are parsed before it is known which model is meant, so they
// are parked in `given_`, and Resolve copies those that were given over the configuration that it
// reads. For an ensemble, the first model's configuration counts.
#include "cli/translation_flags.h"

#include "base/error.h"
#include "base/log.h"

namespace talmach {

void TranslationFlags::DeclareModel(CommandLine& line, Models models) {
  allows_ensemble_ = models == Models::kEnsemble;
  line.Group("Model")
      .Repeated(
          "model,m", &models_, "DIR",
          allows_ensemble_ ? "model directory; -m again adds to an ensemble" : "model directory")
      .Choice("precision", &given_.precision,
              {{"float32", Precision::kFloat32},
               {"bfloat16", Precision::kBFloat16},
               {"int8", Precision::kInt8}},
              "of matrix products")
      .Number("mini-batch", &given_.mini_batch, {1, 1024}, "sentences translated together")
      .Number("max-length", &given_.max_length, {1, 10000}, "lines are cut to this many tokens");
}

void TranslationFlags::DeclareSearch(CommandLine& line) {
  line.Group("Search (defaults: section translation of the model's config.yaml, or these)")
      .Number("beam-size,b", &given_.beam_size, {1, 1000}, "hypotheses kept per sentence")
      .Custom("normalize,n", "ALPHA (= " + NumberText(given_.normalize) + ")", "1",
              "divide scores by length^ALPHA; alone: 1; 0: none",
              [this](const std::string& text) {
                const auto value = ParseNumber(text, {0, 10}, /*integer=*/false);
                if (!value) {
                  throw ConfigError({.where = "--normalize",
                                     .expected = RangeText({0, 10}, /*integer=*/false),
                                     .got = text});
                }
                given_.normalize = *value;
              })
      .Number("max-length-factor", &given_.max_length_factor, {0.01, 1000},
              "longest translation in lengths of its source, plus 10 tokens")
      .Choice("unk", &given_.unk,
              {{"allow", UnknownWords::kAllow},
               {"ban", UnknownWords::kBan},
               {"replace", UnknownWords::kReplace}},
              "<unk>: allowed, banned, or replaced by the most attended source word");
}

void TranslationFlags::DeclareShortlist(CommandLine& line) {
  line.Group("Speed").Text("shortlist", &shortlist_, "FILE",
                           "consider only the words it lists for a sentence; see `talmach "
                           "shortlist`");
}

TranslationConfig TranslationFlags::Resolve(const CommandLine& line) const {
  if (models_.empty()) throw ConfigError({.where = "--model", .what = "must be given"});
  if (!allows_ensemble_ && models_.size() > 1) {
    throw ConfigError(
        {.where = "--model", .expected = "one directory", .got = std::to_string(models_.size())});
  }
  return Resolve(line, models_.front());
}

TranslationConfig TranslationFlags::Resolve(const CommandLine& line,
                                            const std::string& directory) const {
  TranslationConfig config = ReadTranslationConfig(directory);
  if (line.Given("precision")) config.precision = given_.precision;
  if (line.Given("mini-batch")) config.mini_batch = given_.mini_batch;
  if (line.Given("max-length")) config.max_length = given_.max_length;
  if (line.Given("beam-size")) config.beam_size = given_.beam_size;
  if (line.Given("normalize")) config.normalize = given_.normalize;
  if (line.Given("max-length-factor")) config.max_length_factor = given_.max_length_factor;
  if (line.Given("unk")) config.unk = given_.unk;
  return config;
}

OpenOptions TranslationFlags::MakeOpenOptions(const TranslationConfig& config,
                                              Index threads) const {
  return {.precision = config.precision,
          .shortlist = shortlist_,
          .translator = MakeTranslatorOptions(config, threads)};
}

void WarnOfCuts(const std::string& input, const LineNumbers& cut, std::string_view unit,
                Index max_length) {
  if (cut.count() == 0) return;
  Log().warn("{}: {} {} cut at {} tokens (--max-length)", input, cut.Text(unit), cut.was(),
             max_length);
}

}  // namespace talmach
