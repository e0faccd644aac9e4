#include "base/free_memory.h"

#include <malloc.h>

namespace talmach {

void ReturnFreeMemory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace talmach
