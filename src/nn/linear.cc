#include "nn/linear.h"

#include <algorithm>

#include "kernels/rows.h"

namespace talmach {

Linear::Linear(const ParameterSet* parameters, Precision precision, const Parameter* weight,
               const Parameter* bias, const Parameter* weight_below)
    : parameters_(parameters),
      weight_(weight),
      bias_(bias),
      weight_below_(weight_below),
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

void Linear::Pack(const Packing& packing) {
  const Index middle = weight_->offset + outputs() * inputs() / 2;
  if (middle < packing.begin || middle >= packing.end) return;
  if (parameters_->frozen()) {
    forward_.Pack(FrozenWeight());
  } else {
    const ConstView weight = Weight(parameters_->slab());
    forward_.Pack(weight);
    if (packing.passes == Passes::kForwardAndBackward) backward_.Pack(weight);
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

void Linear::BackwardInput(const Operand& d_y, bool add, View d_x) const {
  MultiplyPacked(d_y, backward_, nullptr, add, d_x);
}

void Linear::BackwardWeights(const Operand& d_y, const Operand& x, Gradients& gradients) const {
  AccumulateWeightGradient(d_y, x, Weight(gradients.slab()));
  if (bias_ != nullptr) AccumulateColumnSums(d_y, bias_->cols, gradients.Of(bias_).data());
}

}  // namespace talmach
