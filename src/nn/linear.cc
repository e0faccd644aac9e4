// Packing. A product reads its weight in an order that suits the processor, so the slab's row-major
// values are rearranged once after each update (training) or once after loading (inference), and
// all products until then read the packed copy. forward_ packs W for y = x Wᵀ, backward_ for d_x =
// d_y W; the gradient dW += d_yᵀ x goes straight to the slab, where Adam finds it.
//
// Several threads share the packing: each packs the weights whose middle lies in its part of the
// slab. Every middle lies in exactly one part, so nothing is packed twice and nothing forgotten,
// and the threads need not agree on anything.
//
// A bias that covers only the first of two stacked weights is padded with zeros, as the product
// adds one bias to all its columns.
#include "nn/linear.h"

#include <algorithm>
#include <cstdint>

#include "kernels/rows.h"

namespace talmach {

Linear::Linear(const ParameterSet* set, Precision precision, const LinearParameters& parameters)
    : parameters_(set),
      weight_(parameters.weight),
      bias_(parameters.bias),
      weight_below_(parameters.weight_below),
      forward_(PackedMatrix::Side::kForward, precision) {
  if (precision != Precision::kInt8) {
    backward_ = PackedMatrix(PackedMatrix::Side::kBackward, precision);
  }
  if (bias_ != nullptr && bias_->cols < outputs()) padded_bias_ = Tensor<float>({outputs()});
}

Index Linear::outputs() const {
  return weight_->rows + (weight_below_ != nullptr ? weight_below_->rows : 0);
}

template <typename T>
TensorView<T> Linear::Weight(TensorView<T> slab) const {
  if (weight_below_ == nullptr) return ParameterSet::Slice(slab, *weight_);
  return ParameterSet::Stacked(slab, *weight_, *weight_below_);
}

QuantizedView Linear::FrozenWeight() const {
  if (weight_below_ == nullptr) return parameters_->FrozenValue(weight_);
  return parameters_->FrozenStacked(weight_, weight_below_);
}

void Linear::Pack(const PackOptions& options) {
  const Index middle = weight_->offset + outputs() * inputs() / 2;
  if (middle < options.begin || middle >= options.end) return;
  if (parameters_->frozen()) {
    forward_.Pack(FrozenWeight());
  } else {
    const ConstView weight = Weight(parameters_->slab());
    forward_.Pack(weight);
    if (options.passes == Passes::kForwardAndBackward) backward_.Pack(weight);
  }
  if (padded_bias_.size() > 0) {
    std::ranges::copy(parameters_->Value(bias_).span(), padded_bias_.data());
  }
}

void Linear::Forward(const Operand& x, bool add, View y) const {
  const float* bias = nullptr;
  if (padded_bias_.size() > 0) {
    bias = padded_bias_.data();
  } else if (bias_ != nullptr) {
    bias = parameters_->Value(bias_).data();
  }
  MultiplyPacked(x, forward_, bias, add, y);
}

SelectedLinear Linear::Select(std::span<const TokenId> rows) const {
  Require(weight_below_ == nullptr, "the outputs of a single weight");
  const auto count = std::ssize(rows);
  SelectedLinear result;
  result.weight = PackedMatrix(PackedMatrix::Side::kForward, forward_.precision());
  if (parameters_->frozen()) {
    const QuantizedView weight = parameters_->FrozenValue(weight_);
    Tensor<std::int8_t> values({count, inputs()});
    std::vector<float> scales;
    for (Index i = 0; i < count; ++i) {
      std::copy_n(weight.values.row(rows[i]), inputs(), values.view().row(i));
      scales.push_back(weight.scales[rows[i]]);
    }
    result.weight.Pack(QuantizedView{values.view(), scales.data()});
  } else {
    Tensor<float> values({count, inputs()});
    GatherRows(parameters_->Value(weight_), rows, values.view());
    result.weight.Pack(values.view());
  }
  result.bias.assign(rows.size(), 0.0f);
  if (bias_ == nullptr) return result;
  const ConstView bias = parameters_->Value(bias_);
  for (Index i = 0; i < count; ++i) result.bias[i] = bias[rows[i]];
  return result;
}

void Linear::BackwardInput(const Operand& d_y, bool add, View d_x) const {
  MultiplyPacked(d_y, backward_, nullptr, add, d_x);
}

void Linear::BackwardWeights(const Operand& d_y, const Operand& x, Gradients& gradients) const {
  if (weight_->is_trained || (weight_below_ != nullptr && weight_below_->is_trained)) {
    AccumulateWeightGradient(d_y, x, Weight(gradients.slab()));
  }
  if (bias_ != nullptr && bias_->is_trained) {
    AccumulateColumnSums(d_y, bias_->cols, gradients.Of(bias_).data());
  }
}

}  // namespace talmach
