#include "learner.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace talmach::lab {
namespace {

// Parameters get memory and values between their declaration and the layers that hold them.
ParameterSet& Started(ParameterSet& parameters, std::uint64_t seed) {
  parameters.Allocate();
  parameters.Initialize(seed);
  return parameters;
}

}  // namespace

Learner::Learner(const AttentionOptions& options, const AttentionDims& dims, std::uint64_t seed)
    : attention_(&parameters_, "a", options),
      dims_(dims),
      gradients_(Started(parameters_, seed)),
      adam_(parameters_, TrainingOptions()) {
  const auto allocate = [&](Index rows, Index cols) {
    return memory_.Allocate<float>({dims.batch, rows, cols});
  };
  inputs = {.query = allocate(dims.queries, options.query_size),
            .value = allocate(dims.values, dims.value_size),
            .key = allocate(dims.values, options.key_size)};
  activations_ = attention_.Allocate(memory_, dims);
  d_inputs_ = {allocate(dims.queries, options.query_size), allocate(dims.values, dims.value_size),
               allocate(dims.values, options.key_size)};
}

const Parameter* Learner::Find(const std::string& name) const {
  for (const Parameter& parameter : parameters_.list()) {
    if (parameter.name == "a." + name) return &parameter;
  }
  Require(false, "a parameter of the layer");
  return nullptr;
}

View Learner::Weights(const std::string& name) { return parameters_.Value(Find(name)); }

void Learner::Forward() {
  attention_.Pack(Passes::kForwardAndBackward);
  attention_.Forward(inputs, activations_);
}

std::vector<float> Learner::Energies() {
  Forward();
  std::vector<float> energies(static_cast<std::size_t>(activations_.weights.size()));
  attention_.Energies(inputs, activations_,
                      View(energies.data(), {dims_.batch, dims_.queries, dims_.values}));
  return energies;
}

double Learner::Error(ConstView target) {
  Forward();
  double sum = 0;
  for (Index i = 0; i < target.size(); ++i) {
    sum += std::pow(activations_.output[i] - target[i], 2);
  }
  return sum / static_cast<double>(dims_.batch * dims_.queries);
}

// The gradient of the error, from the outputs of the last Forward.
void Learner::ErrorGradient(ConstView target) {
  scratch_.Reset();
  gradients_.SetZero();
  const View d_output = scratch_.Allocate<float>({dims_.batch, dims_.queries, dims_.value_size});
  const float factor = 2.0f / static_cast<float>(dims_.batch * dims_.queries);
  for (Index i = 0; i < target.size(); ++i) {
    d_output[i] = factor * (activations_.output[i] - target[i]);
  }
  attention_.Backward(inputs, activations_, d_output, scratch_, d_inputs_, gradients_);
}

double Learner::Learn(ConstView target, double rate) {
  const double error = Error(target);
  ErrorGradient(target);
  adam_.BeginStep(rate, /*scale=*/1.0);
  if (!adam_.UpdateRange(gradients_.slab().span(), parameters_.slab().span(), 0,
                         parameters_.slab_size())) {
    throw NumericError({.where = "attention_lab",
                        .what = "the weights are no longer finite",
                        .hint = "learn at a lower rate"});
  }
  return error;
}

double Learner::GradientNorm(ConstView target, const std::string& name) {
  Error(target);
  ErrorGradient(target);
  return std::sqrt(SumOfSquares(gradients_.Of(Find(name)).span()));
}

double Learner::Accuracy(const std::vector<Index>& answers) const {
  Index right = 0;
  for (Index row = 0; row < activations_.weights.rows(); ++row) {
    const float* weights = activations_.weights.row(row);
    const Index best = std::max_element(weights, weights + dims_.values) - weights;
    right += best == answers[static_cast<std::size_t>(row)];
  }
  return static_cast<double>(right) / static_cast<double>(answers.size());
}

void FillNormal(View view, RandomStream& random, float deviation, float mean) {
  for (float& value : view.span()) value = mean + deviation * random.Normal();
}

double Entropy(const float* weights, Index count) {
  double entropy = 0;
  for (Index j = 0; j < count; ++j) {
    if (weights[j] > 0) entropy -= weights[j] * std::log(weights[j]);
  }
  return entropy;
}

}  // namespace talmach::lab
