// Translators behind HTTP, and the viewer's page live (docs/serving.md):
//   GET  /           the page: type a sentence, see its translations and their attention
//   POST /translate  for programs (see translation_request.h)
//   POST /records    the same request, answered in the viewer's format
//   GET  /languages  what can be translated into what, as LibreTranslate says it
//   GET  /health     {"status":"ok","requests":0,"version":"0.1.0"}: requests in the queue
//   GET  /metrics    the same and more for Prometheus
// Errors are JSON: 400 a wrong request, 403 a page that may not ask, 404 no such address, 405 a
// wrong method, 413 too large, 415 not JSON, 422 too much work, 431 headers too large, 500 a search
// that failed, 503 busy, too late or shutting down, with Retry-After.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "serving/http_server.h"
#include "serving/translation_queue.h"
#include "serving/translation_request.h"

namespace talmach {

struct ServerOptions {
  HttpOptions http = {};
  std::string title = "Talmach";
  std::vector<std::string> allowed_origins = {};  // as ParseOrigin returns them
  RequestLimits limits = {};
  TranslationQueue::Options queue = {};
};

/// Listens from its construction until Serve returns.
class TranslationServer {
 public:
  /// Throws Error if it cannot listen. The first of `models` is the page's, and of requests that
  /// name none.
  TranslationServer(const ServerOptions& options, std::vector<ServedModel> models,
                    TranslationQueue::Search search);
  ~TranslationServer();
  TranslationServer(const TranslationServer&) = delete;
  TranslationServer& operator=(const TranslationServer&) = delete;

  /// The port it listens on.
  int port() const;

  /// Answers requests until `stop` is not zero, then ends within two seconds (see
  /// HttpServer::Serve). Logs a line for each request.
  void Serve(const std::atomic<int>& stop);

 private:
  class Pages;
  std::unique_ptr<Pages> pages_;
};

}  // namespace talmach
