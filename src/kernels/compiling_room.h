// Room for the machine code oneDNN compiles.
//
// Its assembler, Xbyak, is built without exceptions and does not check whether it was given memory:
// if refused, it writes its code to address 0. So nothing is compiled unless there is more room
// than the largest primitive takes, for one thread at a time.
#pragma once

#include <mutex>
#include <new>
#include <oneapi/dnnl/dnnl.hpp>

namespace talmach::onednn {

/// While it lives, this thread alone compiles. Throws std::bad_alloc where there is too little
/// room.
class CompilingRoom {
 public:
  CompilingRoom();

 private:
  std::unique_lock<std::mutex> lock_;
};

/// What `make` returns, made with room to compile. The library's own complaint about memory becomes
/// std::bad_alloc.
template <typename Make>
auto MakeWithRoom(const Make& make) {
  const CompilingRoom room;
  try {
    return make();
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_out_of_memory) throw std::bad_alloc();
    throw;
  }
}

}  // namespace talmach::onednn
