// A shaped view of memory that something else owns.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "base/error.h"
#include "base/types.h"

namespace talmach {

/// A dense, row-major, non-owning view of up to four dimensions. Copying it copies the pointer.
/// The memory must outlive the view. Shapes are checked; elements are reached without checks.
template <typename T>
class TensorView {
 public:
  static constexpr int kMaxRank = 4;

  TensorView() = default;

  TensorView(T* data, std::initializer_list<Index> dims) : data_(data) {
    Require(dims.size() <= kMaxRank, "a tensor has at most four dimensions");
    for (const Index dim : dims) {
      Require(dim >= 0, "dimensions are not negative");
      dims_[rank_++] = dim;
    }
  }

  /// A view of mutable memory is also a view of constant memory.
  operator TensorView<const T>() const  // NOLINT(google-explicit-constructor)
      requires(!std::is_const_v<T>) {
    TensorView<const T> view(data_, {});
    for (int i = 0; i < rank_; ++i) view = view.Append(dims_[i]);
    return view;
  }

  T* data() const { return data_; }
  int rank() const { return rank_; }
  Index dim(int i) const { return dims_[i]; }
  bool empty() const { return size() == 0; }

  /// The number of elements; 1 for rank 0 views of data, 0 for a default-constructed view.
  Index size() const {
    if (data_ == nullptr && rank_ == 0) return 0;
    Index product = 1;
    for (int i = 0; i < rank_; ++i) product *= dims_[i];
    return product;
  }

  /// The view as a matrix: the last dimension is the column, all others together the row.
  Index cols() const { return rank_ == 0 ? 1 : dims_[rank_ - 1]; }
  /// A default-constructed view has no rows.
  Index rows() const {
    Index product = rank_ == 0 ? 0 : 1;
    for (int i = 0; i + 1 < rank_; ++i) product *= dims_[i];
    return product;
  }

  T* row(Index r) const { return data_ + r * cols(); }
  T& operator()(Index r, Index c) const { return data_[r * cols() + c]; }
  T& operator[](Index i) const { return data_[i]; }
  std::span<T> span() const { return {data_, static_cast<std::size_t>(size())}; }

  /// Rows [begin, end) of the matrix view, as a matrix.
  TensorView Rows(Index begin, Index end) const {
    Require(0 <= begin && begin <= end && end <= rows(), "row range inside the matrix");
    return TensorView(data_ + begin * cols(), {end - begin, cols()});
  }

  /// "[2, 3]".
  std::string ShapeText() const {
    std::string text = "[";
    for (int i = 0; i < rank_; ++i) text += (i > 0 ? ", " : "") + std::to_string(dims_[i]);
    return text + "]";
  }

 private:
  template <typename U>
  friend class TensorView;

  TensorView Append(Index dim) const {
    TensorView view = *this;
    view.dims_[view.rank_++] = dim;
    return view;
  }

  T* data_ = nullptr;
  std::array<Index, kMaxRank> dims_{};
  int rank_ = 0;
};

/// True if both views have the same rank and dimensions.
template <typename T, typename U>
bool SameShape(const TensorView<T>& a, const TensorView<U>& b) {
  if (a.rank() != b.rank()) return false;
  for (int i = 0; i < a.rank(); ++i) {
    if (a.dim(i) != b.dim(i)) return false;
  }
  return true;
}

/// The views used everywhere.
using View = TensorView<float>;
using ConstView = TensorView<const float>;
using ConstInt8View = TensorView<const std::int8_t>;

}  // namespace talmach
