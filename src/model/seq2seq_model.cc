// A Pass holds one batch on its way: the packed batch and the activations of every layer. Training,
// evaluation, scoring, saliency and measuring are the same walk with different ends:
//
//   ForwardBackward      forward, loss with gradient, backward
//   Forward              forward, loss
//   ForceDecode          forward, log p of each token, attention
//   LastTokenGradients   forward, loss of the last tokens only, backward, embeddings' gradients
//   Measure              ForwardBackward on an arena that only counts
//
// Backward frees as it goes: the gradients of readout and decoder live in a scope of the arena that
// ends before the encoder's begin.
#include "model/seq2seq_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "model/guided_alignment.h"
#include "model/model_layers.h"

namespace talmach {
namespace {

// Token dropout that spares `<s>` and `</s>`: they carry no word.
void DropWords(const Dropout& dropout, std::span<TokenId> tokens) {
  if (!dropout.active()) return;
  const std::vector<TokenId> original(tokens.begin(), tokens.end());
  DropTokens(dropout, kUnknownId, tokens);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (original[i] == kBeginId || original[i] == kEndId) tokens[i] = original[i];
  }
}

// All activations of one batch, in the order of the walk.
struct Pass {
  explicit Pass(std::span<const SentencePair> pairs) : batch(PackBatch(pairs)) {}

  PackedBatch batch;
  EncoderActivations encoder;
  View keys;
  AttendedSource source;
  DecoderActivations decoder;
  ReadoutActivations readout;
};

Index Longest(std::span<const Index> lengths) { return std::ranges::max(lengths); }

void AllocatePass(const ModelLayers& layers, Arena& arena, bool keep, Pass& pass) {
  const SequencePacking& targets = pass.batch.targets;
  const PackedSources& sources = pass.batch.sources;
  pass.encoder = layers.encoder.Allocate(arena, sources.packing, keep);
  pass.keys = arena.AllocateRows(sources.packing.num_tokens(), layers.decoder.attention_size());
  pass.decoder = layers.decoder.Allocate(arena, targets, Longest(sources.lengths), keep);
  pass.readout = layers.decoder.readout().Allocate(arena, targets.num_tokens());
}

// Everything up to the readout t_i of all target tokens.
void RunForward(const ModelLayers& layers, const DropoutConfig& rates, const DropoutKeys& keys,
                Arena& arena, Pass& pass) {
  const PackedSources& sources = pass.batch.sources;
  pass.encoder.embedding.tokens = sources.tokens;
  DropWords(keys.At(kSourceWordDropout, rates.source_word), pass.encoder.embedding.tokens);
  layers.encoder.Forward(sources, keys, arena, pass.encoder);

  pass.source.annotations = pass.encoder.annotations();
  pass.source.annotation_operand = pass.encoder.annotation_operand();
  pass.source.spans = sources.spans();
  if (!arena.measuring()) layers.decoder.Keys(pass.source.annotation_operand, pass.keys);
  pass.source.keys = pass.keys;

  pass.decoder.embedding.tokens = pass.batch.decoder_inputs;
  DropWords(keys.At(kTargetWordDropout, rates.target_word), pass.decoder.embedding.tokens);
  layers.decoder.Forward(pass.source, pass.batch.targets, keys, arena, pass.decoder);

  pass.readout.dropout = keys.At(kReadoutDropout, rates.readout);
  if (arena.measuring()) return;
  layers.decoder.readout().Forward(pass.decoder.readout_inputs(), pass.readout);
}

// Adds the cost of guided alignment to `sums` and prepares its gradient.
void GuideAttention(std::span<const SentencePair> pairs, const ForwardOptions& options,
                    Arena& arena, Pass& pass, LossSums& sums) {
  if (options.guided_weight <= 0 || !HasLinks(pairs)) return;
  const View attention = pass.decoder.attention;
  pass.decoder.guide = arena.Allocate<float>({attention.rows(), attention.cols()});
  if (arena.measuring()) return;
  const AlignmentCost cost = CostOfAlignment(pairs, pass.batch, attention);
  sums.alignment_cost = cost.cost;
  sums.num_aligned = cost.num_aligned;
  FillGuide(pairs, pass.batch, options.guided_weight * options.gradient_scale, pass.decoder.guide);
}

// The same walk in reverse, from the gradient of the readout to that of the annotations, which is
// returned, and of the decoder's parameters.
View RunDecoderBackward(const ModelLayers& layers, const Pass& pass, View d_readout, Arena& arena,
                        Gradients& gradients) {
  const SequencePacking& targets = pass.batch.targets;
  const View annotations = pass.encoder.annotations();
  const View d_annotations = arena.Allocate<float>({annotations.rows(), annotations.cols()});
  const Arena::Scope scope(arena);
  const DecoderGradients d_decoder = layers.decoder.AllocateGradients(arena, targets);
  layers.decoder.readout().Backward(pass.decoder.readout_inputs(), pass.readout, d_readout,
                                    {.states = d_decoder.cell.d_state,
                                     .embeddings = d_decoder.d_embeddings,
                                     .contexts = d_decoder.d_contexts},
                                    arena, gradients);
  layers.decoder.Backward({.source = pass.source,
                           .packing = targets,
                           .activations = pass.decoder,
                           .gradients = d_decoder,
                           .d_annotations = d_annotations},
                          arena, gradients);
  return d_annotations;
}

// The losses of packed target tokens, added up for each pair.
void SumByPair(const PackedBatch& batch, std::span<const float> losses,
               std::span<double> pair_losses) {
  std::ranges::fill(pair_losses, 0.0);
  for (Index i = 0; i < batch.targets.num_sequences(); ++i) {
    for (Index step = 0; step < batch.targets.lengths()[i]; ++step) {
      pair_losses[batch.order[i]] += losses[batch.targets.Row(i, step)];
    }
  }
}

// Packed rows of the source, laid out sentence by sentence.
std::vector<float> Unpack(const PackedSources& sources, ConstView packed) {
  std::vector<float> rows(sources.annotation_row.size() * packed.cols());
  for (std::size_t i = 0; i < sources.annotation_row.size(); ++i) {
    std::copy_n(packed.row(static_cast<Index>(i)), packed.cols(),
                rows.begin() + sources.annotation_row[i] * packed.cols());
  }
  return rows;
}

}  // namespace

Seq2SeqModel::Seq2SeqModel(const ModelConfig& config, const VocabularySizes& vocabulary,
                           Precision precision)
    : Seq2SeqModel(config, vocabulary, precision, Values::kAllocated) {}

Seq2SeqModel::Seq2SeqModel(const ModelConfig& config, const VocabularySizes& vocabulary,
                           Precision precision, Values values)
    : config_(config), vocabulary_(vocabulary), precision_(precision) {
  Validate(config, vocabulary);
  layers_ = std::make_unique<ModelLayers>(config, vocabulary, precision);
  if (values == Values::kAllocated) layers_->parameters.Allocate();
}

Seq2SeqModel::~Seq2SeqModel() = default;

ParameterSet& Seq2SeqModel::parameters() { return layers_->parameters; }
const ParameterSet& Seq2SeqModel::parameters() const { return layers_->parameters; }

void Seq2SeqModel::PackWeights(const PackOptions& options) { layers_->Pack(options); }

LossSums Seq2SeqModel::ForwardBackward(std::span<const SentencePair> pairs,
                                       const ForwardOptions& options, Arena& arena,
                                       Gradients& gradients) const {
  Require(precision_ != Precision::kInt8, "a frozen model has no backward pass");
  if (pairs.empty()) return {};
  arena.Reset();
  Pass pass(pairs);
  AllocatePass(*layers_, arena, /*keep=*/true, pass);
  const DropoutKeys keys = options.training ? DropoutKeys(options.dropout_key) : DropoutKeys();
  RunForward(*layers_, config_.dropout, keys, arena, pass);

  const View d_readout = arena.AllocateRows(pass.batch.targets.num_tokens(), config_.readout.size);
  std::span<float> losses;
  if (!options.pair_losses.empty()) {
    losses = arena.Allocate<float>({pass.readout.operand.rows()}).span();
  }
  LossSums sums = layers_->output.LossAndGradient(pass.readout.operand, pass.batch.labels,
                                                  {.label_smoothing = options.label_smoothing,
                                                   .gradient_scale = options.gradient_scale,
                                                   .losses = losses},
                                                  arena, d_readout, gradients);
  if (!losses.empty()) SumByPair(pass.batch, losses, options.pair_losses);
  GuideAttention(pairs, options, arena, pass, sums);
  const View d_annotations = RunDecoderBackward(*layers_, pass, d_readout, arena, gradients);
  if (layers_->TrainsEncoder()) {
    layers_->encoder.Backward(pass.batch.sources, pass.encoder, d_annotations, arena, gradients);
  }
  return sums;
}

LossSums Seq2SeqModel::Forward(const Batch& batch, const ForwardOptions& options,
                               Arena& arena) const {
  if (batch.pairs.empty()) return {};
  arena.Reset();
  Pass pass(batch);
  AllocatePass(*layers_, arena, /*keep=*/false, pass);
  const DropoutKeys keys = options.training ? DropoutKeys(options.dropout_key) : DropoutKeys();
  RunForward(*layers_, config_.dropout, keys, arena, pass);
  const View log_likelihoods = arena.Allocate<float>({pass.readout.operand.rows()});
  return layers_->output.Loss(pass.readout.operand, pass.batch.labels,
                              {.label_smoothing = options.label_smoothing}, arena,
                              log_likelihoods.span());
}

std::vector<ForcedDecoding> Seq2SeqModel::ForceDecode(const Batch& batch, Arena& arena) const {
  std::vector<ForcedDecoding> results(batch.pairs.size());
  if (batch.pairs.empty()) return results;
  arena.Reset();
  Pass pass(batch);
  AllocatePass(*layers_, arena, /*keep=*/false, pass);
  RunForward(*layers_, config_.dropout, DropoutKeys(), arena, pass);
  const View log_likelihoods = arena.Allocate<float>({pass.readout.operand.rows()});
  layers_->output.Loss(pass.readout.operand, pass.batch.labels, {}, arena, log_likelihoods.span());

  const SequencePacking& targets = pass.batch.targets;
  for (Index i = 0; i < targets.num_sequences(); ++i) {
    ForcedDecoding& result = results[pass.batch.order[i]];
    for (Index step = 0; step < targets.lengths()[i]; ++step) {
      const Index row = targets.Row(i, step);
      result.log_probabilities.push_back(log_likelihoods[row]);
      const float* weights = pass.decoder.attention.row(row);
      result.attention.insert(result.attention.end(), weights,
                              weights + pass.batch.sources.lengths[i]);
    }
    for (Index j = 0; j < pass.batch.sources.lengths[i]; ++j) {
      const float* h = pass.source.annotations.row(pass.batch.sources.begins[i] + j);
      const double squares = std::inner_product(h, h + pass.source.annotations.cols(), h, 0.0);
      result.annotation_norms.push_back(static_cast<float>(std::sqrt(squares)));
    }
  }
  return results;
}

std::vector<SourceGradient> Seq2SeqModel::LastTokenGradients(const Batch& batch, Arena& arena,
                                                             Gradients& scratch) const {
  Require(precision_ != Precision::kInt8, "a frozen model has no backward pass");
  std::vector<SourceGradient> results(batch.pairs.size());
  if (batch.pairs.empty()) return results;
  arena.Reset();
  Pass pass(batch);
  const SequencePacking& targets = pass.batch.targets;
  for (Index i = 0; i < targets.num_sequences(); ++i) {
    for (Index step = 0; step + 1 < targets.lengths()[i]; ++step) {
      pass.batch.labels[targets.Row(i, step)] = -1;  // no gradient from here
    }
  }
  AllocatePass(*layers_, arena, /*keep=*/true, pass);
  RunForward(*layers_, config_.dropout, DropoutKeys(), arena, pass);
  const View d_readout = arena.AllocateRows(targets.num_tokens(), config_.readout.size);
  // Of log p, and not of the loss −log p.
  layers_->output.LossAndGradient(pass.readout.operand, pass.batch.labels,
                                  {.gradient_scale = -1.0f}, arena, d_readout, scratch);
  const View d_annotations = RunDecoderBackward(*layers_, pass, d_readout, arena, scratch);
  const PackedSources& sources = pass.batch.sources;
  const View d_embeddings =
      layers_->encoder.Backward(sources, pass.encoder, d_annotations, arena, scratch);
  const std::vector<float> embeddings = Unpack(sources, pass.encoder.embedding.values);
  const std::vector<float> gradient = Unpack(sources, d_embeddings);
  const Index size = config_.embedding_size;
  for (Index i = 0; i < targets.num_sequences(); ++i) {
    const Index begin = sources.begins[i] * size;
    const Index end = begin + sources.lengths[i] * size;
    SourceGradient& result = results[pass.batch.order[i]];
    result.embeddings.assign(embeddings.begin() + begin, embeddings.begin() + end);
    result.gradient.assign(gradient.begin() + begin, gradient.begin() + end);
  }
  return results;
}

ModelFootprint Seq2SeqModel::Measure(const ModelConfig& config, const VocabularySizes& vocabulary,
                                     Precision precision, const BatchShape& shape) {
  const Seq2SeqModel model(config, vocabulary, precision, Values::kNone);
  SentencePair pair{.source = std::vector<TokenId>(shape.source_length, kEndId),
                    .target = std::vector<TokenId>(shape.target_length, kEndId)};
  if (shape.has_links) pair.links = {{.source = 0, .target = 0}};
  const std::vector<SentencePair> pairs(shape.num_sentences, pair);
  Arena arena(Arena::Mode::kMeasure);
  Gradients none;
  model.ForwardBackward(pairs, {.training = true, .guided_weight = 1.0f}, arena, none);
  return {.num_parameters = model.parameters().num_values(),
          .slab_size = model.parameters().slab_size(),
          .activation_bytes = arena.peak_bytes()};
}

}  // namespace talmach
