// Tested by tests/model/gradient_test.cc and tests/model/pytorch_fixture_test.cc.
//
// A step of the decoder, with what the names of the code stand for. `bahdanau`: the cell reads
// s_{i−1}, `conditional`: a transition GRU₁ reads it first and the cell reads its result.
//
//   transition (conditional)  s' = GRU₁(E y_{i−1}, s_{i−1})
//   MultiplyState             [ĥ; W_a s] = [W_h; W_a] s + b    one product for recurrence and query
//   AttentionForward          α, c
//   context_input             x̂ (+)= W_c c                      the only input product in the loop
//   Gates                     s_i
//
// The products with embeddings (of the gates and of the readout) do not depend on the state and are
// done before the loop for all steps; the products with states and contexts in the readout after
// it.
//
// Backward walks the same steps from last to first: the gates' gradients, the context's through
// W_cᵀ, the attention's, and StateBackward, which sends d_ĥ and d_query through one product to
// s_{i−1}. Three things are left for after the loop, when they are one product each for all steps:
// the weights' gradients, the annotations' share through the contexts, and the keys' gradients,
// which every step adds to.
//
// In search, a step is the same StepForward with one row per hypothesis. The embedding's share of
// the gates comes from the token table, and rows are padded to a number that products like
// (ProductRows).
#include "model/decoder.h"

#include <algorithm>

#include "base/profile.h"
#include "base/stop.h"
#include "kernels/elementwise.h"
#include "kernels/sequence_rows.h"

namespace talmach {
namespace {

SourceSpans FirstSpans(const SourceSpans& spans, Index count) {
  return {spans.begin.first(count), spans.length.first(count)};
}

ConstView RowsOrEmpty(ConstView view, Index begin, Index end) {
  return view.empty() ? ConstView() : view.Rows(begin, end);
}

// s_{i−1} (or its gradient) of the sentences alive at `step`: `first` before the first step, then
// rows of the packed states.
template <typename Matrix>
Matrix PreviousRows(Matrix first, Matrix states, const SequencePacking& packing, Index step) {
  if (step == 0) return first;
  const Index begin = packing.step_begin(step - 1);
  return states.Rows(begin, begin + packing.step_rows(step));
}

std::optional<GruCell> MakeTransition(ParameterSet* parameters, Precision precision,
                                      const ModelConfig& config) {
  if (config.decoder.type == DecoderType::kBahdanau) return std::nullopt;
  return std::make_optional<GruCell>(parameters, precision, "decoder.cell1",
                                     GruCellOptions{.inputs = {config.embedding_size},
                                                    .hidden = config.decoder.hidden_size,
                                                    .layer_norm = config.decoder.layer_norm});
}

GruCell MakeCell(ParameterSet* parameters, Precision precision, const ModelConfig& config) {
  const bool conditional = config.decoder.type == DecoderType::kConditional;
  GruCellOptions sizes{.inputs = {config.annotation_size()},
                       .hidden = config.decoder.hidden_size,
                       .layer_norm = config.decoder.layer_norm};
  if (!conditional) sizes.inputs.insert(sizes.inputs.begin(), config.embedding_size);
  return GruCell(parameters, precision, conditional ? "decoder.cell2" : "decoder.cell", sizes,
                 {.name = "decoder.attention.query.weight", .size = config.attention.size});
}

}  // namespace

Decoder::Decoder(ParameterSet* parameters, Precision precision, const ModelConfig& config,
                 const Parameter* embedding)
    : precision_(precision),
      config_(config.decoder),
      dropout_(config.dropout),
      annotation_size_(config.annotation_size()),
      embedding_(parameters, precision, embedding),
      initial_state_(parameters, precision, "decoder.initial_state",
                     {.kind = config.decoder.initial_state,
                      .annotation_size = config.annotation_size(),
                      .state_size = config.decoder.hidden_size}),
      transition_(MakeTransition(parameters, precision, config)),
      cell_(MakeCell(parameters, precision, config)),
      attention_keys_(parameters, precision, "decoder.attention",
                      {.annotation_size = config.annotation_size(),
                       .size = config.attention.size,
                       .bias = config.attention.bias,
                       .scale = config.attention.scale == AttentionScale::kVector,
                       .activation = config.attention.activation,
                       .temperature = config.attention.temperature}),
      readout_(parameters, precision, "decoder.readout",
               {.state = config.decoder.hidden_size,
                .embedding = config.embedding_size,
                .context = config.annotation_size(),
                .readout = config.readout.size},
               config.readout.activation) {}

void Decoder::Pack(const PackOptions& options) {
  initial_state_.Pack(options);
  if (transition_) transition_->Pack(options);
  cell_.Pack(options);
  attention_keys_.Pack(options);
  readout_.Pack(options);
}

DecoderActivations Decoder::AllocateRows(Arena& arena, Index num_rows, Index step_rows,
                                         bool keep) const {
  DecoderActivations a;
  if (conditional()) a.transition = transition_->Allocate(arena, num_rows, step_rows, keep);
  a.cell = cell_.Allocate(arena, num_rows, step_rows, keep);
  a.context = arena.AllocateRows(num_rows, annotation_size_);
  a.context_operand = AllocateOperandFor(arena, precision_, a.context, num_rows);
  a.state_operand = AllocateOperandFor(arena, precision_, a.cell.state, num_rows);
  return a;
}

DecoderActivations Decoder::Allocate(Arena& arena, const SequencePacking& packing,
                                     Index longest_source, bool keep) const {
  const Index sequences = packing.num_sequences();
  DecoderActivations a = AllocateRows(arena, packing.num_tokens(), sequences, keep);
  a.embedding = embedding_.Allocate(arena, packing.num_tokens());
  a.initial = initial_state_.Allocate(arena, sequences);
  a.attention = arena.Allocate<float>({packing.num_tokens(), longest_source});
  return a;
}

void Decoder::Forward(const AttendedSource& source, const SequencePacking& packing,
                      const DropoutKeys& keys, Arena& arena,
                      DecoderActivations& activations) const {
  const ProfileScope profile(Zone::kDecoder);
  const auto state_mask = [&](DropoutPurpose purpose) {
    const Dropout dropout = keys.At(purpose, dropout_.state);
    if (!dropout.active()) return View();
    const View mask = arena.Allocate<float>({packing.num_sequences(), config_.hidden_size});
    if (!arena.measuring()) FillDropoutMask(dropout, mask);
    return mask;
  };
  activations.cell.state_mask = state_mask(kDecoderStateDropout);
  if (conditional()) activations.transition.state_mask = state_mask(kTransitionStateDropout);
  const Dropout attention_dropout = keys.At(kAttentionDropout, dropout_.attention);
  if (attention_dropout.active()) {
    activations.attention_mask =
        arena.Allocate<float>({activations.attention.rows(), activations.attention.cols()});
    if (!arena.measuring()) FillDropoutMask(attention_dropout, activations.attention_mask);
  }

  const View masked_initial = arena.Allocate<float>({packing.num_sequences(), config_.hidden_size});
  if (arena.measuring()) return;

  activations.embedding.dropout = keys.At(kTargetEmbeddingDropout, dropout_.embedding);
  embedding_.Forward(activations.embedding);
  initial_state_.Forward(source.annotations, source.spans, activations.initial);
  const GruActivations& first = FirstCellActivations(activations);
  first_cell().input(0).Forward(activations.embedding.operand, /*add=*/false, first.x_gates);
  FeedMasked(activations.initial.state, first.state_mask, masked_initial,
             packing.Step(first.fed, 0));
  for (Index step = 0; step < packing.num_steps(); ++step) {
    StopPoint();
    const Index begin = packing.step_begin(step);
    const Index end = begin + packing.step_rows(step);
    const ConstView previous =
        PreviousRows(activations.initial.state, activations.cell.state, packing, step);
    const Operand next_fed =
        step + 1 < packing.num_steps() ? packing.Step(first.fed, step + 1) : Operand();
    StepForward(source, {.begin = begin, .end = end, .product_end = end}, previous, next_fed,
                activations);
  }
  StoreOperand(activations.cell.state, activations.state_operand);
}

void Decoder::StepForward(const AttendedSource& source, const StepRows& rows, ConstView previous,
                          const Operand& next_fed, const DecoderActivations& a) const {
  const auto [begin, end, product_end] = rows;
  const SourceSpans spans = FirstSpans(source.spans, end - begin);
  ConstView state = previous;
  if (conditional()) {
    transition_->MultiplyState(begin, product_end, a.transition);
    transition_->Gates(begin, end, previous, a.cell.fed.Rows(begin, end), a.cell.state_mask,
                       a.transition);
    state = a.transition.state.Rows(begin, end);
  }
  cell_.MultiplyState(begin, product_end, a.cell);
  AttentionEnergy energy = attention_keys_.Energy();
  energy.exponential_keys = source.exponential_keys;
  AttentionForward({.query = cell_.Queries(begin, end, a.cell),
                    .keys = source.keys,
                    .annotations = source.annotations,
                    .spans = spans,
                    .energy = energy,
                    .weight_mask = RowsOrEmpty(a.attention_mask, begin, end),
                    .weights = a.attention.Rows(begin, end),
                    .context = a.context.Rows(begin, end),
                    .context_operand = a.context_operand.Rows(begin, end)});
  if (source.intervention.change != AttentionChange::kNone) {
    Intervene(source.intervention, {.annotations = source.annotations,
                                    .spans = spans,
                                    .weights = a.attention.Rows(begin, end),
                                    .context = a.context.Rows(begin, end),
                                    .context_operand = a.context_operand.Rows(begin, end)});
  }
  // The embedding's part of the gates is there already, unless the transition took it.
  context_input().Forward(a.context_operand.Rows(begin, product_end), /*add=*/!conditional(),
                          a.cell.x_gates.Rows(begin, product_end));
  cell_.Gates(begin, end, state, next_fed, FirstCellActivations(a).state_mask, a.cell);
}

DecoderGradients Decoder::AllocateGradients(Arena& arena, const SequencePacking& packing) const {
  const Index tokens = packing.num_tokens();
  const Index sequences = packing.num_sequences();
  DecoderGradients g;
  g.d_embeddings = arena.AllocateRows(tokens, embedding_.size());
  g.d_contexts = arena.AllocateRows(tokens, annotation_size_);
  if (conditional()) g.transition = transition_->AllocateGradients(arena, tokens, sequences);
  g.cell = cell_.AllocateGradients(arena, tokens, sequences);
  return g;
}

void Decoder::Backward(const DecoderBackwardCall& call, Arena& arena,
                       Gradients& parameter_gradients) const {
  const ProfileScope profile(Zone::kDecoder);
  const auto& [source, packing, activations, gradients, d_annotations] = call;
  const View d_keys = arena.AllocateRows(source.annotations.rows(), attention_keys_.size());
  const Operand d_keys_operand = AllocateOperandFor(arena, precision_, d_keys, d_keys.rows());
  const View d_initial = arena.Allocate<float>({packing.num_sequences(), config_.hidden_size});
  if (arena.measuring()) {
    initial_state_.Backward(source.spans, activations.initial, d_initial, arena, d_annotations,
                            parameter_gradients);
    return;
  }
  std::ranges::fill(d_keys.span(), 0.0f);
  std::ranges::fill(d_initial.span(), 0.0f);
  if (conditional()) std::ranges::fill(gradients.transition.d_state.span(), 0.0f);
  for (Index step = packing.num_steps() - 1; step >= 0; --step) {
    StopPoint();
    const Index begin = packing.step_begin(step);
    const Index end = begin + packing.step_rows(step);
    const ConstView previous =
        PreviousRows(activations.initial.state, activations.cell.state, packing, step);
    const View d_previous = PreviousRows(d_initial, gradients.cell.d_state, packing, step);
    StepBackward(call,
                 {.begin = begin,
                  .end = end,
                  .previous = previous,
                  .d_previous = d_previous,
                  .d_keys = d_keys},
                 parameter_gradients);
  }
  WeightsBackward(activations, gradients, parameter_gradients);

  std::ranges::fill(d_annotations.span(), 0.0f);
  AttentionAccumulateAnnotations({.weights = activations.attention,
                                  .weight_mask = activations.attention_mask,
                                  .d_context = gradients.d_contexts,
                                  .spans = source.spans,
                                  .step_begin = packing.step_begins(),
                                  .num_steps = packing.lengths(),
                                  .d_annotations = d_annotations});
  StoreOperand(d_keys, d_keys_operand);
  attention_keys_.Backward(d_keys_operand, source.annotation_operand, d_annotations,
                           parameter_gradients);
  initial_state_.Backward(source.spans, activations.initial, d_initial, arena, d_annotations,
                          parameter_gradients);
}

void Decoder::StepBackward(const DecoderBackwardCall& call, const StepBackwardCall& step,
                           Gradients& parameter_gradients) const {
  const AttendedSource& source = call.source;
  const DecoderActivations& a = call.activations;
  const DecoderGradients& g = call.gradients;
  const auto [begin, end, previous, d_previous, d_keys] = step;
  const ConstView state = conditional() ? a.transition.state.Rows(begin, end) : previous;
  cell_.GatesBackward(begin, end, state, a.cell, g.cell, parameter_gradients);
  context_input().BackwardInput(g.cell.d_x_gates.Rows(begin, end), /*add=*/true,
                                g.d_contexts.Rows(begin, end));
  AttentionBackward({.d_context = g.d_contexts.Rows(begin, end),
                     .query = cell_.Queries(begin, end, a.cell),
                     .keys = source.keys,
                     .annotations = source.annotations,
                     .spans = FirstSpans(source.spans, end - begin),
                     .energy = attention_keys_.Energy(),
                     .weight_mask = RowsOrEmpty(a.attention_mask, begin, end),
                     .weights = a.attention.Rows(begin, end),
                     .guide = RowsOrEmpty(a.guide, begin, end),
                     .d_query = g.cell.d_h_products.Rows(begin, end),
                     .d_keys = d_keys,
                     .d_scale = attention_keys_.ScaleGradient(parameter_gradients)});
  if (!conditional()) {
    cell_.StateBackward(begin, a.cell, g.cell, d_previous);
    return;
  }
  cell_.StateBackward(begin, a.cell, g.cell, g.transition.d_state.Rows(begin, end));
  transition_->GatesBackward(begin, end, previous, a.transition, g.transition, parameter_gradients);
  transition_->StateBackward(begin, a.transition, g.transition, d_previous);
}

void Decoder::WeightsBackward(const DecoderActivations& a, const DecoderGradients& g,
                              Gradients& parameter_gradients) const {
  cell_.StateWeightsBackward(a.cell, g.cell, parameter_gradients);
  context_input().BackwardWeights(g.cell.d_x_gates, a.context_operand, parameter_gradients);
  if (conditional()) {
    transition_->StateWeightsBackward(a.transition, g.transition, parameter_gradients);
  }
  const Linear& embedding_input = first_cell().input(0);
  const Operand& d_gates = conditional() ? g.transition.d_x_gates : g.cell.d_x_gates;
  embedding_input.BackwardWeights(d_gates, a.embedding.operand, parameter_gradients);
  embedding_input.BackwardInput(d_gates, /*add=*/true, g.d_embeddings);
  embedding_.Backward(g.d_embeddings, a.embedding, parameter_gradients);
}

void Decoder::InitialStates(const AttendedSource& source, Arena& arena, View states) const {
  InitialStateActivations initial = initial_state_.Allocate(arena, states.rows());
  initial.state = states;
  initial_state_.Forward(source.annotations, source.spans, initial);
}

void Decoder::EmbeddingProducts(std::span<const TokenId> tokens, Arena& arena, View gates,
                                View readout_sums) const {
  const auto rows = std::ssize(tokens);
  EmbeddingActivations embedding = embedding_.Allocate(arena, rows);
  embedding.tokens.assign(tokens.begin(), tokens.end());
  embedding_.Forward(embedding);
  const Operand embeddings = embedding.operand.Rows(0, rows);
  first_cell().input(0).Forward(embeddings, /*add=*/false, gates);
  readout_.ForwardEmbeddings(embeddings, readout_sums);
}

DecoderActivations Decoder::AllocateStep(Arena& arena, Index num_rows) const {
  return AllocateRows(arena, num_rows, ProductRows(num_rows), /*keep=*/false);
}

void Decoder::Step(const AttendedSource& source, ConstView states, View attention,
                   DecoderActivations& activations) const {
  const Index rows = states.rows();
  activations.attention = attention;
  StoreOperand(states, FirstCellActivations(activations).fed.Rows(0, rows));
  StepForward(source, {.begin = 0, .end = rows, .product_end = ProductRows(rows)}, states,
              Operand(), activations);
  StoreOperand(activations.cell.state, activations.state_operand);
}

}  // namespace talmach
