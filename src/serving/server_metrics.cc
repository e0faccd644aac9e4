// Buckets of the histogram are cumulative, as Prometheus wants them: a request counts in every
// bucket whose bound it stayed within, and in +Inf.
#include "serving/server_metrics.h"

#include <fmt/format.h>

#include <cstddef>
#include <string_view>

namespace talmach {
namespace {

void AddHead(std::string& text, std::string_view name, std::string_view type,
             std::string_view help) {
  text += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
}

void AddNumber(std::string& text, std::string_view name, std::string_view type,
               std::string_view help, Index value) {
  AddHead(text, name, type, help);
  text += fmt::format("{} {}\n", name, value);
}

}  // namespace

void ServerMetrics::Count(const std::string& path, int status, double seconds) {
  ++requests_[{path, status}];
  Histogram& histogram = seconds_[path];
  for (std::size_t i = 0; i < kBounds.size(); ++i) histogram.counts[i] += seconds <= kBounds[i];
  ++histogram.count;
  histogram.sum += seconds;
}

std::string ServerMetrics::ToText(const TranslationQueue::Numbers& queue,
                                  Index num_connections) const {
  std::string text;
  AddHead(text, "talmach_requests_total", "counter", "Requests answered.");
  for (const auto& [key, count] : requests_) {
    text += fmt::format("talmach_requests_total{{path=\"{}\",status=\"{}\"}} {}\n", key.first,
                        key.second, count);
  }
  AddHead(text, "talmach_request_seconds", "histogram", "From a request to the end of its answer.");
  for (const auto& [path, histogram] : seconds_) {
    for (std::size_t i = 0; i < kBounds.size(); ++i) {
      text += fmt::format("talmach_request_seconds_bucket{{path=\"{}\",le=\"{}\"}} {}\n", path,
                          kBounds[i], histogram.counts[i]);
    }
    text += fmt::format(
        "talmach_request_seconds_bucket{{path=\"{0}\",le=\"+Inf\"}} {1}\n"
        "talmach_request_seconds_sum{{path=\"{0}\"}} {2}\n"
        "talmach_request_seconds_count{{path=\"{0}\"}} {1}\n",
        path, histogram.count, histogram.sum);
  }
  AddNumber(text, "talmach_queue_requests", "gauge", "Requests waiting and under way.",
            queue.requests);
  AddNumber(text, "talmach_queue_sentences", "gauge", "Sentences waiting.",
            queue.waiting_sentences);
  AddNumber(text, "talmach_connections", "gauge", "Open connections.", num_connections);
  AddNumber(text, "talmach_sentences_total", "counter", "Sentences translated.",
            queue.translated_sentences);
  AddNumber(text, "talmach_batches_total", "counter", "Batches translated.", queue.batches);
  return text;
}

}  // namespace talmach
