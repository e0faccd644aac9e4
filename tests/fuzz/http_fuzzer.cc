// Any bytes sent to the server are answered in HTTP or not at all, and the server goes on: headers,
// Host and Origin, bodies, packed ones, chunks, several requests on one connection.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <string_view>
#include <thread>

#include "fuzz/fuzz_file.h"
#include "serving/translation_server.h"

namespace {

// Each sentence is its own translation.
std::vector<talmach::Translation> Echo(std::span<const std::string> sentences) {
  std::vector<talmach::Translation> translations;
  for (const std::string& sentence : sentences) {
    talmach::ScoredText candidate;
    candidate.text = sentence;
    candidate.attention = {.source = {sentence}, .target = {sentence}, .weights = {1.0f}};
    translations.emplace_back().candidates = {candidate};
  }
  return translations;
}

talmach::ServerOptions Options() {
  talmach::ServerOptions options;
  options.http.port = 0;
  options.http.max_body_bytes = 100000;
  options.http.read_seconds = 2;
  options.allowed_origins = {"https://example.org"};
  return options;
}

class RunningServer {
 public:
  RunningServer()
      : server_(Options(),
                {{.name = "en-de",
                  .count_tokens = [](const std::string& text) { return std::ssize(text); }}},
                [](talmach::Index, talmach::Index, std::span<const std::string> sentences,
                   const talmach::BeamSearchOptions&,
                   const talmach::GivenUp&) { return Echo(sentences); }),
        thread_([this] { server_.Serve(stop_); }) {}
  ~RunningServer() {
    stop_ = 1;
    thread_.join();
  }
  int port() const { return server_.port(); }

 private:
  std::atomic<int> stop_{0};
  talmach::TranslationServer server_;
  std::thread thread_;
};

class Connection {
 public:
  explicit Connection(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    talmach::Check(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    // A reset when it is closed, so that the ports of thousands of connections do not wait.
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    const timeval wait{.tv_sec = 0, .tv_usec = 20000};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
  }
  ~Connection() { close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Send(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t size = send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (size <= 0) return;  // it has been refused already
      text.remove_prefix(static_cast<std::size_t>(size));
    }
  }

  // What comes until the server closes the connection. Where it waits for more, there is no more.
  std::string ReadAll() const {
    std::string text;
    char buffer[4096];
    for (;;) {
      const ssize_t size = recv(socket_, buffer, sizeof(buffer), 0);
      if (size > 0) {
        text.append(buffer, static_cast<std::size_t>(size));
      } else if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        shutdown(socket_, SHUT_WR);
      } else {
        return text;
      }
    }
  }

 private:
  int socket_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const RunningServer server;
  // What follows ends most of what could be waited for.
  constexpr std::string_view kLast =
      "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  const Connection connection(server.port());
  connection.Send(talmach::AsText(bytes, size));
  connection.Send(kLast);
  const std::string answer = connection.ReadAll();
  talmach::Check(answer.empty() || answer.starts_with("HTTP/1."));
  if (size == 0) talmach::Check(answer.starts_with("HTTP/1.1 200"));
  return 0;
}
