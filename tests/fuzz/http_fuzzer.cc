// Any bytes sent to the server are answered in HTTP or not at all, and the server goes on: headers,
// Host and Origin, bodies, packed ones, chunks, several requests on one connection.

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>

#include "fuzz/fuzz_file.h"
#include "serving/translation_server.h"
#include "support/local_connection.h"

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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const RunningServer server;
  // What follows ends most of what could be waited for.
  constexpr std::string_view kLast =
      "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  const talmach::LocalConnection connection(
      server.port(), {.patience = std::chrono::milliseconds(20), .reset = true});
  talmach::Check(connection.connected());
  connection.Send(talmach::AsText(bytes, size));
  connection.Send(kLast);
  const std::string answer = connection.ReadAll();
  talmach::Check(answer.empty() || answer.starts_with("HTTP/1."));
  if (size == 0) talmach::Check(answer.starts_with("HTTP/1.1 200"));
  return 0;
}
