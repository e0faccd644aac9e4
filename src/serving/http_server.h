// An HTTP/1.1 server in which everything is bounded: connections, headers, bodies, and the time
// that each of them may take.
//
// One thread reads and writes all connections, none of which it waits for, so a thousand idle or
// slow clients cost memory and nothing else. Clients that take too long for a header, a body or an
// answer are cut off. Where there are too many connections, in total or from one address, the one
// that has been reading for longest is closed. Handlers must be quick; long work answers later,
// from any thread.
//
// Built on Boost.Beast: cpp-httplib bounds the length of each header and not their number, gives
// every connection a thread, and cannot tell when a client has gone.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/types.h"
#include "serving/background_threads.h"

namespace talmach {

struct HttpOptions {
  std::string host = "127.0.0.1";
  int port = 8080;  // 0: any that is free
  Index max_header_bytes = 16384;
  Index max_headers = 100;
  Index max_body_bytes = Index{1} << 20;
  Index max_connections = 1000;
  Index max_connections_per_address = 250;
  double read_seconds = 10;    // for the header, and again for the body
  double answer_seconds = 30;  // from the request to the first byte of its answer
  double send_seconds = 60;    // for the client to take the answer
};

struct HttpRequest {
  std::string address;  // of the client
  std::string method;
  std::string path, query;
  std::vector<std::pair<std::string, std::string>> headers;  // names in small letters
  std::string body;

  /// The value of a header; "" if it is missing.
  std::string_view Header(std::string_view name) const;
  Index CountHeader(std::string_view name) const;

  /// Set, from any thread, by code that should answer but is refused the memory even for an error.
  /// The server's own thread then answers with 503 at its next tick.
  std::atomic<bool> has_no_memory = false;
};

struct HttpAnswer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  /// Makes the answer instead of `body`, part by part: appends to its argument, returns false
  /// after the last part. Called by a thread of the server, never twice at once.
  std::function<bool(std::string&)> parts;
};

class HttpServer {
 public:
  using Weight = BackgroundThreads::Weight;
  /// Gives the answer, once, from any thread.
  using Respond = std::function<void(HttpAnswer)>;
  /// Called by the server's thread. The server keeps what is returned until the answer has been
  /// sent or is not wanted any more.
  using Handler = std::function<std::shared_ptr<void>(const std::shared_ptr<HttpRequest>& request,
                                                      const Respond& respond)>;
  struct Hooks {
    Handler handle;
    /// The answer where there is no valid request, where time has run out, or at shutdown;
    /// `request` may be null.
    std::function<HttpAnswer(const HttpRequest* request, int status, std::string_view what)> refuse;
    /// After each answer, by the server's thread.
    std::function<void(const HttpRequest& request, int status, double seconds)> answered;
    std::function<void()> stopping;  // requests that come now are refused
    /// Every second in which something was done, and once or twice more afterwards.
    std::function<void()> after_work = {};
  };

  /// Throws Error if it cannot listen, or if the system refuses threads.
  HttpServer(const HttpOptions& options, Hooks hooks);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const;
  Index num_connections() const;  // for the server's thread

  /// Runs `work` in another thread: for what takes milliseconds (see BackgroundThreads).
  void RunInBackground(Weight weight, std::function<void()> work);

  /// Serves until `stop` is not zero. Requests under way then have a second to finish; those that
  /// have not by then are refused, and half a second later all connections are closed.
  void Serve(const std::atomic<int>& stop);

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace talmach
