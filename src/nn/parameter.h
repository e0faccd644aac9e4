// The numbers of a model: one slab of values, one slab of gradients per worker.
//
// Because all parameters lie in one slab, zeroing, the gradient norm, Adam, the reduction over
// workers and saving are one loop each. Parameters can be declared adjacent: the recurrent weights
// [3H, H] and the attention's query weights [A, H] *are* the stacked matrix [3H + A, H] of one
// product.
//
// The parameters of a model that is only used can be frozen: its matrices are kept in 8 bits with
// a scale for each row, in a slab of their own, and only vectors are float32.
#pragma once

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "kernels/quantize.h"
#include "tensor/tensor.h"

namespace talmach {

/// How a parameter starts.
enum class Initializer {
  kZero,
  kOne,
  kGlorotUniform,  // U(−a, a), a = sqrt(6 / (rows + cols)) (Glorot and Bengio 2010)
  kOrthogonal,     // each square block of rows orthogonal (Saxe et al. 2014): recurrent weights
  kEmbedding,      // N(0, 1 / cols)
};

/// A named block of the slab. Weights are [out, in], vectors [1, n] (stored as [n]).
struct Parameter {
  std::string name;       // as in model.safetensors (docs/model.md)
  Index offset = 0;       // first element in its slab
  Index first_scale = 0;  // of its rows, if it is a frozen matrix
  Index rows = 1;
  Index cols = 0;
  bool is_vector = false;
  Initializer initializer = Initializer::kZero;
  /// Where the block lies in the stored tensor of that name when several blocks of columns make up
  /// one: `decoder.cell.weight_ih` [3H, E + 2H] is kept as [3H, E] and [3H, 2H], so that every
  /// product is dense.
  Index stored_column = 0;
  Index stored_cols = 0;
  bool is_trained = true;  // false: training leaves it as it is, and computes no gradient where
                           // that saves work

  Index size() const { return rows * cols; }
};

/// A part of a slab, [begin, end).
struct SlabPart {
  Index begin = 0;
  Index end = 0;
  bool is_trained = true;
};

/// All parameters of a model. Addresses of Parameters are stable. Values exist after Allocate.
class ParameterSet {
 public:
  /// `kFrozen`: matrices are kept in 8 bits, and nothing can be trained.
  enum class Storage { kFloat32, kFrozen };

  explicit ParameterSet(Storage storage = Storage::kFloat32) : storage_(storage) {}
  ParameterSet(const ParameterSet&) = delete;
  ParameterSet& operator=(const ParameterSet&) = delete;

  /// Declares a weight matrix [rows, cols].
  const Parameter* AddMatrix(std::string name, Index rows, Index cols, Initializer initializer);
  /// The same, directly behind the parameter declared before it, so that both are one matrix to a
  /// product (see Stacked).
  const Parameter* AddMatrixBelow(std::string name, Index rows, Index cols,
                                  Initializer initializer);
  /// Declares columns [stored_column, stored_column + cols) of the stored matrix
  /// [rows, stored_cols].
  const Parameter* AddColumns(std::string name, Index rows, Index cols, Index stored_column,
                              Index stored_cols, Initializer initializer);
  /// Declares a vector [size].
  const Parameter* AddVector(std::string name, Index size, Initializer initializer);

  /// Makes the slabs of values, zero. No parameters can be added afterwards.
  void Allocate();
  /// Gives every parameter its initial values; a function of the seed and the declarations alone.
  void Initialize(std::uint64_t seed);

  /// Keeps parameters out of training, those whose names match one of the patterns (MatchesName).
  void KeepFixed(const std::vector<std::string>& patterns);
  /// The float32 slab in parts that follow one another; one of them if all parameters are trained.
  std::vector<SlabPart> Parts() const;

  const std::deque<Parameter>& list() const { return parameters_; }
  bool frozen() const { return storage_ == Storage::kFrozen; }
  /// Elements in the float32 slab (with alignment gaps, which stay zero).
  Index slab_size() const { return slab_size_; }
  /// Trainable numbers.
  Index num_values() const;

  /// The values of a parameter in the float32 slab: not of a frozen matrix.
  View Value(const Parameter* parameter) {
    RequireFloat32(*parameter);
    return Slice(values_.view(), *parameter);
  }
  ConstView Value(const Parameter* parameter) const {
    RequireFloat32(*parameter);
    return Slice(values_.view(), *parameter);
  }
  /// The values of a frozen matrix, or of two adjacent ones stacked.
  QuantizedView FrozenValue(const Parameter* parameter) const {
    RequireFrozen(*parameter);
    return {Slice(frozen_values_.view(), *parameter), scales_.data() + parameter->first_scale};
  }
  QuantizedView FrozenStacked(const Parameter* upper, const Parameter* lower) const {
    RequireFrozen(*upper);
    return {Stacked(frozen_values_.view(), *upper, *lower), scales_.data() + upper->first_scale};
  }
  View slab() { return values_.view(); }
  ConstView slab() const { return values_.view(); }

  /// The block of `parameter` in any slab laid out like its own: values, gradients, moments.
  template <typename T>
  static TensorView<T> Slice(TensorView<T> slab, const Parameter& parameter) {
    return TensorView<T>(slab.data() + parameter.offset, {parameter.rows, parameter.cols});
  }

  /// Two matrices of equal width as the one matrix they are in a slab; they must be adjacent.
  template <typename T>
  static TensorView<T> Stacked(TensorView<T> slab, const Parameter& upper, const Parameter& lower) {
    Require(upper.offset + upper.size() == lower.offset && upper.cols == lower.cols,
            "stacked parameters are adjacent");
    return TensorView<T>(slab.data() + upper.offset, {upper.rows + lower.rows, upper.cols});
  }

  /// The stored tensors, in the order of first declaration: name, shape and the blocks they
  /// consist of.
  struct StoredTensor {
    std::string name;
    std::vector<Index> shape;
    std::vector<const Parameter*> blocks;

    bool is_matrix() const { return shape.size() == 2; }
  };
  std::vector<StoredTensor> StoredTensors() const;
  /// Copies a stored tensor out of (into) a slab, joining (splitting) its blocks of columns.
  static void ExtractStored(const StoredTensor& tensor, ConstView slab, std::span<float> out);
  static void InsertStored(const StoredTensor& tensor, std::span<const float> in, View slab);
  /// The same for a matrix of a frozen set, with the scales of its rows.
  void ExtractFrozen(const StoredTensor& tensor, TensorView<std::int8_t> values,
                     std::span<float> scales) const;
  void InsertFrozen(const StoredTensor& tensor, const QuantizedView& matrix);

 private:
  const Parameter* Add(Parameter parameter, Index alignment);
  void RequireFloat32(const Parameter& parameter) const {
    Require(!frozen() || parameter.is_vector, "frozen matrices have no float32 values");
  }
  void RequireFrozen(const Parameter& parameter) const {
    Require(frozen() && !parameter.is_vector, "a matrix of frozen parameters");
  }

  Storage storage_;
  std::deque<Parameter> parameters_;
  Index float32_end_ = 0;  // of the last parameter in the float32 slab
  Index slab_size_ = 0;
  Index frozen_end_ = 0;  // of the last frozen matrix
  Index num_scales_ = 0;  // rows of frozen matrices
  Tensor<float> values_;
  Tensor<std::int8_t> frozen_values_;
  Tensor<float> scales_;
};

/// A slab of gradients: one per worker. Backward passes add to it.
class Gradients {
 public:
  Gradients() = default;  // of no parameters: for measuring arenas
  explicit Gradients(const ParameterSet& parameters) : slab_({parameters.slab_size()}) {}
  View Of(const Parameter* parameter) { return ParameterSet::Slice(slab_.view(), *parameter); }
  View slab() { return slab_.view(); }
  void SetZero();

 private:
  Tensor<float> slab_;
};

}  // namespace talmach
