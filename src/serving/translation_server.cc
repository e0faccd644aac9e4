#include "serving/translation_server.h"

#include <arpa/inet.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "base/log.h"
#include "base/start_thread.h"
#include "base/stopwatch.h"
#include "base/utf8.h"
#include "drawing/html_viewer.h"

namespace talmach {
namespace {

constexpr auto kJson = "application/json";
constexpr auto kRetrySeconds = "1";
// Threads that answer "busy" and show pages while the queue is full.
constexpr Index kSpareThreads = 16;
constexpr int kConnectionBacklog = 128;
constexpr std::chrono::milliseconds kStopPoll{50};

void SetError(httplib::Response& response, int status, std::string_view message) {
  response.status = status;
  if (status == 503) response.set_header("Retry-After", kRetrySeconds);
  response.set_content(ErrorResponse(status, message), kJson);
}

// A body that did not arrive as it should.
class BodyError : public Error {
 public:
  BodyError(int status, const Complaint& complaint) : Error(complaint), status_(status) {}
  int status() const { return status_; }

 private:
  int status_;
};

// The body, unpacked if it was packed. What is too long is read to its end all the same, unless
// that takes too long: a client that is still sending would not see the answer.
std::string ReadBody(const httplib::Request& request, const httplib::Response& response,
                     const httplib::ContentReader& read, const ServerOptions& options) {
  if (request.is_multipart_form_data()) {
    throw BodyError(400, {.where = "request", .expected = "JSON", .got = "a form"});
  }
  const Stopwatch clock;
  std::string body;
  bool too_long = false;
  const bool complete = read([&](const char* data, std::size_t length) {
    too_long = too_long || body.size() + length > static_cast<std::size_t>(options.max_body_bytes);
    if (!too_long) body.append(data, length);
    return clock.Seconds() < options.read_seconds;
  });
  if (too_long || response.status == 413) {  // the library has looked at Content-Length
    throw BodyError(413,
                    {.where = "request",
                     .what = "too large",
                     .expected = "at most " + std::to_string(options.max_body_bytes) + " bytes"});
  }
  if (!complete) throw BodyError(400, {.where = "request", .what = "the body is not complete"});
  return body;
}

// Runs `handle` and turns what it throws into an answer.
template <typename Function>
void Answer(httplib::Response& response, const Function& handle) {
  const Stopwatch clock;
  try {
    handle();
  } catch (const BodyError& error) {
    SetError(response, error.status(), error.what());
  } catch (const DataError& error) {
    SetError(response, 400, error.what());
  } catch (const ServerBusy& error) {
    SetError(response, 503, error.what());
  } catch (const std::exception& error) {
    Log().error("{}", error.what());
    SetError(response, 500, error.what());
  }
  response.set_header("Server-Timing", "total;dur=" + std::to_string(clock.Seconds() * 1000));
}

// What a client calls a page, without characters that would steer a terminal.
std::string Printable(std::string_view text) {
  std::string result = RepairUtf8(text.substr(0, 80));
  std::ranges::replace_if(
      result, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return result;
}

void LogRequest(const httplib::Request& request, const httplib::Response& response) {
  std::string time = response.get_header_value("Server-Timing");
  if (const auto at = time.rfind('='); at != time.npos) {
    time = " " + time.substr(at + 1, time.find('.') - at + 1) + " ms";
  }
  Log().info("{} {} {} {}{}", request.remote_addr, Printable(request.method),
             Printable(request.path), response.status, time);
}

std::string StatusText(int status) {
  switch (status) {
    case 404:
      return "no such page; expected /, /health or /translate";
    case 413:
      return "request: too large";
    case 414:
      return "request: the address is too long";
    default:
      return "request: not understood";
  }
}

bool IsConnected(int descriptor) {
  sockaddr_storage peer{};
  socklen_t length = sizeof(peer);
  return getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &length) == 0;
}

// The port of a socket of IPv4 or IPv6 at this end; -1 for other files.
int LocalPort(int descriptor) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0) return -1;
  if (address.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  }
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  }
  return -1;
}

// Ends the connections of this process that came in at `port`. The library keeps them to itself;
// they are found by their addresses.
void CutConnections(int port) {
  std::error_code error;  // as when a file is closed meanwhile; the next call sees the others
  std::filesystem::directory_iterator file("/proc/self/fd", error);
  for (; !error && file != end(file); file.increment(error)) {
    const std::string name = file->path().filename();
    int descriptor = -1;
    std::from_chars(name.data(), name.data() + name.size(), descriptor);
    if (IsConnected(descriptor) && LocalPort(descriptor) == port) shutdown(descriptor, SHUT_RDWR);
  }
}

}  // namespace

bool IsLoopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

struct TranslationServer::Http {
  Http(const ServerOptions& server_options, TranslationQueue::Search search)
      : options(server_options), queue(std::move(search), server_options.queue) {
    SetLimits();
    SetPages();
    Listen();
  }

  void SetLimits() {
    // No sharing of the port with another program, which Debian's default would allow.
    server.set_socket_options([this](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
      listening_socket = socket;
    });
    server.set_keep_alive_max_count(1);
    server.set_read_timeout(options.read_seconds);
    server.set_write_timeout(options.read_seconds);
    server.set_keep_alive_timeout(options.read_seconds);
    server.set_payload_max_length(static_cast<std::size_t>(options.max_body_bytes));
    server.new_task_queue = [this] {
      return new httplib::ThreadPool(static_cast<std::size_t>(num_threads()));
    };
    server.set_default_headers({{"X-Content-Type-Options", "nosniff"}});
    server.set_logger(LogRequest);
    // The library would answer with each of thousands of ranges, all of the page every time. Ranges
    // may be ignored (RFC 9110, 14.2); the request, which is not const itself, offers no other way.
    server.set_pre_routing_handler([](const httplib::Request& request, httplib::Response&) {
      const_cast<httplib::Request&>(request).ranges.clear();
      return httplib::Server::HandlerResponse::Unhandled;
    });
    // For what the library itself refuses. A page that has a text keeps it.
    server.set_error_handler([](const httplib::Request&, httplib::Response& response) {
      if (response.body.empty()) SetError(response, response.status, StatusText(response.status));
    });
  }

  void SetPages() {
    const std::string page = LiveViewerPage(options.title, options.defaults.beam_size);
    server.Get("/", [page](const httplib::Request&, httplib::Response& response) {
      Answer(response, [&] { response.set_content(page, "text/html; charset=utf-8"); });
    });
    server.Get("/health", [this](const httplib::Request&, httplib::Response& response) {
      Answer(response, [&] {
        const nlohmann::ordered_json health = {
            {"status", "ok"}, {"requests", queue.size()}, {"version", TALMACH_VERSION}};
        response.set_content(health.dump(), kJson);
      });
    });
    AddTranslation("/translate", TranslationResponse);
    AddTranslation("/records",
                   [](const TranslationRequest&, std::span<const Translation> translations) {
                     return ViewerResponse(translations);
                   });
    RefuseOtherMethods("/(?:health)?", "GET", /*is_get=*/true);
    RefuseOtherMethods("/(?:translate|records)", "POST", /*is_get=*/false);
  }

  template <typename Format>
  void AddTranslation(const std::string& path, Format format) {
    server.Post(path, [this, format](const httplib::Request& request, httplib::Response& response,
                                     const httplib::ContentReader& read) {
      Answer(response, [&] {
        const TranslationRequest asked = ParseTranslationRequest(
            ReadBody(request, response, read, options), options.defaults, options.limits);
        const std::vector<Translation> translations = queue.Translate(asked.sentences, asked.beam);
        response.set_content(format(asked, translations), kJson);
      });
    });
  }

  void RefuseOtherMethods(const std::string& pattern, const std::string& allowed, bool is_get) {
    const auto refuse = [allowed](const httplib::Request&, httplib::Response& response) {
      response.set_header("Allow", allowed);
      SetError(response, 405, "wrong method; expected " + allowed);
    };
    if (is_get) {
      server.Post(pattern, refuse);
    } else {
      server.Get(pattern, refuse);
    }
    server.Put(pattern, refuse).Patch(pattern, refuse).Delete(pattern, refuse);
    server.Options(pattern, refuse);
  }

  int num_threads() const { return static_cast<int>(options.queue.max_requests + kSpareThreads); }

  void Listen() {
    port = options.port;
    // A system without /etc/hosts does not know the name that means the same on all.
    const std::string address = options.host == "localhost" ? "127.0.0.1" : options.host;
    const bool bound = port == 0 ? (port = server.bind_to_any_port(address)) > 0
                                 : server.bind_to_port(address, port);
    if (!bound) {
      throw Error({.where = options.host + ":" + std::to_string(options.port),
                   .what = "cannot listen",
                   .hint = "is the port in use (--port), or the host not an address of this "
                           "machine (--host)?"});
    }
    listen(listening_socket, kConnectionBacklog);  // the library's 5 are few
  }

  ServerOptions options;
  TranslationQueue queue;
  httplib::Server server;
  socket_t listening_socket = INVALID_SOCKET;
  int port = 0;
};

TranslationServer::TranslationServer(const ServerOptions& options, TranslationQueue::Search search)
    : http_(std::make_unique<Http>(options, std::move(search))) {}

TranslationServer::~TranslationServer() = default;

int TranslationServer::port() const { return http_->port; }

void TranslationServer::Serve(const std::atomic<int>& stop) {
  std::atomic<bool> ended{false};
  std::exception_ptr failure;
  RequireThreads(http_->num_threads() + 1, "--max-requests");
  std::jthread listener = StartThread(
      [&] {
        try {
          http_->server.listen_after_bind();  // returns when the last answer has been sent
        } catch (...) {
          failure = std::current_exception();
        }
        ended = true;
      },
      "--max-requests");
  while (stop == 0 && !ended) std::this_thread::sleep_for(kStopPoll);
  http_->queue.Close();
  Stopwatch without_work;
  while (!ended) {
    http_->server.stop();  // does nothing before the listener runs
    std::this_thread::sleep_for(kStopPoll);
    if (http_->queue.size() > 0) without_work.Restart();
    // The library waits for every connection, also for one that sends or reads a byte now and then.
    if (without_work.Seconds() > http_->options.read_seconds) CutConnections(http_->port);
  }
  listener.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace talmach
