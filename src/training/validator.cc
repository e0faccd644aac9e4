#include "training/validator.h"

#include <algorithm>

#include "base/error.h"
#include "base/free_memory.h"
#include "base/log.h"
#include "base/stop.h"
#include "evaluation/bleu.h"
#include "search/translator.h"
#include "text/corpus.h"

namespace talmach {
namespace {

constexpr std::size_t kBatchSentences = 32;    // of the cross-entropy
constexpr std::size_t kTranslatedLines = 256;  // between two looks at should_stop

bool IsBlank(const std::string& line) { return line.find_first_not_of(" \t") == std::string::npos; }

std::vector<TokenId> WithEnd(std::vector<TokenId> tokens) {
  tokens.push_back(kEndId);
  return tokens;
}

// Batches of similar length, so that the products of late steps still have many rows.
std::vector<Batch> MakeBatches(std::vector<SentencePair> pairs) {
  std::ranges::stable_sort(pairs, [](const SentencePair& a, const SentencePair& b) {
    return a.target.size() > b.target.size();
  });
  std::vector<Batch> batches;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (i % kBatchSentences == 0) batches.emplace_back();
    batches.back().pairs.push_back(std::move(pairs[i]));
  }
  return batches;
}

bool Contains(const std::vector<ValidationMetric>& metrics, ValidationMetric metric) {
  return std::ranges::find(metrics, metric) != metrics.end();
}

}  // namespace

double ValidationResult::Score(ValidationMetric metric) const {
  if (metric == ValidationMetric::kCrossEntropy) return cross_entropy;
  Require(bleu.has_value(), "BLEU was computed");
  return *bleu;
}

Validator::Validator(const TrainingDataOptions& data, const ValidationOptions& options,
                     std::shared_ptr<const Tokenizer> source,
                     std::shared_ptr<const Tokenizer> target)
    : options_(options),
      source_tokenizer_(std::move(source)),
      target_tokenizer_(std::move(target)) {
  ParallelCorpus corpus(data.valid_source, data.valid_target);
  LengthFilter filter{.max_length = data.max_length};
  std::vector<SentencePair> pairs;
  std::string source_line;
  std::string target_line;
  while (corpus.Next(&source_line, &target_line)) {
    if (IsBlank(source_line) || IsBlank(target_line)) continue;
    std::vector<TokenId> source_tokens = source_tokenizer_->Encode(source_line);
    std::vector<TokenId> target_tokens = target_tokenizer_->Encode(target_line);
    sources_.push_back(source_line);
    references_.push_back(target_line);
    if (!filter.Keep(std::ssize(source_tokens), std::ssize(target_tokens))) continue;
    pairs.push_back({.source = WithEnd(std::move(source_tokens)),
                     .target = WithEnd(std::move(target_tokens)),
                     .line = corpus.num_pairs() - 1});
  }
  if (pairs.empty()) {
    throw DataError({.where = data.valid_source + ", " + data.valid_target,
                     .what = "no usable pair of lines for validation",
                     .expected = "lines that are not empty, of at most " +
                                 std::to_string(data.max_length) + " tokens",
                     .got = filter.Summary()});
  }
  if (!filter.Summary().empty()) Log().warn("cross-entropy of validation: {}", filter.Summary());
  batches_ = MakeBatches(std::move(pairs));
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
  ValidationResult result;
  const LossSums sums = Loss(*model, workers);
  result.cross_entropy = sums.cross_entropy / static_cast<double>(sums.num_tokens);
  const int num_threads = workers.size() * workers.threads_per_worker();
  if (should_stop() || !Translate(model, num_threads, should_stop, &result)) return std::nullopt;
  return result;
}

// Workers take batches in turn; the sum runs in the order of the batches.
LossSums Validator::Loss(const Seq2SeqModel& model, Workers& workers) const {
  std::vector<LossSums> sums(batches_.size());
  workers.Run([&](int worker) {
    for (auto i = static_cast<std::size_t>(worker); i < batches_.size(); i += workers.size()) {
      sums[i] = model.Forward(batches_[i], {}, workers.arena(worker));
    }
  });
  LossSums total;
  for (const LossSums& part : sums) total += part;
  return total;
}

// Translates the whole set if BLEU is wanted, otherwise the samples only. False if stopped.
bool Validator::Translate(const std::shared_ptr<const Seq2SeqModel>& model, int num_threads,
                          const std::function<bool()>& should_stop,
                          ValidationResult* result) const {
  const Translator translator(
      {std::make_shared<const InferenceModel>(model)}, source_tokenizer_, target_tokenizer_,
      {.beam = {.beam_size = options_.beam_size, .normalize = options_.normalize},
       .threads = num_threads});
  const std::vector<std::size_t> samples = SampleLines();
  std::vector<std::string> translations(sources_.size());
  if (!Contains(options_.metrics, ValidationMetric::kBleu)) {
    for (const std::size_t line : samples) {
      translations[line] = translator.Translate({&sources_[line], 1}).front().best().text;
    }
  } else {
    const std::span<const std::string> lines(sources_);
    for (std::size_t begin = 0; begin < lines.size(); begin += kTranslatedLines) {
      if (should_stop()) return false;
      const auto part = lines.subspan(begin, std::min(kTranslatedLines, lines.size() - begin));
      const std::vector<Translation> translated = translator.Translate(part);
      for (std::size_t i = 0; i < part.size(); ++i) {
        translations[begin + i] = translated[i].best().text;
      }
    }
    const BleuScore score = Bleu({}, num_threads).Corpus(translations, {&references_, 1});
    result->bleu = score.score;
    result->bleu_signature = score.signature;
  }
  for (const std::size_t line : samples) {
    result->samples.push_back({sources_[line], references_[line], translations[line]});
  }
  return true;
}

// Lines spread evenly over the set, the same each time, so that progress can be watched.
std::vector<std::size_t> Validator::SampleLines() const {
  const std::size_t count = std::min(static_cast<std::size_t>(options_.samples), sources_.size());
  std::vector<std::size_t> lines;
  for (std::size_t i = 0; i < count; ++i) lines.push_back(i * sources_.size() / count);
  return lines;
}

}  // namespace talmach
