#include "serving/server_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace talmach {
namespace {

using ::testing::HasSubstr;

TEST(ServerMetricsTest, SaysWhatPrometheusReads) {
  ServerMetrics metrics;
  metrics.Count("/translate", 200, 0.02);
  metrics.Count("/translate", 200, 3);
  metrics.Count("/translate", 503, 100);
  const std::string text = metrics.ToText(
      {.requests = 1, .waiting_sentences = 7, .translated_sentences = 40, .batches = 4}, 5);
  for (const char* line : {
           "# TYPE talmach_requests_total counter\n",
           "\ntalmach_requests_total{path=\"/translate\",status=\"200\"} 2\n",
           "\ntalmach_requests_total{path=\"/translate\",status=\"503\"} 1\n",
           "# TYPE talmach_request_seconds histogram\n",
           "\ntalmach_request_seconds_bucket{path=\"/translate\",le=\"0.01\"} 0\n",
           "\ntalmach_request_seconds_bucket{path=\"/translate\",le=\"0.025\"} 1\n",
           "\ntalmach_request_seconds_bucket{path=\"/translate\",le=\"30\"} 2\n",
           "\ntalmach_request_seconds_bucket{path=\"/translate\",le=\"+Inf\"} 3\n",
           "\ntalmach_request_seconds_sum{path=\"/translate\"} 103.02\n",
           "\ntalmach_request_seconds_count{path=\"/translate\"} 3\n",
           "\ntalmach_queue_requests 1\n",
           "\ntalmach_queue_sentences 7\n",
           "\ntalmach_connections 5\n",
           "\ntalmach_sentences_total 40\n",
           "\ntalmach_batches_total 4\n",
       }) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

}  // namespace
}  // namespace talmach
