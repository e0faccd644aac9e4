// A translator behind HTTP, and the viewer's page live:
//   GET  /           the page: type a sentence, see its translations and their attention
//   GET  /health     {"status":"ok","requests":0,"version":"0.1.0"}: requests in the queue
//   POST /translate  for programs (see translation_request.h)
//   POST /records    the same request, answered in the viewer's format
// Errors are JSON: 400 a wrong request, 404 no such page, 405 a wrong method, 413 too large, 500 a
// search that failed, 503 busy or shutting down, with Retry-After. Built on cpp-httplib; each
// request has a connection of its own, so that nobody holds a thread without asking for something.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "serving/translation_queue.h"
#include "serving/translation_request.h"

namespace talmach {

struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 8080;  // 0: any that is free
  std::string title = "Talmach";
  Index max_body_bytes = Index{1} << 20;
  int read_seconds = 10;  // until a request must have arrived
  BeamSearchOptions defaults = {};
  RequestLimits limits = {};
  TranslationQueue::Options queue = {};
};

/// True for addresses that only this machine can reach.
bool IsLoopback(const std::string& host);

/// Listens from its construction until Serve returns.
class TranslationServer {
 public:
  /// Throws Error if it cannot listen. `search` is called by one thread, never two at a time.
  TranslationServer(const ServerOptions& options, TranslationQueue::Search search);
  ~TranslationServer();
  TranslationServer(const TranslationServer&) = delete;
  TranslationServer& operator=(const TranslationServer&) = delete;

  /// The port it listens on.
  int port() const;

  /// Answers requests until `stop` is not zero; then takes no new ones, finishes those it has and
  /// returns. Clients that are still sending or reading `read_seconds` after the last translation
  /// are cut off. Logs a line for each request.
  void Serve(const std::atomic<int>& stop);

 private:
  struct Http;
  std::unique_ptr<Http> http_;
};

}  // namespace talmach
