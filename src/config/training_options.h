// The options of a training run. Each struct is one section of the configuration file; field names
// are its keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"
#include "kernels/precision.h"
#include "model/model_config.h"
#include "text/corpus_options.h"

namespace talmach {

/// "Every 500 updates" or "every epoch"; written `500u` and `1e` (Marian's units).
struct Period {
  enum class Unit { kUpdates, kEpochs };

  Index count = 0;  // 0: never
  Unit unit = Unit::kUpdates;

  /// True if something with this period is to be done after update `update` (from 1) of epoch
  /// `epoch` (from 1).
  bool IsDue(Index update, Index epoch, bool epoch_ended) const;
  bool operator==(const Period&) const = default;
};

/// Parses `500u`, `1e`, a bare `500` (updates) or `0` (never). Throws ConfigError whose place is
/// `where`.
Period ParsePeriod(std::string_view text, const std::string& where);
std::string ToString(const Period& period);

/// How the learning rate changes; see learning_rate_schedule.h.
enum class ScheduleType { kConstant, kInverseSqrt, kCosine, kPlateau };

/// `constant`, `inverse_sqrt`, `cosine` or `plateau`.
std::string ToString(ScheduleType type);

enum class ValidationMetric { kCrossEntropy, kPerplexity, kBleu, kChrf, kTer, kScript };

/// `cross_entropy`, `perplexity`, `bleu`, `chrf`, `ter` or `script`.
std::string ToString(ValidationMetric metric);

/// Whether the metric is of translations, which then have to be made.
bool NeedsTranslations(ValidationMetric metric);

/// Which scores must be without a new best for training to stop early (Marian's
/// early-stopping-on): the first metric of the first set, any one of all, or all of them.
enum class StopOn { kFirst, kAny, kAll };

/// `first`, `any` or `all`.
std::string ToString(StopOn stop_on);

/// Section `data` and what of `tokenizer` matters while training.
struct TrainingDataOptions {
  std::vector<CorpusOptions> train = std::vector<CorpusOptions>(1);  // at least one
  MixingOptions mixing = {};                                         // of several
  std::string valid_source = {};                                     // empty: no validation
  std::string valid_target = {};  // raw text; also the reference of BLEU
  Index max_length = 100;         // longer training pairs are left out; tokens on a side
  float sampling_alpha = 0.0f;    // random segmentation in training; 0: the best one
};

/// Section `training.guided_alignment`: see model/guided_alignment.h.
struct GuidedAlignmentOptions {
  std::string links = {};  // of the only corpus, Pharaoh format; see also CorpusOptions::links
  float weight = 0.5f;     // w
};

/// Section `training`. A run ends when the first of the limits set is reached.
struct TrainingOptions {
  /// float32 or bfloat16; none: what suits the processor, see ChoosePrecision.
  std::optional<Precision> precision = std::nullopt;

  Index batch_sentences = 64;  // pairs per batch, or, when that is 0,
  Index batch_tokens = 0;      // target tokens with </s> per batch
  Index accumulate = 1;        // batches per update; the last update of an epoch may have fewer

  Index max_epochs = 0;   // 0: no limit
  Index max_updates = 0;  // 0: no limit
  /// Wall-clock time, validation included, after which training saves and returns, to be resumed
  /// for as long again; under cosine, which it shapes, over all resumed parts. 0: no limit.
  double max_seconds = 0.0;

  double learning_rate = 1e-3;  // the peak
  ScheduleType schedule = ScheduleType::kInverseSqrt;
  Index warmup_updates = 400;          // linear from 0 to the peak
  double minimum_learning_rate = 0.0;  // where cosine ends and below which plateau does not go
  Index plateau_patience = 2;          // validations without a new best before the rate is halved

  float label_smoothing = 0.1f;  // ε
  GuidedAlignmentOptions guided_alignment = {};
  float clip_norm = 1.0f;     // of the gradient of the loss per target token; 0: no clipping
  float weight_decay = 0.0f;  // decoupled: θ loses rate · decay · θ in each update
  float beta1 = 0.9f;         // Adam
  float beta2 = 0.98f;
  float epsilon = 1e-9f;
  float ema_decay = 0.0f;  // exponential moving average of the weights, used for validation and
                           // as the result; 0: none

  std::string initial_model = {};  // whose weights a new run takes (initial_model.h); empty: none
  std::vector<std::string> freeze = {};    // patterns (nn/name_pattern.h): parameters that stay
  std::string pretrained_embeddings = {};  // a key of section `model` (pretrained_embeddings.h)

  std::uint64_t seed = 1;
  int workers = 1;  // threads that each compute the gradient of a share of the batch
  int threads = 0;  // of the kernels of each worker; 0: all cores divided by the workers

  Period save_every = {1, Period::Unit::kEpochs};
  Index keep_last = 2;       // checkpoints
  Index average_best = 0;    // average the weights of the N best validations at the end; 0: no
  Index early_stopping = 0;  // validations without a new best before training stops; 0: never

  Index max_skipped = 10;  // updates in a row skipped for a gradient that is not finite, before …
  Index max_rollbacks = 3;  // … going back to the last checkpoint with half the rate, so often
};

/// Section `validation`. The first metric, on the first set, decides what is best.
struct ValidationOptions {
  Period every = {1, Period::Unit::kEpochs};
  /// Beside that of section `data`; see ValidationSets. Always at least one: the keys of a list of
  /// corpora reach its first. If that is as it was made, there are none.
  std::vector<CorpusOptions> sets = {{}};
  std::vector<ValidationMetric> metrics = {ValidationMetric::kCrossEntropy};
  Index beam_size = 5;     // of the translations that are measured; 1: greedy
  float normalize = 1.0f;  // exponent α of the length normalisation
  Index samples = 3;       // translations shown in the log
  StopOn stop_on = StopOn::kFirst;
  bool keep_best = false;   // the best model by each score, beside the one by the first
  std::string script = {};  // the command of the metric `script`; see training/score_script.h
  bool script_higher_is_better = true;

  bool HigherIsBetter(ValidationMetric metric) const;
};

/// Section `logging`, as far as training is concerned.
struct TrainingLogOptions {
  Period display_every = {100, Period::Unit::kUpdates};
};

/// The precision of products: the one asked for, or float32 with a warning where bfloat16 is not
/// faster. If none was asked for, bfloat16 where it is faster, else float32, without a word.
Precision ChoosePrecision(const TrainingOptions& options);

/// Threads of the kernels of each worker once `threads: 0` is resolved.
int ThreadsPerWorker(const TrainingOptions& options);

}  // namespace talmach
