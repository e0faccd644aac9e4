// Tested by tests/nn/layers_test.cc.
//
// Where parameters lie. Declarations append to the slab; each begins on a cache line, except a
// matrix declared "below" another, which follows without a gap so that both are one matrix. The
// gaps stay zero: in the gradient they add nothing to the norm, and Adam moves 0 by 0.
//
// A stored tensor may consist of several blocks of columns (weight_ih of a cell with two inputs).
// In the slab each block is dense, for the sake of products; in the file they stand side by side,
// as in PyTorch. Extract and Insert copy between the two, row by row.
//
// Initial values. Each parameter draws from its own stream, keyed by the seed and its place among
// the declarations: the values do not depend on the order in which they are drawn. Glorot's bound
// counts the columns of the whole stored tensor, so that splitting it into blocks changes nothing.
// Orthogonal rows are made by Gram and Schmidt's method in its modified form, which subtracts from
// the row as it has become, in double-precision dot products.
#include "nn/parameter.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "base/random.h"
#include "base/stop.h"
#include "nn/name_pattern.h"

namespace talmach {
namespace {

constexpr Index kAlignment = 16;  // floats: one cache line

void FillUniform(RandomStream& random, float bound, View value) {
  for (float& x : value.span()) x = bound * (2.0f * random.Uniform() - 1.0f);
}

void FillNormal(RandomStream& random, float deviation, View value) {
  for (float& x : value.span()) x = deviation * random.Normal();
}

// Rows become orthonormal by modified Gram–Schmidt, in blocks of at most `cols` rows.
void FillOrthogonal(RandomStream& random, View value) {
  FillNormal(random, 1.0f, value);
  const Index cols = value.cols();
  for (Index block = 0; block < value.rows(); block += cols) {
    const Index end = std::min(block + cols, value.rows());
    for (Index r = block; r < end; ++r) {
      StopPoint();  // a large matrix takes seconds
      float* row = value.row(r);
      for (Index other = block; other < r; ++other) {
        const float* basis = value.row(other);
        double dot = 0;
        for (Index c = 0; c < cols; ++c) dot += double{row[c]} * basis[c];
        for (Index c = 0; c < cols; ++c) row[c] -= static_cast<float>(dot) * basis[c];
      }
      double squares = 0;
      for (Index c = 0; c < cols; ++c) squares += double{row[c]} * row[c];
      const auto inverse = static_cast<float>(1.0 / std::sqrt(squares));
      for (Index c = 0; c < cols; ++c) row[c] *= inverse;
    }
  }
}

void Fill(const Parameter& parameter, RandomStream& random, View value) {
  switch (parameter.initializer) {
    case Initializer::kZero:
      std::ranges::fill(value.span(), 0.0f);
      break;
    case Initializer::kOne:
      std::ranges::fill(value.span(), 1.0f);
      break;
    case Initializer::kGlorotUniform: {
      const Index fan_in = parameter.is_vector ? 1 : parameter.stored_cols;
      const auto fans =
          static_cast<float>(parameter.is_vector ? parameter.cols + 1 : parameter.rows + fan_in);
      FillUniform(random, std::sqrt(6.0f / fans), value);
      break;
    }
    case Initializer::kOrthogonal:
      FillOrthogonal(random, value);
      break;
    case Initializer::kEmbedding:
      FillNormal(random, 1.0f / std::sqrt(static_cast<float>(parameter.cols)), value);
      break;
  }
}

// Copies a block of columns from where it is stored to where it is used, or back.
template <typename T>
void CopyBlock(const Parameter& block, const T* from, Index from_cols, T* to, Index to_cols) {
  for (Index r = 0; r < block.rows; ++r) {
    std::copy_n(from + r * from_cols, block.cols, to + r * to_cols);
  }
}

}  // namespace

const Parameter* ParameterSet::Add(Parameter parameter, Index alignment) {
  Require(values_.size() == 0, "parameters are declared before the slab is made");
  const bool is_frozen = frozen() && !parameter.is_vector;
  Index& end = is_frozen ? frozen_end_ : float32_end_;
  parameter.offset = RoundUp(end, alignment);
  end = parameter.offset + parameter.size();
  slab_size_ = RoundUp(float32_end_, kAlignment);
  if (is_frozen) {
    parameter.first_scale = num_scales_;
    num_scales_ += parameter.rows;
  }
  parameters_.push_back(std::move(parameter));
  return &parameters_.back();
}

const Parameter* ParameterSet::AddMatrix(std::string name, Index rows, Index cols,
                                         Initializer initializer) {
  return AddColumns(std::move(name), rows, cols, 0, cols, initializer);
}

const Parameter* ParameterSet::AddMatrixBelow(std::string name, Index rows, Index cols,
                                              Initializer initializer) {
  return Add({.name = std::move(name),
              .rows = rows,
              .cols = cols,
              .initializer = initializer,
              .stored_cols = cols},
             1);
}

const Parameter* ParameterSet::AddColumns(std::string name, Index rows, Index cols,
                                          Index stored_column, Index stored_cols,
                                          Initializer initializer) {
  return Add({.name = std::move(name),
              .rows = rows,
              .cols = cols,
              .initializer = initializer,
              .stored_column = stored_column,
              .stored_cols = stored_cols},
             kAlignment);
}

const Parameter* ParameterSet::AddVector(std::string name, Index size, Initializer initializer) {
  return Add({.name = std::move(name),
              .cols = size,
              .is_vector = true,
              .initializer = initializer,
              .stored_cols = size},
             kAlignment);
}

void ParameterSet::Allocate() {
  values_ = Tensor<float>({slab_size_});
  frozen_values_ = Tensor<std::int8_t>({frozen_end_});
  scales_ = Tensor<float>({num_scales_});
}

void ParameterSet::Initialize(std::uint64_t seed) {
  std::uint64_t purpose = 0;
  for (const Parameter& parameter : parameters_) {
    StopPoint();
    RandomStream random(DeriveKey(seed, purpose++));
    Fill(parameter, random, Value(&parameter));
  }
}

void ParameterSet::KeepFixed(const std::vector<std::string>& patterns) {
  for (Parameter& parameter : parameters_) {
    parameter.is_trained = std::ranges::none_of(
        patterns, [&](const std::string& pattern) { return MatchesName(pattern, parameter.name); });
  }
}

std::vector<SlabPart> ParameterSet::Parts() const {
  std::vector<SlabPart> parts;
  for (const Parameter& parameter : parameters_) {
    if (!parts.empty() && parts.back().is_trained == parameter.is_trained) continue;
    if (!parts.empty()) parts.back().end = parameter.offset;
    parts.push_back({.begin = parameter.offset, .is_trained = parameter.is_trained});
  }
  if (!parts.empty()) parts.back().end = slab_size_;
  return parts;
}

Index ParameterSet::num_values() const {
  Index count = 0;
  for (const Parameter& parameter : parameters_) count += parameter.size();
  return count;
}

std::vector<ParameterSet::StoredTensor> ParameterSet::StoredTensors() const {
  std::vector<StoredTensor> tensors;
  std::map<std::string, std::size_t> positions;
  for (const Parameter& parameter : parameters_) {
    const auto [position, is_new] = positions.try_emplace(parameter.name, tensors.size());
    if (is_new) {
      tensors.push_back({parameter.name,
                         parameter.is_vector
                             ? std::vector<Index>{parameter.cols}
                             : std::vector<Index>{parameter.rows, parameter.stored_cols},
                         {}});
    }
    tensors[position->second].blocks.push_back(&parameter);
  }
  return tensors;
}

void ParameterSet::ExtractStored(const StoredTensor& tensor, ConstView slab, std::span<float> out) {
  for (const Parameter* block : tensor.blocks) {
    CopyBlock(*block, slab.data() + block->offset, block->cols, out.data() + block->stored_column,
              block->stored_cols);
  }
}

void ParameterSet::InsertStored(const StoredTensor& tensor, std::span<const float> in, View slab) {
  for (const Parameter* block : tensor.blocks) {
    CopyBlock(*block, in.data() + block->stored_column, block->stored_cols,
              slab.data() + block->offset, block->cols);
  }
}

void ParameterSet::ExtractFrozen(const StoredTensor& tensor, TensorView<std::int8_t> values,
                                 std::span<float> scales) const {
  for (const Parameter* block : tensor.blocks) {
    const QuantizedView from = FrozenValue(block);
    CopyBlock(*block, from.values.data(), block->cols, values.data() + block->stored_column,
              block->stored_cols);
    std::copy_n(from.scales, block->rows, scales.data());
  }
}

void ParameterSet::InsertFrozen(const StoredTensor& tensor, const QuantizedView& matrix) {
  for (const Parameter* block : tensor.blocks) {
    RequireFrozen(*block);
    CopyBlock(*block, matrix.values.data() + block->stored_column, block->stored_cols,
              frozen_values_.data() + block->offset, block->cols);
    std::copy_n(matrix.scales, block->rows, scales_.data() + block->first_scale);
  }
}

void Gradients::SetZero() { std::ranges::fill(slab_.view().span(), 0.0f); }

}  // namespace talmach
