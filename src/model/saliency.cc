// Both expensive methods reduce to passes the model has already, over variants of each pair:
//
//   gradient        the target cut behind each of its T tokens; LastTokenGradients then gives the
//                   gradient of that token alone, T backward passes in all
//   leave-one-out   the source without each of its S tokens; ForceDecode then gives the loss of
//                   every target token, S forward passes in all
//
// VariantBatches fills batches with variants of several pairs up to a number of tokens, which
// bounds the memory, and runs them in the order in which they were added; so each result goes to
// the next row or column of its pair's matrix.
#include "model/saliency.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "base/error.h"

namespace talmach {
namespace {

using Matrices = std::vector<std::vector<float>>;

// Collects variants of pairs and lets `run` work on many at a time, in order.
class VariantBatches {
 public:
  explicit VariantBatches(std::function<void(const Batch&)> run) : run_(std::move(run)) {}

  void Add(SentencePair pair) {
    num_tokens_ += pair.source.size() + pair.target.size();
    batch_.pairs.push_back(std::move(pair));
    if (batch_.pairs.size() == kMaxPairs || num_tokens_ > kMaxTokens) Run();
  }
  void Run() {
    if (!batch_.pairs.empty()) run_(batch_);
    batch_.pairs.clear();
    num_tokens_ = 0;
  }

 private:
  static constexpr std::size_t kMaxPairs = 128;
  static constexpr std::size_t kMaxTokens = 4096;  // of both sides: bounds the activations

  std::function<void(const Batch&)> run_;
  Batch batch_;
  std::size_t num_tokens_ = 0;
};

// Row i of a pair's matrix is the gradient of its target cut behind token i.
Matrices GradientTimesInput(const Seq2SeqModel& model, const Batch& batch, Arena& arena) {
  Gradients scratch(model.parameters());
  const Index size = model.config().embedding_size;
  Matrices matrices(batch.pairs.size());
  VariantBatches prefixes([&](const Batch& variants) {
    const std::vector<SourceGradient> gradients =
        model.LastTokenGradients(variants, arena, scratch);
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      const auto& [embeddings, gradient] = gradients[i];
      for (auto x = embeddings.begin(), d = gradient.begin(); x != embeddings.end();
           x += size, d += size) {
        matrices[variants.pairs[i].line].push_back(
            std::abs(std::inner_product(x, x + size, d, 0.0f)));
      }
    }
  });
  for (std::size_t p = 0; p < batch.pairs.size(); ++p) {
    const std::vector<TokenId>& source = batch.pairs[p].source;
    const std::vector<TokenId>& target = batch.pairs[p].target;
    for (auto end = target.begin() + 1; end <= target.end(); ++end) {
      prefixes.Add(
          {.source = source, .target = {target.begin(), end}, .line = static_cast<Index>(p)});
    }
  }
  prefixes.Run();
  return matrices;
}

Matrices LeaveOneOut(const Seq2SeqModel& model, const Batch& batch, Arena& arena) {
  const std::vector<ForcedDecoding> whole = model.ForceDecode(batch, arena);
  Matrices matrices(batch.pairs.size());
  std::vector<std::size_t> column(batch.pairs.size(), 0);  // to be filled next, of each pair
  for (std::size_t p = 0; p < batch.pairs.size(); ++p) {
    matrices[p].resize(batch.pairs[p].source.size() * batch.pairs[p].target.size());
  }
  VariantBatches sources([&](const Batch& variants) {
    const std::vector<ForcedDecoding> without = model.ForceDecode(variants, arena);
    for (std::size_t i = 0; i < without.size(); ++i) {
      const Index p = variants.pairs[i].line;
      const std::size_t source_length = batch.pairs[p].source.size();
      for (std::size_t t = 0; t < without[i].log_probabilities.size(); ++t) {
        matrices[p][t * source_length + column[p]] =
            whole[p].log_probabilities[t] - without[i].log_probabilities[t];
      }
      ++column[p];
    }
  });
  for (std::size_t p = 0; p < batch.pairs.size(); ++p) {
    const std::vector<TokenId>& source = batch.pairs[p].source;
    if (source.size() == 1) continue;
    for (std::size_t j = 0; j < source.size(); ++j) {
      SentencePair variant{
          .source = source, .target = batch.pairs[p].target, .line = static_cast<Index>(p)};
      variant.source.erase(variant.source.begin() + static_cast<std::ptrdiff_t>(j));
      sources.Add(std::move(variant));
    }
  }
  sources.Run();
  return matrices;
}

Matrices WeightedNorm(const Seq2SeqModel& model, const Batch& batch, Arena& arena) {
  Matrices matrices;
  for (ForcedDecoding& decoding : model.ForceDecode(batch, arena)) {
    std::vector<float>& weights = matrices.emplace_back(std::move(decoding.attention));
    const std::vector<float>& norms = decoding.annotation_norms;
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] *= norms[i % norms.size()];
  }
  return matrices;
}

}  // namespace

std::string ToString(SaliencyMethod method) {
  switch (method) {
    case SaliencyMethod::kGradient:
      return "gradient";
    case SaliencyMethod::kLeaveOneOut:
      return "leave-one-out";
    case SaliencyMethod::kNorm:
      break;
  }
  return "norm";
}

std::vector<std::vector<float>> ComputeSaliency(const Seq2SeqModel& model, const Batch& batch,
                                                SaliencyMethod method, Arena& arena) {
  switch (method) {
    case SaliencyMethod::kGradient:
      return GradientTimesInput(model, batch, arena);
    case SaliencyMethod::kLeaveOneOut:
      return LeaveOneOut(model, batch, arena);
    case SaliencyMethod::kNorm:
      break;
  }
  return WeightedNorm(model, batch, arena);
}

}  // namespace talmach
