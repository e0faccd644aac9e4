// What the server has done, as text that Prometheus reads
// (https://prometheus.io/docs/instrumenting/exposition_formats/): requests by address and status,
// the time they took as a histogram, the queue, sentences and batches.
#pragma once

#include <array>
#include <map>
#include <string>
#include <utility>

#include "serving/translation_queue.h"

namespace talmach {

/// For one thread.
class ServerMetrics {
 public:
  /// `path` must be one of few: each makes rows of its own.
  void Count(const std::string& path, int status, double seconds);

  std::string ToText(const TranslationQueue::Numbers& queue, Index num_connections) const;

 private:
  static constexpr std::array<double, 12> kBounds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                     0.5,   1,    2.5,   5,    10,  30};
  struct Histogram {
    std::array<Index, kBounds.size()> counts{};  // at most the bound
    Index count = 0;
    double sum = 0;
  };

  std::map<std::pair<std::string, int>, Index> requests_;
  std::map<std::string, Histogram> seconds_;
};

}  // namespace talmach
