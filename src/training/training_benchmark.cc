// Speed is counted from a warm start: the first updates allocate memory and compile products, and
// are not measured. The operations of an update are derived from the configuration, two for each
// multiply-add of products with weights, three times for forward and both backward products;
// attention and gates are left out, so the share of the peak that this gives is what remains of the
// machine after them.
#include "training/training_benchmark.h"

#include <algorithm>
#include <vector>

#include "base/peak_memory.h"
#include "base/profile.h"
#include "base/stopwatch.h"
#include "config/config_checks.h"
#include "config/resume_rule.h"
#include "kernels/gemm.h"
#include "text/batch_iterator.h"
#include "training/model_updater.h"

namespace talmach {
namespace {

constexpr Index kWarmupUpdates = 5;  // memory is allocated and kernels are generated meanwhile

// Multiply-adds of the encoder's and the attention key's products for one source token.
double SourceProducts(const ModelConfig& config) {
  const double hidden = static_cast<double>(config.encoder.hidden_size);
  double input = static_cast<double>(config.embedding_size);
  double sum = 0.0;
  for (Index layer = 0; layer < config.encoder.layers; ++layer) {
    sum += 2.0 * 3.0 * hidden * (input + hidden);
    input = 2.0 * hidden;
  }
  return sum + static_cast<double>(config.attention.size) * 2.0 * hidden;
}

// The same of the decoder for one target token. Energies and contexts are no products of weights
// and are left out.
double TargetProducts(const ModelConfig& config, const VocabularySizes& vocabulary) {
  const double embedding = static_cast<double>(config.embedding_size);
  const double hidden = static_cast<double>(config.decoder.hidden_size);
  const double context = static_cast<double>(config.annotation_size());
  const double readout = static_cast<double>(config.readout.size);
  const double cells = config.decoder.type == DecoderType::kConditional ? 2.0 : 1.0;
  const double maxout = config.readout.activation == ReadoutActivation::kMaxout ? 2.0 : 1.0;
  return 3.0 * hidden * (embedding + context + cells * hidden) +
         static_cast<double>(config.attention.size) * hidden +
         maxout * readout * (hidden + embedding + context) +
         readout * static_cast<double>(vocabulary.target);
}

// Runs updates one after another and counts.
class UpdateRunner {
 public:
  explicit UpdateRunner(const TrainingSetup& setup)
      : setup_(setup),
        updater_(NewModel(setup), setup.training, setup.data.train.size()),
        batches_(BatchOptions(setup), setup.source_tokenizer, setup.target_tokenizer) {}

  void Update() {
    const std::vector<Batch> batches = NextBatches();
    if (start_seconds_ == 0.0) start_seconds_ = watch_.Seconds();
    for (const Batch& batch : batches) {
      source_tokens_ += batch.num_source_tokens();
      target_tokens_ += batch.num_target_tokens();
    }
    updater_.Update(batches, setup_.training.learning_rate,
                    static_cast<std::uint64_t>(++num_updates_));
  }

  void Restart() {
    source_tokens_ = target_tokens_ = num_updates_ = 0;
    waited_before_ = batches_.waiting_seconds();
    watch_.Restart();
  }

  bool StopRequested() const { return setup_.should_stop && setup_.should_stop(num_updates_); }
  double Seconds() const { return watch_.Seconds(); }

  TrainingBenchmark Result() {
    const double seconds = Seconds();
    const auto targets = static_cast<double>(target_tokens_);
    const double ratio = static_cast<double>(source_tokens_) / targets;
    const Seq2SeqModel& model = updater_.model();
    // Two operations per multiply-add; the backward pass has two products for each forward one.
    const double flops = 2.0 * 3.0 *
                         (ratio * SourceProducts(model.config()) +
                          TargetProducts(model.config(), model.vocabulary()));
    return {.target_tokens_per_second = targets / seconds,
            .precision = model.precision(),
            .start_seconds = start_seconds_,
            .seconds = seconds,
            .updates = num_updates_,
            .target_tokens = target_tokens_,
            .waiting_share = (batches_.waiting_seconds() - waited_before_) / seconds,
            .flops_per_target_token = flops,
            .peak_rss_bytes = PeakRssBytes()};
  }

 private:
  std::vector<Batch> NextBatches() {
    const ProfileScope profile(Zone::kData);
    std::vector<Batch> batches;
    for (Index i = 0; i < setup_.training.accumulate; ++i) {
      batches.push_back(batches_.Next().batch);
    }
    return batches;
  }

  const TrainingSetup& setup_;
  Stopwatch watch_;
  ModelUpdater updater_;
  BatchIterator batches_;
  double start_seconds_ = 0.0;
  double waited_before_ = 0.0;
  Index source_tokens_ = 0;
  Index target_tokens_ = 0;
  Index num_updates_ = 0;
};

}  // namespace

TrainingBenchmark BenchmarkTraining(const TrainingSetup& setup, double seconds, bool profile) {
  Validate(setup, setup.vocabulary());
  CheckTags(setup);
  UpdateRunner runner(setup);
  for (Index i = 0; i < kWarmupUpdates && !runner.StopRequested(); ++i) runner.Update();
  SetProfiling(profile);
  runner.Restart();
  do {
    runner.Update();
  } while (runner.Seconds() < seconds && !runner.StopRequested());
  SetProfiling(false);
  TrainingBenchmark result = runner.Result();
  if (profile) result.profile = CollectProfile();
  return result;
}

TrainingEstimate EstimateTraining(const TrainingSetup& setup) {
  Validate(setup, setup.vocabulary());
  CheckTags(setup);
  const TrainingOptions& training = setup.training;
  const Index length = setup.data.max_length + 1;
  const Index sentences = training.batch_sentences > 0
                              ? training.batch_sentences
                              : std::max<Index>(1, training.batch_tokens / length);
  const Index share = (sentences + training.workers - 1) / training.workers;
  const auto workers = static_cast<std::size_t>(training.workers);
  const Precision precision = ChoosePrecision(training);
  const ModelFootprint model = Seq2SeqModel::Measure(setup.model, setup.vocabulary(), precision,
                                                     {.num_sentences = share,
                                                      .source_length = length,
                                                      .target_length = length,
                                                      .has_links = HasLinks(setup)});
  const std::size_t slab = static_cast<std::size_t>(model.slab_size) * sizeof(float);
  TrainingEstimate estimate;
  estimate.num_parameters = model.num_parameters;
  estimate.parameter_bytes = slab * (training.ema_decay > 0.0f ? 4 : 3);
  estimate.gradient_bytes = slab * workers;
  // Each weight is packed twice: for the forward and for the backward product.
  estimate.packed_bytes = precision == Precision::kFloat32 ? 2 * slab : slab;
  estimate.activation_bytes = workers * model.activation_bytes;
  return estimate;
}

}  // namespace talmach
