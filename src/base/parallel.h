// Work on many lines with several threads.
#pragma once

#include <functional>

#include "base/types.h"

namespace talmach {

/// Calls `work(begin, end)` for consecutive ranges that cover [0, count), from `num_threads`
/// threads (0: one per core). Ranges hold at most `grain` items and are handed out as threads
/// become free, so lines of uneven cost balance. The first exception is thrown again here.
void ParallelRanges(Index count, Index grain, int num_threads,
                    const std::function<void(Index begin, Index end)>& work);

}  // namespace talmach
