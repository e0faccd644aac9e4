// A small model with random weights whose distributions are sharp enough to be interesting, and an
// oracle that looks at every possible translation.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/parallel.h"
#include "model/inference_model.h"
#include "model/model_file.h"
#include "search/beam_search.h"
#include "support/temporary_directory.h"

namespace talmach {

inline std::shared_ptr<const InferenceModel> MakeToyModel(
    std::uint64_t seed, VocabularySizes vocabulary = {7, 5},
    DecoderType decoder = DecoderType::kConditional) {
  SetNumThreads(1);  // the work is tiny
  ModelConfig config;
  config.embedding_size = 6;
  config.tied_embeddings = TiedEmbeddings::kNone;
  config.encoder.hidden_size = 5;
  config.decoder.hidden_size = 7;
  config.decoder.type = decoder;
  config.attention.size = 4;
  config.readout.size = 6;
  auto model = std::make_shared<Seq2SeqModel>(config, vocabulary, Precision::kFloat32);
  model->parameters().Initialize(seed);
  for (const Parameter& parameter : model->parameters().list()) {
    for (float& value : model->parameters().Value(&parameter).span()) value *= 3.0f;
  }
  model->PackWeights();
  return std::make_shared<InferenceModel>(model);
}

/// The model of a ModelConfig of these sizes with random weights, in the given precision, as it is
/// after saving and loading.
inline std::shared_ptr<const InferenceModel> MakeModel(const ModelConfig& config,
                                                       const VocabularySizes& vocabulary,
                                                       Precision precision, std::uint64_t seed) {
  Seq2SeqModel model(config, vocabulary, Precision::kFloat32);
  model.parameters().Initialize(seed);
  for (float& value : model.parameters().slab().span()) value *= 3.0f;
  const TemporaryDirectory directory;
  const std::string path = directory.Path("model.safetensors");
  SaveModel(path, model.parameters(), model.parameters().slab(),
            {.config = config, .vocabulary = vocabulary});
  return std::make_shared<InferenceModel>(LoadModel(path, precision).model);
}

/// Every translation of `source` of at most `max_length` tokens that begins with `prefix`: those
/// that end in `</s>`, and those cut at the maximum length. Scored by the plain mean of the models'
/// probabilities from forced decoding, best score first.
inline std::vector<Hypothesis> EveryTranslation(
    const std::vector<std::shared_ptr<const InferenceModel>>& models,
    const std::vector<TokenId>& source, Index max_length, const BeamSearchOptions& options,
    const std::vector<TokenId>& prefix = {}) {
  std::vector<std::vector<TokenId>> texts;
  const auto vocabulary_size = static_cast<TokenId>(models[0]->target_vocabulary_size());
  const std::function<void(std::vector<TokenId>)> extend = [&](std::vector<TokenId> tokens) {
    if (static_cast<Index>(tokens.size()) == max_length) {
      texts.push_back(tokens);
      return;
    }
    for (TokenId token = 0; token < vocabulary_size; ++token) {
      const std::size_t t = tokens.size();
      if (t < prefix.size() && token != prefix[t]) continue;
      if (token == kBeginId || (token == kUnknownId && !options.allow_unknown)) continue;
      std::vector<TokenId> longer = tokens;
      longer.push_back(token);
      if (token == kEndId) {
        texts.push_back(longer);
      } else {
        extend(longer);
      }
    }
  };
  extend({});

  Batch batch;
  for (std::vector<TokenId> tokens : texts) {
    if (tokens.back() != kEndId) tokens.push_back(kEndId);
    batch.pairs.push_back({.source = source, .target = tokens});
  }
  std::vector<std::vector<ForcedDecoding>> forced;  // by model, by text
  for (const auto& model : models) {
    Arena arena;
    forced.push_back(model->model().ForceDecode(batch, arena));
  }
  std::vector<Hypothesis> results;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    Hypothesis hypothesis{.tokens = texts[i]};
    for (std::size_t t = 0; t < texts[i].size(); ++t) {
      double probability = 0.0;
      for (const auto& of_model : forced) probability += std::exp(of_model[i].log_probabilities[t]);
      hypothesis.log_probability += std::log(probability / static_cast<double>(models.size()));
    }
    hypothesis.score = NormalisedScore(hypothesis.log_probability,
                                       static_cast<Index>(texts[i].size()), options.normalize);
    results.push_back(std::move(hypothesis));
  }
  std::ranges::stable_sort(results, std::greater<>(), &Hypothesis::score);
  return results;
}

}  // namespace talmach
