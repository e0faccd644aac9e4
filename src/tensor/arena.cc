// Tested by tests/tensor/tensor_test.cc.
#include "tensor/arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace talmach {
namespace {

constexpr std::size_t kSmallestBlock = std::size_t{1} << 20;

std::byte* MapPages(std::size_t size) {
  void* pages = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::byte*>(pages);
}

}  // namespace

void Arena::Unmap::operator()(std::byte* memory) const { munmap(memory, size); }

Arena::Block::Block(std::size_t size) : memory(MapPages(size), Unmap{size}) {}

void* Arena::AllocateBytes(std::size_t bytes) {
  const std::size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  position_.used += rounded;
  needed_ = std::max(needed_, position_.used);
  peak_ = std::max(peak_, needed_);
  if (measuring()) return nullptr;
  MakeRoom(rounded);
  void* result = blocks_[position_.num_blocks - 1].memory.get() + position_.block_used;
  position_.block_used += rounded;
  return result;
}

// Goes on to another block if the last one in use has not `bytes` left: one that a scope gave
// back, or a new one.
void Arena::MakeRoom(std::size_t bytes) {
  std::size_t& in_use = position_.num_blocks;
  if (in_use > 0 && position_.block_used + bytes <= blocks_[in_use - 1].size()) return;
  if (in_use == blocks_.size() || blocks_[in_use].size() < bytes) {
    blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(in_use), blocks_.end());
    blocks_.emplace_back(std::max({bytes, kSmallestBlock, position_.used / 2}));
  }
  ++in_use;
  position_.block_used = 0;
}

View Arena::AllocateRows(Index rows, Index cols) {
  const Index padded = RoundUp(rows, kRowPadding);
  const View view = Allocate<float>({padded, cols});
  if (!measuring()) std::fill(view.row(rows), view.row(padded), 0.0f);
  return view;
}

void Arena::Reset() {
  position_ = {};
  if (blocks_.size() > 1) {
    blocks_.clear();
    AllocateBytes(needed_);
    position_ = {};
  }
  needed_ = 0;
}

}  // namespace talmach
