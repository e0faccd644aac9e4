#include "tensor/arena.h"

#include <algorithm>
#include <new>

namespace talmach {
namespace {

constexpr std::size_t kSmallestBlock = std::size_t{1} << 20;

}  // namespace

void Arena::Free::operator()(std::byte* memory) const {
  ::operator delete[](memory, std::align_val_t{kAlignment});
}

void* Arena::AllocateBytes(std::size_t bytes) {
  const std::size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  used_ += rounded;
  peak_ = std::max(peak_, used_);
  if (measuring()) return nullptr;
  if (blocks_.empty() || block_used_ + rounded > blocks_.back().size) {
    const std::size_t size = std::max({rounded, kSmallestBlock, used_ / 2});
    auto* memory = static_cast<std::byte*>(::operator new[](size, std::align_val_t{kAlignment}));
    blocks_.push_back({std::unique_ptr<std::byte[], Free>(memory), size});
    block_used_ = 0;
  }
  void* result = blocks_.back().memory.get() + block_used_;
  block_used_ += rounded;
  return result;
}

View Arena::AllocateRows(Index rows, Index cols) {
  const Index padded = RoundUp(rows, kRowPadding);
  const View view = Allocate<float>({padded, cols});
  if (!measuring()) std::fill(view.row(rows), view.row(padded), 0.0f);
  return view;
}

void Arena::Reset() {
  if (blocks_.size() > 1) {
    blocks_.clear();
    const std::size_t needed = used_;
    used_ = 0;
    AllocateBytes(needed);
  }
  used_ = 0;
  block_used_ = 0;
}

}  // namespace talmach
