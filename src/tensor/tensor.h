// Memory with a shape: the owner behind a TensorView.
#pragma once

#include <initializer_list>
#include <memory>
#include <new>
#include <utility>

#include "tensor/tensor_view.h"

namespace talmach {

/// Owns zero-initialised memory aligned to 64 bytes. Movable, not copyable; views stay valid when
/// it is moved.
template <typename T>
class Tensor {
 public:
  Tensor() = default;
  explicit Tensor(std::initializer_list<Index> dims) : view_(nullptr, dims) {
    Index count = 1;
    for (const Index dim : dims) count *= dim;
    memory_.reset(new (std::align_val_t{64}) T[static_cast<std::size_t>(count)]());
    view_ = TensorView<T>(memory_.get(), dims);
  }
  Tensor(Tensor&& other) noexcept
      : memory_(std::move(other.memory_)), view_(std::exchange(other.view_, {})) {}
  Tensor& operator=(Tensor&& other) noexcept {
    memory_ = std::move(other.memory_);
    view_ = std::exchange(other.view_, {});
    return *this;
  }

  TensorView<T> view() { return view_; }
  TensorView<const T> view() const { return view_; }
  T* data() { return view_.data(); }
  const T* data() const { return view_.data(); }
  Index size() const { return view_.size(); }

 private:
  struct Free {
    void operator()(T* memory) const { ::operator delete[](memory, std::align_val_t{64}); }
  };
  std::unique_ptr<T[], Free> memory_;
  TensorView<T> view_;
};

}  // namespace talmach
