// Memory for the tensors of one update (or one batch of sentences), handed out in order and taken
// back all at once.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <vector>

#include "base/bfloat16.h"
#include "tensor/tensor_view.h"

namespace talmach {

/// A bump allocator. Reset keeps the memory, so after the largest batch has been seen once no
/// further memory is asked of the system. A measuring arena hands out null views of the right
/// shapes and only counts bytes: the same allocation code tells how much memory it would need.
/// Not thread-safe: one arena per worker.
class Arena {
 public:
  enum class Mode { kAllocate, kMeasure };
  explicit Arena(Mode mode = Mode::kAllocate) : mode_(mode) {}

  /// A view of uninitialised memory, aligned to kAlignment bytes. Valid until Reset.
  template <typename T>
  TensorView<T> Allocate(std::initializer_list<Index> dims) {
    TensorView<T> shape(nullptr, dims);
    Index count = 1;
    for (const Index dim : dims) count *= dim;
    void* memory = AllocateBytes(static_cast<std::size_t>(count) * sizeof(T));
    return TensorView<T>(static_cast<T*>(memory), dims);
  }

  /// A matrix of `rows` rows whose memory has room for RoundUp(rows, kRowPadding) rows; the view
  /// covers the padded rows and the rows past `rows` are zero. Products run over all of them.
  View AllocateRows(Index rows, Index cols);

  /// Forgets every view. The memory stays; several blocks become one.
  void Reset();

  bool measuring() const { return mode_ == Mode::kMeasure; }
  /// Bytes handed out since the last Reset, and the most ever.
  std::size_t used_bytes() const { return used_; }
  std::size_t peak_bytes() const { return peak_; }

  static constexpr std::size_t kAlignment = 64;
  static constexpr Index kRowPadding = 64;

 private:
  struct Free {
    void operator()(std::byte* memory) const;
  };
  struct Block {
    std::unique_ptr<std::byte[], Free> memory;
    std::size_t size = 0;
  };

  void* AllocateBytes(std::size_t bytes);

  Mode mode_;
  std::vector<Block> blocks_;
  std::size_t block_used_ = 0;  // bytes used of the last block
  std::size_t used_ = 0;
  std::size_t peak_ = 0;
};

}  // namespace talmach
