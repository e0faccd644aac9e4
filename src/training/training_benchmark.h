// How fast training is on this machine, and how much memory it will need.
#pragma once

#include <cstddef>

#include "base/profile.h"
#include "base/types.h"
#include "training/training_setup.h"

namespace talmach {

struct TrainingBenchmark {
  double target_tokens_per_second = 0.0;  // with </s>, without padding
  Precision precision = Precision::kFloat32;
  double start_seconds = 0.0;           // until the first update can begin
  double seconds = 0.0;                 // measured, warm-up excluded
  Index updates = 0;                    // measured
  Index target_tokens = 0;              // in them
  double waiting_share = 0.0;           // of the time spent waiting for batches
  double flops_per_target_token = 0.0;  // of products with weights, forward and backward
  std::size_t peak_rss_bytes = 0;       // of the process
  Profile profile = {};                 // if asked for
};

/// Runs updates on the training corpus for about `seconds` after a warm-up of a few updates. Writes
/// nothing. Errors as Train.
TrainingBenchmark BenchmarkTraining(const TrainingSetup& setup, double seconds, bool profile);

/// What `train --dry-run` prints.
struct TrainingEstimate {
  Index num_parameters = 0;          // trainable numbers
  std::size_t parameter_bytes = 0;   // weights, moments, moving average
  std::size_t gradient_bytes = 0;    // of all workers
  std::size_t packed_bytes = 0;      // weights in the layout of the products
  std::size_t activation_bytes = 0;  // of all workers, if every pair were of max_length
  std::size_t total_bytes() const {
    return parameter_bytes + gradient_bytes + packed_bytes + activation_bytes;
  }
};

/// Measures what training would allocate, without doing so; reads no corpus. Throws ConfigError.
TrainingEstimate EstimateTraining(const TrainingSetup& setup);

}  // namespace talmach
