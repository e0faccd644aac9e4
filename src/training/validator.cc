#include "training/validator.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/free_memory.h"
#include "base/stop.h"
#include "evaluation/bleu.h"
#include "evaluation/chrf.h"
#include "evaluation/ter.h"
#include "search/translator.h"

namespace talmach {
namespace {

constexpr std::size_t kTranslatedLines = 256;  // between two looks at should_stop

// Workers take batches in turn; the sum runs in the order of the batches.
double CrossEntropy(const std::vector<Batch>& batches, const Seq2SeqModel& model,
                    Workers& workers) {
  std::vector<LossSums> sums(batches.size());
  workers.Run([&](int worker) {
    for (auto i = static_cast<std::size_t>(worker); i < batches.size(); i += workers.size()) {
      sums[i] = model.Forward(batches[i], {}, workers.arena(worker));
    }
  });
  LossSums total;
  for (const LossSums& part : sums) total += part;
  return total.cross_entropy / static_cast<double>(total.num_tokens);
}

// Lines spread evenly over the set, the same each time, so that progress can be watched.
std::vector<std::size_t> SampleLines(Index wanted, std::size_t num_lines) {
  const std::size_t count = std::min(static_cast<std::size_t>(wanted), num_lines);
  std::vector<std::size_t> lines;
  for (std::size_t i = 0; i < count; ++i) lines.push_back(i * num_lines / count);
  return lines;
}

// One validation. Its functions return false where should_stop said true.
class Validation {
 public:
  Validation(const ValidationOptions& options, const Translator& translator,
             const Seq2SeqModel& model, Workers& workers, const std::function<bool()>& should_stop)
      : options_(options),
        translator_(translator),
        model_(model),
        workers_(workers),
        should_stop_(should_stop) {}

  bool Measure(const ValidationSet& set, SetResult* result) {
    result->cross_entropy = CrossEntropy(set.batches, model_, workers_);
    if (should_stop_()) return false;
    const bool translates = std::ranges::any_of(options_.metrics, NeedsTranslations);
    translations_.assign(set.sources.size(), "");
    if (translates && !TranslateAll(set.sources)) return false;
    for (const ValidationMetric metric : options_.metrics) {
      if (metric == ValidationMetric::kScript && !RunScript(set, result)) return false;
      result->scores.push_back(Score(metric, set, *result));
    }
    return true;
  }

  // To be called after Measure of the same set.
  std::vector<SampleTranslation> Samples(const ValidationSet& set) {
    const bool translates = std::ranges::any_of(options_.metrics, NeedsTranslations);
    std::vector<SampleTranslation> samples;
    for (const std::size_t line : SampleLines(options_.samples, set.sources.size())) {
      if (!translates) {
        translations_[line] = translator_.Translate({&set.sources[line], 1}).front().best().text;
      }
      samples.push_back({set.sources[line], set.references[line], translations_[line]});
    }
    return samples;
  }

 private:
  bool TranslateAll(std::span<const std::string> lines) {
    for (std::size_t begin = 0; begin < lines.size(); begin += kTranslatedLines) {
      if (should_stop_()) return false;
      const auto part = lines.subspan(begin, std::min(kTranslatedLines, lines.size() - begin));
      const std::vector<Translation> translated = translator_.Translate(part);
      for (std::size_t i = 0; i < part.size(); ++i) {
        translations_[begin + i] = translated[i].best().text;
      }
    }
    return true;
  }

  bool RunScript(const ValidationSet& set, SetResult* result) {
    result->script = RunScoreScript(
        options_.script,
        {.source = set.sources, .reference = set.references, .translation = translations_},
        should_stop_);
    return result->script.has_value();
  }

  std::optional<double> Score(ValidationMetric metric, const ValidationSet& set,
                              const SetResult& result) const {
    const int num_threads = workers_.size() * workers_.threads_per_worker();
    const References references{&set.references, 1};
    switch (metric) {
      case ValidationMetric::kCrossEntropy:
        return result.cross_entropy;
      case ValidationMetric::kPerplexity:
        return result.perplexity();
      case ValidationMetric::kBleu:
        return Bleu({}, num_threads).Corpus(translations_, references).score;
      case ValidationMetric::kChrf:
        return Chrf({}, num_threads).Corpus(translations_, references).score;
      case ValidationMetric::kTer:
        return Ter({}, num_threads).Corpus(translations_, references).score;
      case ValidationMetric::kScript:
        return result.script->score;
    }
    Require(false, "every metric has a score");
    return std::nullopt;
  }

  const ValidationOptions& options_;
  const Translator& translator_;
  const Seq2SeqModel& model_;
  Workers& workers_;
  const std::function<bool()>& should_stop_;
  std::vector<std::string> translations_;  // of the set measured last
};

}  // namespace

Validator::Validator(const Config& config, std::shared_ptr<const Tokenizer> source,
                     std::shared_ptr<const Tokenizer> target)
    : options_(config.validation),
      source_tokenizer_(std::move(source)),
      target_tokenizer_(std::move(target)) {
  for (const CorpusOptions& files : ValidationSets(config)) {
    sets_.push_back(
        ValidationSet::Read(files, config.data.max_length, *source_tokenizer_, *target_tokenizer_));
  }
}

std::optional<ValidationResult> Validator::Run(const std::shared_ptr<const Seq2SeqModel>& model,
                                               Workers& workers,
                                               const std::function<bool()>& should_stop) const {
  std::optional<ValidationResult> result;
  try {
    result = RunToTheEnd(model, workers, should_stop);
  } catch (const Interrupted&) {  // none
  }
  ReturnFreeMemory();  // of its threads and packed weights, which would be more each time
  return result;
}

std::optional<ValidationResult> Validator::RunToTheEnd(
    const std::shared_ptr<const Seq2SeqModel>& model, Workers& workers,
    const std::function<bool()>& should_stop) const {
  const Translator translator(
      {std::make_shared<const InferenceModel>(model)}, source_tokenizer_, target_tokenizer_,
      {.beam = {.beam_size = options_.beam_size, .normalize = options_.normalize},
       .threads = workers.size() * workers.threads_per_worker()});
  Validation validation(options_, translator, *model, workers, should_stop);
  ValidationResult result;
  for (const ValidationSet& set : sets_) {
    result.sets.push_back({.name = set.name});
    if (!validation.Measure(set, &result.sets.back())) return std::nullopt;
    if (&set == &sets_.front()) result.samples = validation.Samples(set);
  }
  return result;
}

}  // namespace talmach
