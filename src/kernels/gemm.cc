// Who multiplies, and what is done around it. ComputeFormat says in which precision a product runs,
// UsesPanels whether by our own code; both depend on the processor only, so a program makes the
// same choice in every run. A PackedMatrix then holds its weight in exactly one of four forms: a
// factor of oneDNN, float32 panels, int8 panels, or bfloat16 widened to float32 in one of the first
// two.
//
// MultiplyPacked divides the rows. oneDNN compiles code for each number of rows, which takes longer
// than a product; so more than 128 rows are multiplied as a multiple of 64 and a rest, and int8 in
// blocks of 64. Where a primitive of few rows would be another algorithm (MinRows), rows are added
// and thrown away. All of that keeps the contract of the header: a row of y depends on its row of x
// only.
//
// Int8 is three steps: round each row of x, multiply integers, scale the integers back
// (quantize.h). Activations are offset by 128 to make them unsigned, which VNNI wants; the offset's
// share, 128 Σ b for each output, is known beforehand and subtracted with the scaling.
#include "kernels/gemm.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <vector>

#include "base/log.h"
#include "base/profile.h"
#include "kernels/instruction_set.h"
#include "kernels/onednn.h"
#include "kernels/panel_product.h"
#include "kernels/scratch.h"
#include "tensor/tensor.h"

namespace talmach {
namespace {

using onednn::Layout;
using onednn::ProductShape;

constexpr Index kBFloat16Padding = 32;
constexpr Index kInt8Padding = 64;
// Up to here every number of rows has primitives of its own; above, multiples of kRowBlock have.
constexpr Index kMaxSingleRows = 128;
constexpr Index kRowBlock = 64;

// The format in which products of `precision` are computed.
Precision ComputeFormat(Precision precision) {
  const bool widened = precision == Precision::kBFloat16 && !onednn::HasFastBFloat16();
  return widened ? Precision::kFloat32 : precision;
}

// Whether products of `format` are our own (panel_product.h).
bool UsesPanels(Precision format) {
  switch (format) {
    case Precision::kFloat32:
      return !onednn::HasFastFloat32();
    case Precision::kBFloat16:
      return false;
    case Precision::kInt8:
      return !onednn::HasExactInt8();
  }
  return false;
}

Index PaddedInner(Precision format, Index k) {
  if (UsesPanels(format)) return k;
  switch (format) {
    case Precision::kFloat32:
      return k;
    case Precision::kBFloat16:
      return RoundUp(k, kBFloat16Padding);
    case Precision::kInt8:
      return RoundUp(k, kInt8Padding);
  }
  return k;
}

// Levels of rounded activations on each side of zero.
constexpr int kInt8Limit = 127;
constexpr int kInt8Offset = kInt8Limit + 1;

// Rows of an int8 product that are rounded, multiplied and scaled back together: their integers
// stay in the cache, and few primitives serve all numbers of rows.
constexpr Index kInt8BlockRows = 64;

// The first of the two parts into which a product of `rows` rows is split.
Index MainRows(Index rows) { return rows <= kMaxSingleRows ? rows : rows / kRowBlock * kRowBlock; }

// Copies a matrix into the corner of a larger one of zeros.
template <typename T>
void CopyPadded(const T* from, Index rows, Index cols, Index padded_rows, Index padded_cols,
                T* to) {
  for (Index r = 0; r < rows; ++r) {
    std::copy_n(from + r * cols, cols, to + r * padded_cols);
    std::fill_n(to + r * padded_cols + cols, padded_cols - cols, T());
  }
  std::fill_n(to + rows * padded_cols, (padded_rows - rows) * padded_cols, T());
}

// The data of x in `format`, with zeros up to the given size: x's own memory or a copy.
const void* PrepareOperand(const Operand& x, Precision format, Index rows, Index cols,
                           Scratch& scratch) {
  if (x.precision() == Precision::kFloat32) return x.float32();
  const auto size = static_cast<std::size_t>(rows * cols);
  if (format == Precision::kFloat32) {
    auto* copy = scratch.Reserve<float>(size);
    LoadOperand(x, View(copy, {rows, cols}));
    return copy;
  }
  if (x.rows() == rows && x.cols() == cols) return x.bfloat16();
  auto* copy = scratch.Reserve<BFloat16>(size);
  CopyPadded(x.bfloat16(), x.rows(), x.cols(), rows, cols, copy);
  return copy;
}

// Two operations for each multiply-add of [m, k] · [k, n].
void CountProduct(Index m, Index k, Index n) {
  CountFlops(2.0 * static_cast<double>(m) * static_cast<double>(k) * static_cast<double>(n));
}

// What remains of a product over no inputs.
void FillBias(const float* bias, bool accumulate, View y) {
  for (Index r = 0; r < y.rows(); ++r) {
    for (Index c = 0; c < y.cols(); ++c) {
      y(r, c) = (accumulate ? y(r, c) : 0.0f) + (bias != nullptr ? bias[c] : 0.0f);
    }
  }
}

}  // namespace

Index ProductRows(Index rows) {
  if (UsesPanels(Precision::kFloat32)) return rows;
  if (rows <= 8) return rows;
  if (rows <= 32) return RoundUp(rows, 4);
  if (rows <= kMaxSingleRows) return RoundUp(rows, 8);
  const Index main = MainRows(rows);
  return main + ProductRows(rows - main);
}

bool BFloat16IsFast() { return onednn::HasFastBFloat16(); }

Precision UsefulPrecision(Precision wanted, std::string_view option) {
  if (wanted != Precision::kBFloat16 || BFloat16IsFast()) return wanted;
  Log().warn(
      "{}: bfloat16 is not faster than float32 on this processor (it has neither AVX512_BF16 nor "
      "AMX); float32 is used",
      option);
  return Precision::kFloat32;
}

std::string ProductLibraryText() { return onednn::LibraryText() + ", " + SimdText(); }

struct PackedMatrix::State {
  Side side = Side::kForward;
  Precision precision = Precision::kFloat32;
  Precision format = Precision::kFloat32;  // of the computation
  bool uses_panels = false;
  Index inputs = 0;
  Index outputs = 0;
  onednn::PackedFactor factor;  // [inputs, padded as the format needs, outputs]
  Tensor<float> panels;         // the same, if the product is our own
  Tensor<std::int8_t> int8_panels;
  std::vector<float> scales;       // int8: of each output
  std::vector<std::int32_t> sums;  // int8: what the offset of the activations adds

  Layout layout() const { return side == Side::kForward ? Layout::kColumns : Layout::kRows; }
  void PackFloat32(const float* weight);
  void PackWidened(ConstView weight);
  void PackBFloat16(ConstView weight);
  void PackInt8(ConstView weight);
  void PackInt8(const QuantizedView& weight);
  void PackInt8Panels(const std::int8_t* values);
  void MultiplyPanels(const Operand& x, const float* bias, bool accumulate, View y) const;
  void MultiplyPadded(const Operand& x, const float* bias, bool accumulate, View y) const;
  void MultiplyFloats(const Operand& x, const float* bias, bool accumulate, View y) const;
  void MultiplyInt8(ConstView x, const float* bias, bool accumulate, View y) const;
};

void PackedMatrix::State::PackFloat32(const float* weight) {
  if (!uses_panels) return factor.Pack(Precision::kFloat32, inputs, outputs, layout(), weight);
  const Index size = PanelsSize(inputs, outputs);
  if (panels.size() != size) panels = Tensor<float>({size});
  const bool by_columns = layout() == Layout::kColumns;
  PackPanels({.values = weight,
              .rows = inputs,
              .cols = outputs,
              .row_stride = by_columns ? 1 : outputs,
              .col_stride = by_columns ? inputs : 1},
             panels.data());
}

// bfloat16 that is computed in float32.
void PackedMatrix::State::PackWidened(ConstView weight) {
  thread_local Scratch scratch;
  auto* rounded = scratch.Reserve<float>(static_cast<std::size_t>(weight.size()));
  RoundToBFloat16(weight, View(rounded, {weight.rows(), weight.cols()}));
  PackFloat32(rounded);
}

void PackedMatrix::State::PackBFloat16(ConstView weight) {
  thread_local std::array<Scratch, 2> scratch;
  auto* rounded = scratch[0].Reserve<BFloat16>(static_cast<std::size_t>(weight.size()));
  const Operand operand(TensorView<BFloat16>(rounded, {weight.rows(), weight.cols()}));
  StoreOperand(weight, operand);
  const Index k = PaddedInner(format, inputs);
  const bool forward = side == Side::kForward;
  const void* values =
      PrepareOperand(operand, format, forward ? outputs : k, forward ? k : outputs, scratch[1]);
  factor.Pack(format, k, outputs, layout(), values);
}

void PackedMatrix::State::PackInt8(ConstView weight) {
  Tensor<std::int8_t> values({outputs, inputs});
  std::vector<float> rounded_scales(static_cast<std::size_t>(outputs));
  QuantizeWeights(weight, values.view(), rounded_scales);
  PackInt8(QuantizedView{values.view(), rounded_scales.data()});
}

void PackedMatrix::State::PackInt8(const QuantizedView& weight) {
  Require(inputs <= onednn::kMaxInt8Inputs, "so many int8 products have a sum of 32 bits");
  scales.assign(weight.scales, weight.scales + outputs);
  sums.clear();
  if (uses_panels) {
    sums.assign(static_cast<std::size_t>(outputs), 0);
    return PackInt8Panels(weight.values.data());
  }
  for (Index r = 0; r < outputs; ++r) {
    const std::int8_t* row = weight.values.row(r);
    sums.push_back(kInt8Offset * std::accumulate(row, row + inputs, std::int32_t{0}));
  }
  const Index k = PaddedInner(Precision::kInt8, inputs);
  thread_local Scratch scratch;
  const std::int8_t* values = weight.values.data();
  if (k != inputs) {
    auto* copy = scratch.Reserve<std::int8_t>(static_cast<std::size_t>(outputs * k));
    CopyPadded(values, outputs, inputs, outputs, k, copy);
    values = copy;
  }
  factor.Pack(Precision::kInt8, k, outputs, layout(), values);
}

void PackedMatrix::State::PackInt8Panels(const std::int8_t* values) {
  const Index size = Int8PanelsSize(inputs, outputs);
  if (int8_panels.size() != size) int8_panels = Tensor<std::int8_t>({size});
  talmach::PackInt8Panels(
      {.values = values, .rows = inputs, .cols = outputs, .row_stride = 1, .col_stride = inputs},
      int8_panels.data());
}

// Float32 in panels.
void PackedMatrix::State::MultiplyPanels(const Operand& x, const float* bias, bool accumulate,
                                         View y) const {
  thread_local Scratch scratch;
  const void* values = PrepareOperand(x, format, x.rows(), inputs, scratch);
  talmach::MultiplyPanels({.x = static_cast<const float*>(values),
                           .m = x.rows(),
                           .k = inputs,
                           .panels = panels.data(),
                           .n = outputs,
                           .bias = bias,
                           .accumulate = accumulate,
                           .y = y.data()});
}

// Floats with as many rows as the library wants at least.
void PackedMatrix::State::MultiplyPadded(const Operand& x, const float* bias, bool accumulate,
                                         View y) const {
  const Index min_rows = onednn::MinRows(format);
  if (y.rows() >= min_rows) return MultiplyFloats(x, bias, accumulate, y);
  thread_local Scratch scratch;
  const View more_rows(scratch.Reserve<float>(static_cast<std::size_t>(min_rows * outputs)),
                       {min_rows, outputs});
  if (accumulate) std::ranges::copy(y.span(), more_rows.data());
  MultiplyFloats(x, bias, accumulate, more_rows);
  std::copy_n(more_rows.data(), y.size(), y.data());
}

// y may have more rows than x.
void PackedMatrix::State::MultiplyFloats(const Operand& x, const float* bias, bool accumulate,
                                         View y) const {
  thread_local Scratch scratch;
  const ProductShape shape = {.m = y.rows(),
                              .n = outputs,
                              .k = PaddedInner(format, inputs),
                              .precision = format,
                              .b = Layout::kPacked,
                              .bias = bias != nullptr,
                              .accumulate = accumulate};
  const void* data = PrepareOperand(x, format, shape.m, shape.k, scratch);
  onednn::RunProduct(shape, factor, {.a = data, .bias = bias, .c = y.data()});
}

void PackedMatrix::State::MultiplyInt8(ConstView x, const float* bias, bool accumulate,
                                       View y) const {
  thread_local std::array<Scratch, 3> scratch;
  const Index rows =
      uses_panels ? x.rows() : ProductRows(std::max(x.rows(), onednn::MinRows(Precision::kInt8)));
  const Index k = PaddedInner(Precision::kInt8, inputs);
  auto* rounded = scratch[0].Reserve<std::uint8_t>(static_cast<std::size_t>(rows * k));
  auto* row_scales = scratch[1].Reserve<float>(static_cast<std::size_t>(rows));
  auto* products = scratch[2].Reserve<std::int32_t>(static_cast<std::size_t>(rows * outputs));
  QuantizeActivations(x, k, kInt8Limit, rounded, row_scales);
  if (uses_panels) {
    MultiplyInt8Panels({.x = rounded,
                        .offset = kInt8Offset,
                        .m = rows,
                        .k = k,
                        .panels = int8_panels.data(),
                        .n = outputs,
                        .y = products});
  } else {
    std::fill(rounded + x.rows() * k, rounded + rows * k, std::uint8_t{0});
    onednn::RunProduct(
        {.m = rows, .n = outputs, .k = k, .precision = Precision::kInt8, .b = Layout::kPacked},
        factor, {.a = rounded, .c = products});
  }
  DequantizeProducts({.products = products,
                      .row_scales = row_scales,
                      .column_scales = scales.data(),
                      .sums = sums.data(),
                      .bias = bias,
                      .accumulate = accumulate,
                      .y = y});
}

PackedMatrix::PackedMatrix() : state_(std::make_unique<State>()) {}
PackedMatrix::PackedMatrix(Side side, Precision precision) : PackedMatrix() {
  Require(side == Side::kForward || precision != Precision::kInt8, "int8 is for inference");
  state_->side = side;
  state_->precision = precision;
  state_->format = ComputeFormat(precision);
  state_->uses_panels = UsesPanels(state_->format);
}
PackedMatrix::~PackedMatrix() = default;
PackedMatrix::PackedMatrix(PackedMatrix&&) noexcept = default;
PackedMatrix& PackedMatrix::operator=(PackedMatrix&&) noexcept = default;

Index PackedMatrix::inputs() const { return state_->inputs; }
Index PackedMatrix::outputs() const { return state_->outputs; }
Precision PackedMatrix::precision() const { return state_->precision; }

void PackedMatrix::Pack(const QuantizedView& weight) {
  State& s = *state_;
  Require(s.precision == Precision::kInt8, "rounded weights are for int8 products");
  s.inputs = weight.values.cols();
  s.outputs = weight.values.rows();
  if (!weight.values.empty()) s.PackInt8(weight);
}

void PackedMatrix::Pack(ConstView weight) {
  State& s = *state_;
  const bool forward = s.side == Side::kForward;
  s.inputs = forward ? weight.cols() : weight.rows();
  s.outputs = forward ? weight.rows() : weight.cols();
  if (weight.empty()) return;
  switch (s.precision) {
    case Precision::kFloat32:
      return s.PackFloat32(weight.data());
    case Precision::kBFloat16:
      return s.format == Precision::kFloat32 ? s.PackWidened(weight) : s.PackBFloat16(weight);
    case Precision::kInt8:
      return s.PackInt8(weight);
  }
}

void MultiplyPacked(const Operand& x, const PackedMatrix& w, const float* bias, bool accumulate,
                    View y) {
  const PackedMatrix::State& s = *w.state_;
  Require(x.cols() == s.inputs && y.cols() == s.outputs && x.rows() == y.rows(),
          "a product [M, K] · [K, N] is [M, N]");
  if (y.empty()) return;
  if (s.inputs == 0) return FillBias(bias, accumulate, y);
  Require((x.precision() == Precision::kBFloat16) == (s.precision == Precision::kBFloat16),
          "x has the precision of the weight");
  const Index rows = y.rows();
  CountProduct(rows, s.inputs, s.outputs);
  if (s.format == Precision::kInt8) {
    for (Index begin = 0; begin < rows; begin += kInt8BlockRows) {
      const Index end = std::min(begin + kInt8BlockRows, rows);
      s.MultiplyInt8(x.Rows(begin, end).AsView(), bias, accumulate, y.Rows(begin, end));
    }
    return;
  }
  if (s.uses_panels) return s.MultiplyPanels(x, bias, accumulate, y);
  const Index main = MainRows(rows);
  s.MultiplyPadded(x.Rows(0, main), bias, accumulate, y.Rows(0, main));
  if (main < rows) s.MultiplyPadded(x.Rows(main, rows), bias, accumulate, y.Rows(main, rows));
}

namespace {

void AccumulateInPanels(const Operand& d_y, const Operand& x, View d_weight) {
  thread_local std::array<Scratch, 2> scratch;
  constexpr Precision kFormat = Precision::kFloat32;
  const void* left = PrepareOperand(d_y, kFormat, d_y.rows(), d_y.cols(), scratch[0]);
  const void* right = PrepareOperand(x, kFormat, x.rows(), x.cols(), scratch[1]);
  AccumulateTransposed({.d_y = static_cast<const float*>(left),
                        .x = static_cast<const float*>(right),
                        .m = x.rows(),
                        .n = d_y.cols(),
                        .k = x.cols(),
                        .d_w = d_weight.data()});
}

}  // namespace

void AccumulateWeightGradient(const Operand& d_y, const Operand& x, View d_weight) {
  Require(d_y.rows() == x.rows() && d_weight.rows() == d_y.cols() && d_weight.cols() == x.cols(),
          "the gradient of a weight [N, K] is [M, N]ᵀ · [M, K]");
  if (d_weight.empty() || x.empty()) return;
  Require(d_y.precision() == x.precision(), "both factors have one precision");
  const Precision format = ComputeFormat(x.precision());
  if (UsesPanels(format)) {
    CountProduct(x.rows(), d_y.cols(), x.cols());
    return AccumulateInPanels(d_y, x, d_weight);
  }
  const Index main = MainRows(x.rows());
  if (main < x.rows()) {
    AccumulateWeightGradient(d_y.Rows(main, x.rows()), x.Rows(main, x.rows()), d_weight);
  }
  CountProduct(main, d_y.cols(), x.cols());
  thread_local std::array<Scratch, 2> scratch;
  const ProductShape shape = {.m = d_weight.rows(),
                              .n = d_weight.cols(),
                              .k = PaddedInner(format, main),
                              .precision = format,
                              .a = Layout::kColumns,
                              .accumulate = true};
  const void* left = PrepareOperand(d_y.Rows(0, main), format, shape.k, shape.m, scratch[0]);
  const void* right = PrepareOperand(x.Rows(0, main), format, shape.k, shape.n, scratch[1]);
  onednn::RunProduct(shape, {.a = left, .b = right, .c = d_weight.data()});
}

}  // namespace talmach
