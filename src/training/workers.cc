#include "training/workers.h"

#include "base/error.h"
#include "base/start_thread.h"
#include "config/config_keys.h"
#include "kernels/parallel.h"

namespace talmach {

Workers::Workers(int num_workers, int threads_per_worker)
    : threads_per_worker_(threads_per_worker),
      arenas_(static_cast<std::size_t>(num_workers)),
      threads_(num_workers, KeyName(&Config::training, &TrainingOptions::workers)) {
  Require(threads_per_worker >= 1, "a worker has threads");
  // OpenMP's threads start now, when it can be reported that the system refuses them.
  RequireThreads((threads_per_worker - 1) * num_workers,
                 KeyName(&Config::training, &TrainingOptions::threads));
  Run([](int) { StartTeam(); });
}

void Workers::Run(const std::function<void(int)>& body) {
  threads_.RunInEach([&](Index worker) {
    const ScopedNumThreads of_this_worker(threads_per_worker_);
    body(static_cast<int>(worker));
  });
}

}  // namespace talmach
