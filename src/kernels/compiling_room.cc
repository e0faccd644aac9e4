#include "kernels/compiling_room.h"

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace talmach::onednn {
namespace {

// A primitive of this program takes up to 8 MiB: some dozen kernels, each with a buffer that grows
// from 256 KiB. The rest is for what other threads may take meanwhile.
constexpr std::size_t kRoom = std::size_t{64} << 20;

std::mutex& CompilingMutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

CompilingRoom::CompilingRoom() : lock_(CompilingMutex()) {
  void* room = mmap(nullptr, kRoom, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) throw std::bad_alloc();
  munmap(room, kRoom);
}

}  // namespace talmach::onednn
