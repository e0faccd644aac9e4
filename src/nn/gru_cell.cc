// Tested by tests/nn/gru_layer_test.cc and tests/model/gradient_test.cc.
//
// Where the work of a cell is done. Of the equations in the header, over T steps of B rows:
//
//   W_i x + b_i      one product of [T·B, in] before the loop          input(k).Forward
//   W_h h + b_h      a product of [B, H] in each step, with the
//                    attention's query W_a h below it                  MultiplyState
//   r, z, n, h'      pointwise, in each step                           Gates
//
// and in reverse:
//
//   d_x̂, d_ĥ        pointwise, in each step                           GatesBackward
//   d_h              a product of [B, 3H + A] in each step, plus the
//                    carry g ∘ z that bypasses the product             StateBackward
//   dW_h, dW_a, db_h one product over all T·B rows after the loop      StateWeightsBackward
//   dW_i, db_i, d_x  likewise                                          input(k).Backward…
//
// To make the last two single products, every step leaves its d_x̂ and d_ĥ in the matrices of all
// steps instead of adding to the weights' gradient at once. The product of a step reads `fed`, the
// state after dropout in the precision of products, which the step before has written; the carry
// reads the state itself. So both paths of the gradient meet in StateBackward: the mask applies to
// the one through the product only.
//
// Layer normalisation stands between products and gates, so its backward pass stands between
// GatesBackward's results and d_x̂, d_ĥ.
#include "nn/gru_cell.h"

#include <algorithm>
#include <numeric>

#include "kernels/elementwise.h"
#include "kernels/layer_norm.h"

namespace talmach {
namespace {

constexpr Index kNumGates = 3;

std::vector<Linear> MakeInputs(ParameterSet* parameters, Precision precision,
                               const std::string& name, const GruCellOptions& options) {
  const Index gates_size = kNumGates * options.hidden;
  const Index width = std::accumulate(options.inputs.begin(), options.inputs.end(), Index{0});
  std::vector<const Parameter*> weights;
  Index column = 0;
  for (const Index input : options.inputs) {
    weights.push_back(parameters->AddColumns(name + ".weight_ih", gates_size, input, column, width,
                                             Initializer::kGlorotUniform));
    column += input;
  }
  const Parameter* bias = parameters->AddVector(name + ".bias_ih", gates_size, Initializer::kZero);
  std::vector<Linear> inputs;
  for (const Parameter* weight : weights) {
    inputs.emplace_back(
        parameters, precision,
        LinearParameters{.weight = weight, .bias = inputs.empty() ? bias : nullptr});
  }
  return inputs;
}

Linear MakeHidden(ParameterSet* parameters, Precision precision, const std::string& name,
                  const GruCellOptions& options, const StackedQuery& query,
                  const Parameter*& query_weight) {
  const Index gates_size = kNumGates * options.hidden;
  const Parameter* weight = parameters->AddMatrix(name + ".weight_hh", gates_size, options.hidden,
                                                  Initializer::kOrthogonal);
  if (query.size > 0) {
    query_weight = parameters->AddMatrixBelow(query.name, query.size, options.hidden,
                                              Initializer::kGlorotUniform);
  }
  const Parameter* bias = parameters->AddVector(name + ".bias_hh", gates_size, Initializer::kZero);
  return Linear(parameters, precision,
                {.weight = weight, .bias = bias, .weight_below = query_weight});
}

}  // namespace

GruCell::GruCell(ParameterSet* parameters, Precision precision, const std::string& name,
                 const GruCellOptions& options, const StackedQuery& query)
    : parameters_(parameters),
      precision_(precision),
      options_(options),
      inputs_(MakeInputs(parameters, precision, name, options)),
      hidden_(MakeHidden(parameters, precision, name, options, query, query_weight_)) {
  if (options.layer_norm) {
    norm_ih_ = AddLayerNorm(parameters, name + ".layer_norm_ih");
    norm_hh_ = AddLayerNorm(parameters, name + ".layer_norm_hh");
  }
}

GruCell::LayerNormParameters GruCell::AddLayerNorm(ParameterSet* parameters,
                                                   const std::string& name) const {
  const Index size = kNumGates * options_.hidden;
  return {parameters->AddVector(name + ".weight", size, Initializer::kOne),
          parameters->AddVector(name + ".bias", size, Initializer::kZero)};
}

void GruCell::Pack(const PackOptions& options) {
  for (Linear& input : inputs_) input.Pack(options);
  hidden_.Pack(options);
}

GruActivations GruCell::Allocate(Arena& arena, Index num_rows, Index step_rows, bool keep) const {
  const Index hidden = options_.hidden;
  GruActivations a;
  a.x_gates = arena.AllocateRows(num_rows, kNumGates * hidden);
  a.h_products = arena.Allocate<float>({step_rows, product_size()});
  a.state = arena.AllocateRows(num_rows, hidden);
  a.fed = AllocateOperand(arena, precision_, num_rows, hidden);
  if (!keep) return a;
  a.gates = {a.x_gates, arena.Allocate<float>({num_rows, hidden})};
  if (query_weight_ != nullptr) a.queries = arena.Allocate<float>({num_rows, query_weight_->rows});
  if (options_.layer_norm) {
    for (LayerNormValues* norm : {&a.x_norm, &a.h_norm}) {
      norm->normalised = arena.Allocate<float>({num_rows, kNumGates * hidden});
      norm->inverse_deviation = arena.Allocate<float>({num_rows, kNumGates});
    }
  }
  return a;
}

GruGradients GruCell::AllocateGradients(Arena& arena, Index num_rows, Index step_rows) const {
  const Index hidden = options_.hidden;
  GruGradients g;
  g.d_x_gates = AllocateOperand(arena, precision_, num_rows, kNumGates * hidden);
  g.d_h_products = AllocateOperand(arena, precision_, num_rows, product_size());
  g.d_state = arena.AllocateRows(num_rows, hidden);
  g.d_previous = arena.Allocate<float>({step_rows, hidden});
  g.d_fed = arena.Allocate<float>({step_rows, hidden});
  if (options_.layer_norm) {
    g.d_x_normed = arena.Allocate<float>({step_rows, kNumGates * hidden});
    g.d_h_normed = arena.Allocate<float>({step_rows, kNumGates * hidden});
  }
  return g;
}

void GruCell::MultiplyState(Index begin, Index end, const GruActivations& activations) const {
  const View products = activations.h_products.Rows(0, end - begin);
  hidden_.Forward(activations.fed.Rows(begin, end), /*add=*/false, products);
  const View queries = activations.queries;
  if (queries.empty()) return;
  for (Index row = begin; row < end; ++row) {
    const float* product = products.row(row - begin);
    std::copy(product + kNumGates * options_.hidden, product + product_size(), queries.row(row));
  }
}

ConstView GruCell::Queries(Index begin, Index end, const GruActivations& activations) const {
  if (!activations.queries.empty()) return activations.queries.Rows(begin, end);
  return activations.h_products.Rows(0, end - begin);
}

void GruCell::Gates(Index begin, Index end, ConstView previous, const Operand& next_fed,
                    ConstView next_mask, const GruActivations& activations) const {
  const View x_gates = activations.x_gates.Rows(begin, end);
  const View h_products = activations.h_products.Rows(0, end - begin);
  if (options_.layer_norm) {
    Normalise(norm_ih_, activations.x_norm.Rows(begin, end), x_gates);
    Normalise(norm_hh_, activations.h_norm.Rows(begin, end), h_products);
  }
  const bool keep = !activations.gates.empty();
  GruGatesForward({.x_gates = x_gates,
                   .h_gates = h_products,
                   .previous = previous,
                   .values = keep ? activations.gates.Rows(begin, end) : GruGateValues{},
                   .state = activations.state.Rows(begin, end),
                   .fed = next_fed,
                   .fed_mask = next_mask});
}

void GruCell::GatesBackward(Index begin, Index end, ConstView previous,
                            const GruActivations& activations, const GruGradients& gradients,
                            Gradients& parameter_gradients) const {
  const Index rows = end - begin;
  const Operand d_x = gradients.d_x_gates.Rows(begin, end);
  const Operand d_h = gradients.d_h_products.Rows(begin, end);
  GruGatesBackwardCall call = {.d_state = gradients.d_state.Rows(begin, end),
                               .values = activations.gates.Rows(begin, end),
                               .previous = previous,
                               .d_x_gates = d_x,
                               .d_h_gates = d_h,
                               .d_previous = gradients.d_previous.Rows(0, previous.rows())};
  if (!options_.layer_norm) {
    GruGatesBackward(call);
    return;
  }
  const View d_x_normed = gradients.d_x_normed.Rows(0, rows);
  const View d_h_normed = gradients.d_h_normed.Rows(0, rows);
  call.d_x_gates = Operand(d_x_normed);
  call.d_h_gates = Operand(d_h_normed);
  GruGatesBackward(call);
  NormaliseBackward(norm_ih_, activations.x_norm.Rows(begin, end), d_x_normed, d_x,
                    parameter_gradients);
  NormaliseBackward(norm_hh_, activations.h_norm.Rows(begin, end), d_h_normed, d_h,
                    parameter_gradients);
}

void GruCell::StateBackward(Index begin, const GruActivations& activations,
                            const GruGradients& gradients, View d_target) const {
  const Index rows = d_target.rows();
  if (rows == 0) return;
  const View d_fed = gradients.d_fed.Rows(0, rows);
  hidden_.BackwardInput(gradients.d_h_products.Rows(begin, begin + rows), /*add=*/false, d_fed);
  const ConstView mask =
      activations.state_mask.empty() ? ConstView() : activations.state_mask.Rows(0, rows);
  Add(gradients.d_previous.Rows(0, rows), d_target);
  AddMasked(d_fed, mask, d_target);
}

void GruCell::StateWeightsBackward(const GruActivations& activations, const GruGradients& gradients,
                                   Gradients& parameter_gradients) const {
  hidden_.BackwardWeights(gradients.d_h_products, activations.fed, parameter_gradients);
}

void GruCell::Normalise(const LayerNormParameters& norm, const LayerNormValues& values,
                        View gates) const {
  LayerNormForward({.x = gates,
                    .num_blocks = kNumGates,
                    .block_size = options_.hidden,
                    .gain = parameters_->Value(norm.weight).data(),
                    .bias = parameters_->Value(norm.bias).data(),
                    .y = gates,
                    .normalised = values.normalised,
                    .inverse_deviation = values.inverse_deviation});
}

void GruCell::NormaliseBackward(const LayerNormParameters& norm, const LayerNormValues& values,
                                ConstView d_gates, const Operand& d_products,
                                Gradients& parameter_gradients) const {
  LayerNormBackward({.d_y = d_gates,
                     .normalised = values.normalised,
                     .inverse_deviation = values.inverse_deviation,
                     .num_blocks = kNumGates,
                     .block_size = options_.hidden,
                     .gain = parameters_->Value(norm.weight).data(),
                     .d_x = d_products,
                     .d_gain = parameter_gradients.Of(norm.weight).data(),
                     .d_bias = parameter_gradients.Of(norm.bias).data()});
}

void FeedMasked(ConstView state, ConstView mask, View masked, const Operand& fed) {
  if (mask.empty()) return StoreOperand(state, fed);
  std::ranges::fill(masked.span(), 0.0f);
  AddMasked(state, mask, masked);
  StoreOperand(masked, fed);
}

}  // namespace talmach
