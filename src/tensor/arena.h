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
/// further memory is asked of the system. Its blocks are pages of the system's, not malloc's: those
/// that were outgrown go back at once, and those not yet reached take no memory. A measuring arena
/// hands out null views of the right shapes and only counts bytes, so that the allocating code
/// itself shows how much memory it would need. Not thread-safe: one arena per worker.
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

  class Scope;

  bool measuring() const { return mode_ == Mode::kMeasure; }
  /// Bytes in use, and the most ever.
  std::size_t used_bytes() const { return position_.used; }
  std::size_t peak_bytes() const { return peak_; }

  static constexpr std::size_t kAlignment = 64;
  static constexpr Index kRowPadding = 64;

 private:
  struct Unmap {
    std::size_t size;
    void operator()(std::byte* memory) const;
  };
  struct Block {
    explicit Block(std::size_t size);
    std::size_t size() const { return memory.get_deleter().size; }
    std::unique_ptr<std::byte, Unmap> memory;
  };
  struct Position {
    std::size_t num_blocks = 0;  // in use; the others wait
    std::size_t block_used = 0;  // bytes used of the last of them
    std::size_t used = 0;        // bytes handed out
  };

  void* AllocateBytes(std::size_t bytes);
  void MakeRoom(std::size_t bytes);

  Mode mode_;
  std::vector<Block> blocks_;
  Position position_;
  std::size_t needed_ = 0;  // the most used since Reset
  std::size_t peak_ = 0;
};

/// Frees at its end what was allocated during its life: for temporaries in the middle of an update.
/// Views made meanwhile are then invalid. Scopes nest.
class Arena::Scope {
 public:
  explicit Scope(Arena& arena) : arena_(arena), begin_(arena.position_) {}
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope() { arena_.position_ = begin_; }

 private:
  Arena& arena_;
  Position begin_;
};

}  // namespace talmach
