// The affine map y = W x + b and its packed products.
#pragma once

#include <span>
#include <vector>

#include "kernels/gemm.h"
#include "nn/layer.h"

namespace talmach {

/// Some of the outputs of a linear layer, as a layer of their own.
struct SelectedLinear {
  PackedMatrix weight;
  std::vector<float> bias;

  Index outputs() const { return weight.outputs(); }
  /// y [M, outputs] = x [M, in] Wᵀ + b.
  void Forward(const Operand& x, View y) const {
    MultiplyPacked(x, weight, bias.data(), /*accumulate=*/false, y);
  }
};

/// What W and b are. A second weight may stand directly below the first in the slab: then W is the
/// stacked matrix of both, one product computes both maps, and b covers the rows of the first
/// weight only.
struct LinearParameters {
  const Parameter* weight = nullptr;
  const Parameter* bias = nullptr;          // null: none
  const Parameter* weight_below = nullptr;  // null: none
};

/// y [M, out] = x [M, in] Wᵀ + b for M rows at once, with W [out, in].
class Linear {
 public:
  Linear(const ParameterSet* set, Precision precision, const LinearParameters& parameters);

  /// Takes over the current values of W and b, if W is one of the weights to pack. Not while other
  /// threads use the layer, but they may pack other layers. BackwardInput needs the backward pass;
  /// int8 has none.
  void Pack(const PackOptions& options);

  Index inputs() const { return weight_->cols; }
  Index outputs() const;

  /// y = W x + b, or y += W x + b.
  void Forward(const Operand& x, bool add, View y) const;

  /// The outputs `rows`, in their order, from the current values of W and b. The layer has no
  /// weight below.
  SelectedLinear Select(std::span<const TokenId> rows) const;

  /// d_x = Wᵀ d_y, or d_x += Wᵀ d_y. Works for the rows of one step.
  void BackwardInput(const Operand& d_y, bool add, View d_x) const;

  /// dW += d_yᵀ x and db += Σ_rows d_y, for all rows of all steps in one product; what is not
  /// trained is left out.
  void BackwardWeights(const Operand& d_y, const Operand& x, Gradients& gradients) const;

 private:
  template <typename T>
  TensorView<T> Weight(TensorView<T> slab) const;
  QuantizedView FrozenWeight() const;

  const ParameterSet* parameters_;
  const Parameter* weight_;
  const Parameter* bias_;
  const Parameter* weight_below_;
  PackedMatrix forward_;
  PackedMatrix backward_;
  Tensor<float> padded_bias_;  // [out] when the bias covers only the first weight
};

}  // namespace talmach
