#include "talmach/attention_layer.h"

#include "base/error.h"
#include "nn/attention_layer.h"
#include "tensor/arena.h"

namespace talmach::v1 {
namespace {

constexpr const char* kName = "layer";

static_assert(static_cast<int>(AttentionScore::kGeneral) ==
              static_cast<int>(talmach::AttentionScore::kGeneral));
static_assert(static_cast<int>(AttentionActivation::kRelu) ==
              static_cast<int>(talmach::AttentionActivation::kRelu));

AttentionOptions ToInternal(const AttentionLayerOptions& options) {
  return {.score = static_cast<talmach::AttentionScore>(options.score),
          .query_size = options.query_size,
          .key_size = options.key_size,
          .projection_size = options.projection_size,
          .bias = options.bias,
          .use_scale = options.use_scale,
          .activation = static_cast<talmach::AttentionActivation>(options.activation),
          .temperature = options.temperature,
          .dropout = options.dropout,
          .seed = options.dropout_seed};
}

// The view of an array that has the size of its shape. The layer reads its inputs through views
// that could write, too, but never does.
View ViewOf(std::span<const float> array, std::initializer_list<Index> dims) {
  const View view(const_cast<float*>(array.data()), dims);
  Require(view.size() == static_cast<Index>(array.size()), "an input has the size of its shape");
  return view;
}

MaskView MaskOf(std::span<const std::uint8_t> mask, Index rows, Index cols) {
  if (mask.empty()) return {};
  Require(static_cast<Index>(mask.size()) == rows * cols, "a mask has the size of its shape");
  return {mask.data(), {rows, cols}};
}

std::vector<float> Copy(ConstView view) { return {view.span().begin(), view.span().end()}; }

// Parameters get memory and values between their declaration and the gradients like them.
ParameterSet& Started(ParameterSet& parameters, std::uint64_t seed) {
  parameters.Allocate();
  parameters.Initialize(seed);
  return parameters;
}

}  // namespace

struct AttentionLayer::State {
  explicit State(const AttentionLayerOptions& options);
  talmach::AttentionInputs Convert(const AttentionInputs& inputs) const;
  AttentionDims Forward(const AttentionInputs& inputs);

  ParameterSet set;
  SequenceAttention layer;
  Gradients gradients;
  std::vector<Parameter> parameters = {};
  Arena memory;  // of the last Forward
  Arena scratch;
  AttentionActivations activations = {};
};

AttentionLayer::State::State(const AttentionLayerOptions& options)
    : layer(&set, kName, v1::ToInternal(options)), gradients(Started(set, options.seed)) {
  for (const talmach::Parameter& parameter : set.list()) {
    parameters.push_back({.name = parameter.name.substr(std::string_view(kName).size() + 1),
                          .rows = parameter.rows,
                          .cols = parameter.cols,
                          .values = set.Value(&parameter).span(),
                          .gradients = gradients.Of(&parameter).span()});
  }
}

talmach::AttentionInputs AttentionLayer::State::Convert(const AttentionInputs& inputs) const {
  const AttentionOptions& options = layer.options();
  Require(inputs.batch > 0 && inputs.queries > 0 && inputs.values > 0 && inputs.value_size > 0,
          "there are queries and values");
  talmach::AttentionInputs result{
      .query = ViewOf(inputs.query, {inputs.batch, inputs.queries, options.query_size}),
      .value = ViewOf(inputs.value, {inputs.batch, inputs.values, inputs.value_size}),
      .query_mask = MaskOf(inputs.query_mask, inputs.batch, inputs.queries),
      .value_mask = MaskOf(inputs.value_mask, inputs.batch, inputs.values),
      .use_causal_mask = inputs.use_causal_mask,
      .training = inputs.training,
      .call = inputs.call};
  if (!inputs.key.empty()) {
    result.key = ViewOf(inputs.key, {inputs.batch, inputs.values, options.key_size});
  }
  return result;
}

AttentionDims AttentionLayer::State::Forward(const AttentionInputs& inputs) {
  const talmach::AttentionInputs converted = Convert(inputs);
  const AttentionDims dims = {inputs.batch, inputs.queries, inputs.values, inputs.value_size};
  memory.Reset();
  activations = layer.Allocate(memory, dims);
  layer.Pack(Passes::kForwardAndBackward);
  layer.Forward(converted, activations);
  return dims;
}

AttentionLayer::AttentionLayer(const AttentionLayerOptions& options)
    : state_(std::make_unique<State>(options)) {}

AttentionLayer::~AttentionLayer() = default;
AttentionLayer::AttentionLayer(AttentionLayer&& other) noexcept = default;
AttentionLayer& AttentionLayer::operator=(AttentionLayer&& other) noexcept = default;

const std::vector<AttentionLayer::Parameter>& AttentionLayer::parameters() const {
  return state_->parameters;
}

AttentionOutput AttentionLayer::Forward(const AttentionInputs& inputs) {
  state_->Forward(inputs);
  return {.output = Copy(state_->activations.output),
          .weights = Copy(state_->activations.dropped_weights)};
}

std::vector<float> AttentionLayer::Energies(const AttentionInputs& inputs) {
  const AttentionDims dims = state_->Forward(inputs);
  std::vector<float> energies(state_->activations.weights.size());
  state_->layer.Energies(state_->Convert(inputs), state_->activations,
                         View(energies.data(), {dims.batch, dims.queries, dims.values}));
  return energies;
}

AttentionGradients AttentionLayer::Backward(const AttentionInputs& inputs,
                                            std::span<const float> d_output) {
  const talmach::AttentionInputs converted = state_->Convert(inputs);
  const auto fits = [&](ConstView view, std::initializer_list<Index> dims) {
    return view.rank() > 0 && SameShape(view, ConstView(nullptr, dims));
  };
  Require(fits(state_->activations.output, {inputs.batch, inputs.queries, inputs.value_size}) &&
              fits(state_->activations.weights, {inputs.batch, inputs.queries, inputs.values}),
          "Backward follows Forward with the same inputs");
  AttentionGradients result{.query = std::vector<float>(inputs.query.size()),
                            .value = std::vector<float>(inputs.value.size()),
                            .key = std::vector<float>(inputs.key.size())};
  AttentionInputGradients gradients{
      .query = ViewOf(result.query, {inputs.batch, inputs.queries, converted.query.cols()}),
      .value = ViewOf(result.value, {inputs.batch, inputs.values, inputs.value_size})};
  if (!inputs.key.empty()) {
    gradients.key = ViewOf(result.key, {inputs.batch, inputs.values, converted.key.cols()});
  }
  state_->scratch.Reset();
  state_->layer.Backward(converted, state_->activations,
                         ViewOf(d_output, {inputs.batch, inputs.queries, inputs.value_size}),
                         state_->scratch, gradients, state_->gradients);
  return result;
}

void AttentionLayer::ClearGradients() { state_->gradients.SetZero(); }

}  // namespace talmach::v1
