// Tested by tests/alignment/ibm_model1_test.cc and tests/alignment/hmm_model_test.cc.
//
// A sum that is the same for any number of threads. Floating-point addition is not associative, so
// "each thread sums its pairs" would give other bits for other numbers of threads. Instead pairs
// are taken in blocks of 512, in two rounds:
//
//   1. Threads compute what each pair of the block adds, every pair into a list of its own.
//   2. Threads divide the cells of the table. Each walks over all lists in the order of the pairs
//      and adds what falls into its cells.
//
// So every cell sees its pairs in their order. Memory is that of one block; the second round reads
// every list once per thread, which is cheap beside computing it.
#include "alignment/expected_counts.h"

#include <algorithm>

#include "base/available_cores.h"
#include "base/thread_pool.h"

namespace talmach {
namespace {

constexpr Index kBlockPairs = 512;
constexpr Index kPairsPerRange = 16;

}  // namespace

ExpectedCounts CollectCounts(const CountSizes& sizes, int num_threads,
                             const std::function<void(Index pair, PairCounts*)>& expect) {
  ThreadPool pool(num_threads > 0 ? num_threads : AvailableCores());
  ExpectedCounts total{.cells = std::vector<double>(sizes.num_cells),
                       .jumps = std::vector<double>(sizes.num_jumps)};
  std::vector<PairCounts> block;
  for (Index first = 0; first < sizes.num_pairs; first += kBlockPairs) {
    block.assign(std::min(kBlockPairs, sizes.num_pairs - first), {});
    ParallelRanges(std::ssize(block), kPairsPerRange, pool, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) expect(first + i, &block[i]);
    });
    // Each thread owns a range of cells and walks the whole block in order.
    const Index cells_per_range = std::max<Index>(1, sizes.num_cells / pool.size() + 1);
    ParallelRanges(sizes.num_cells, cells_per_range, pool, [&](Index begin, Index end) {
      for (const PairCounts& pair : block) {
        for (std::size_t k = 0; k < pair.cells.size(); ++k) {
          const Index cell = pair.cells[k];
          if (cell >= begin && cell < end) total.cells[cell] += pair.counts[k];
        }
      }
    });
    for (const PairCounts& pair : block) {
      for (std::size_t k = 0; k < pair.jumps.size(); ++k) total.jumps[k] += pair.jumps[k];
      total.log_likelihood += pair.log_likelihood;
    }
  }
  return total;
}

}  // namespace talmach
