// What is divided among the workers differs by phase. Gradients: the sentences of each batch, about
// equally many tokens each. Reduction, Adam, packing: the slab, in ranges of whole cache lines. The
// reduction adds the workers' slabs element by element in the order of the workers, so the sum has
// the same bits in every run with as many workers, and no worker waits for a lock.
//
// The scale of the loss, 1 / target tokens of the whole update, is applied inside the backward
// pass, so the summed gradient is that of the mean loss and its norm can be clipped as it is. A
// pair belongs to the share in which its middle token lies: shares are contiguous, and no pair is
// copied.
#include "training/model_updater.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/profile.h"
#include "base/random.h"
#include "kernels/adam_update.h"

namespace talmach {
namespace {

constexpr Index kCacheLine = 16;  // floats

Index NumTokens(const SentencePair& pair) {
  return std::ssize(pair.source) + std::ssize(pair.target);
}

}  // namespace

std::vector<std::span<const SentencePair>> SplitByTokens(std::span<const SentencePair> pairs,
                                                         int num_shares) {
  Index total = 0;
  for (const SentencePair& pair : pairs) total += NumTokens(pair);
  std::vector<std::span<const SentencePair>> shares;
  std::size_t begin = 0;
  Index passed = 0;  // tokens of all pairs before `end`
  for (int share = 1; share <= num_shares; ++share) {
    std::size_t end = begin;
    // A pair belongs to the share in which its middle token lies.
    while (end < pairs.size() &&
           (2 * passed + NumTokens(pairs[end])) * num_shares < 2 * total * share) {
      passed += NumTokens(pairs[end++]);
    }
    shares.push_back(pairs.subspan(begin, end - begin));
    begin = end;
  }
  return shares;
}

ModelUpdater::ModelUpdater(std::shared_ptr<Seq2SeqModel> model, const TrainingOptions& options,
                           std::size_t num_corpora)
    : model_(std::move(model)),
      options_(options),
      num_corpora_(num_corpora),
      workers_(options.workers, ThreadsPerWorker(options)),
      adam_(model_->parameters(), options) {
  for (int i = 0; i < workers_.size(); ++i) gradients_.emplace_back(model_->parameters());
  model_->parameters().KeepFixed(options.freeze);
  parts_ = model_->parameters().Parts();
}

UpdateResult ModelUpdater::Update(std::span<const Batch> batches, double learning_rate,
                                  std::uint64_t dropout_key) {
  UpdateResult result;
  Sums sums = ComputeGradients(batches, dropout_key);
  result.sums = sums.all;
  result.corpora = std::move(sums.corpora);
  result.gradient_norm = ReduceGradients();
  result.applied = std::isfinite(result.sums.loss) && std::isfinite(result.gradient_norm);
  if (result.applied) result.ruined = !ApplyGradients(learning_rate, result.gradient_norm);
  return result;
}

ModelUpdater::Sums& ModelUpdater::Sums::operator+=(const Sums& other) {
  all += other.all;
  corpora.resize(other.corpora.size());
  for (std::size_t i = 0; i < corpora.size(); ++i) {
    corpora[i].loss += other.corpora[i].loss;
    corpora[i].num_tokens += other.corpora[i].num_tokens;
  }
  return *this;
}

ModelUpdater::Sums ModelUpdater::ComputeGradients(std::span<const Batch> batches,
                                                  std::uint64_t dropout_key) {
  Index num_tokens = 0;
  for (const Batch& batch : batches) num_tokens += batch.num_target_tokens();
  Require(num_tokens > 0, "an update has target tokens");
  const float scale = 1.0f / static_cast<float>(num_tokens);
  std::vector<Sums> sums(static_cast<std::size_t>(workers_.size()));
  workers_.Run(
      [&](int worker) { sums[worker] = ComputeShare(batches, scale, dropout_key, worker); });
  Sums total;
  for (const Sums& part : sums) total += part;
  return total;
}

ModelUpdater::Sums ModelUpdater::ComputeShare(std::span<const Batch> batches, float gradient_scale,
                                              std::uint64_t dropout_key, int worker) {
  Gradients& gradients = gradients_[static_cast<std::size_t>(worker)];
  {
    const ProfileScope profile(Zone::kOptimizer);
    gradients.SetZero();
  }
  Sums total;
  if (num_corpora_ > 1) total.corpora.resize(num_corpora_);
  std::vector<double> pair_losses;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const auto share = SplitByTokens(batches[i].pairs, workers_.size())[worker];
    if (share.empty()) continue;
    const auto purpose = i * static_cast<std::uint64_t>(workers_.size()) + worker;
    if (num_corpora_ > 1) pair_losses.resize(share.size());
    total.all += model_->ForwardBackward(share,
                                         {.training = true,
                                          .dropout_key = DeriveKey(dropout_key, purpose),
                                          .label_smoothing = options_.label_smoothing,
                                          .gradient_scale = gradient_scale,
                                          .guided_weight = options_.guided_alignment.weight,
                                          .pair_losses = pair_losses},
                                         workers_.arena(worker), gradients);
    for (std::size_t pair = 0; pair < pair_losses.size(); ++pair) {
      CorpusLoss& corpus = total.corpora[share[pair].corpus];
      corpus.loss += pair_losses[pair];
      corpus.num_tokens += std::ssize(share[pair].target);
    }
  }
  return total;
}

double ModelUpdater::ReduceGradients() {
  std::vector<double> squares(static_cast<std::size_t>(workers_.size()));
  workers_.Run([&](int worker) {
    const ProfileScope profile(Zone::kOptimizer);
    for (const SlabPart& range : PartsOf(worker)) {
      if (!range.is_trained) continue;
      const auto part = [&](Gradients& gradients) {
        return gradients.slab().span().subspan(range.begin, range.end - range.begin);
      };
      const std::span<float> sum = part(gradients_.front());
      std::vector<std::span<const float>> parts;
      for (Gradients& gradients : gradients_) parts.emplace_back(part(gradients));
      if (parts.size() > 1) SumInto(parts, sum);
      squares[worker] += SumOfSquares(sum);
    }
  });
  double total = 0.0;
  for (const double part : squares) total += part;
  return std::sqrt(total);
}

// False if the step has made something that is not finite.
bool ModelUpdater::ApplyGradients(double learning_rate, double gradient_norm) {
  const double clip = options_.clip_norm;
  const double scale = clip > 0.0 && gradient_norm > clip ? clip / gradient_norm : 1.0;
  adam_.BeginStep(learning_rate, scale);
  std::atomic<bool> finite = true;
  workers_.Run([&](int worker) {
    const ProfileScope profile(Zone::kOptimizer);
    const std::span<float> weights = model_->parameters().slab().span();
    const std::span<const float> gradient = gradients_.front().slab().span();
    for (const auto& [begin, end, is_trained] : PartsOf(worker)) {
      if (!is_trained) {
        adam_.KeepRange(weights, begin, end);
      } else if (!adam_.UpdateRange(gradient, weights, begin, end)) {
        finite = false;
      }
    }
  });
  workers_.Run([&](int worker) {  // a weight may lie in the ranges of two workers
    const ProfileScope profile(Zone::kOptimizer);
    const auto [begin, end] = SlabRange(worker);
    model_->PackWeights({Passes::kForwardAndBackward, begin, end});
  });
  return finite;
}

// The part of the slab a worker reduces and updates, in whole cache lines.
std::pair<Index, Index> ModelUpdater::SlabRange(int worker) const {
  const Index size = std::as_const(*model_).parameters().slab_size();
  const auto bound = [&](Index i) {
    return std::min(size, RoundUp(size * i / workers_.size(), kCacheLine));
  };
  return {bound(worker), bound(worker + 1)};
}

// The same in parts.
std::vector<SlabPart> ModelUpdater::PartsOf(int worker) const {
  const auto [begin, end] = SlabRange(worker);
  std::vector<SlabPart> parts;
  for (SlabPart part : parts_) {
    part.begin = std::max(part.begin, begin);
    part.end = std::min(part.end, end);
    if (part.begin < part.end) parts.push_back(part);
  }
  return parts;
}

}  // namespace talmach
