#include "serving/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "support/local_connection.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class Client : public LocalConnection {
 public:
  explicit Client(int port) : LocalConnection(port, {}) { EXPECT_TRUE(connected()); }
  Client(int port, std::string_view text) : Client(port) { EXPECT_TRUE(Send(text)); }
};

// Answers with the path, or later, or never.
class HttpServerTest : public testing::Test {
 protected:
  ~HttpServerTest() override { Stop(); }

  void Start(HttpOptions options) {
    options.port = 0;
    server_ = std::make_unique<HttpServer>(
        options,
        HttpServer::Hooks{
            .handle = [this](
                          const std::shared_ptr<HttpRequest>& request,
                          const HttpServer::Respond& respond) { return Handle(request, respond); },
            .refuse =
                [](const HttpRequest*, int status, std::string_view what) {
                  return HttpAnswer{
                      .status = status, .headers = {}, .body = std::string(what), .parts = {}};
                },
            .answered = [](const HttpRequest&, int, double) {},
            .stopping = [] {},
            .after_work = [this] { ++num_after_work_; }});
    thread_ = std::thread([this] { server_->Serve(stop_); });
  }
  void Stop() {
    stop_ = 1;
    if (thread_.joinable()) thread_.join();
  }
  std::string Ask(const std::string& path) const {
    return Client(port(), "GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .ReadAll();
  }
  int port() const { return server_->port(); }

  std::shared_ptr<void> Handle(const std::shared_ptr<HttpRequest>& request,
                               const HttpServer::Respond& respond) {
    if (request->path == "/never") {
      ++num_pending_;
      return {this, [this](void*) { --num_pending_; }};
    }
    HttpAnswer answer{.status = 200, .headers = {}, .body = request->path, .parts = {}};
    if (request->path == "/parts") {
      answer.parts = [n = 0](std::string& out) mutable {
        out += std::string(100000, static_cast<char>('a' + n));
        return ++n < 26;
      };
    }
    if (request->path == "/slow-parts") {
      answer.parts = [](std::string& out) {
        std::this_thread::sleep_for(1s);
        out += "late";
        return false;
      };
    }
    if (request->path == "/no-memory") {
      answer.parts = [](std::string&) -> bool { throw std::bad_alloc(); };
    }
    respond(std::move(answer));
    return nullptr;
  }

  std::unique_ptr<HttpServer> server_;
  std::atomic<int> stop_{0};
  std::atomic<int> num_pending_{0};
  std::atomic<int> num_after_work_{0};
  std::thread thread_;
};

TEST_F(HttpServerTest, CutsOffHeadersAndBodiesThatTakeTooLong) {
  Start({.read_seconds = 0.3});
  for (const char* text :
       {"", "GET / HTTP/1.1\r\nA: ", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nx"}) {
    const Client slow(port(), text);
    const auto begin = Clock::now();
    EXPECT_EQ(slow.ReadAll(), "");
    EXPECT_LT(Clock::now() - begin, 5s);
  }
  const Client dripping(port(), "GET / HTTP/1.1\r\nA: ");
  const auto begin = Clock::now();
  while (dripping.Send("a") && Clock::now() - begin < 5s) std::this_thread::sleep_for(50ms);
  EXPECT_LT(Clock::now() - begin, 5s);
}

TEST_F(HttpServerTest, RefusesAnswersThatComeTooLateAndForgetsTheWork) {
  Start({.answer_seconds = 0.3});
  const auto begin = Clock::now();
  EXPECT_THAT(Ask("/never"), StartsWith("HTTP/1.1 503"));
  EXPECT_LT(Clock::now() - begin, 2s);
  EXPECT_EQ(num_pending_, 0);
}

TEST_F(HttpServerTest, AnAnswerCanBeTooLateWhileItIsMade) {
  Start({.answer_seconds = 0.2});
  EXPECT_THAT(Ask("/slow-parts"), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(Ask("/x"), HasSubstr("/x"));
}

TEST_F(HttpServerTest, CallsAfterWorkUntilItIsQuiet) {
  Start({});
  EXPECT_THAT(Ask("/x"), HasSubstr("/x"));
  const auto begin = Clock::now();
  while (num_after_work_ == 0 && Clock::now() - begin < 10s) std::this_thread::sleep_for(10ms);
  EXPECT_GT(num_after_work_, 0);
  int last = -1;  // it becomes quiet, though clients are still connected
  const Client idle(port());
  while (num_after_work_ != last && Clock::now() - begin < 30s) {
    last = num_after_work_;
    std::this_thread::sleep_for(1500ms);
  }
  EXPECT_EQ(num_after_work_, last);
}

TEST_F(HttpServerTest, ForgetsTheWorkOfClientsThatHaveGone) {
  Start({.answer_seconds = 100});
  Client client(port(), "GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto begin = Clock::now();
  while (num_pending_ == 0 && Clock::now() - begin < 10s) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(num_pending_, 1);
  client.Close();
  while (num_pending_ == 1 && Clock::now() - begin < 10s) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(num_pending_, 0);
}

TEST_F(HttpServerTest, TheConnectionThatReadsForLongestMakesRoom) {
  Start({.max_connections_per_address = 2});
  const Client oldest(port(), "G");
  std::this_thread::sleep_for(50ms);
  const Client old(port(), "GET /old HTTP/1.1\r\nConnection: close\r\n");
  std::this_thread::sleep_for(50ms);
  EXPECT_THAT(Ask("/new"), HasSubstr("/new"));
  EXPECT_EQ(oldest.ReadAll(), "");
  EXPECT_TRUE(old.Send("\r\n"));
  EXPECT_THAT(old.ReadAll(), HasSubstr("/old"));
}

TEST_F(HttpServerTest, SendsLongAnswersInParts) {
  Start({});
  const std::string answer = Ask("/parts");
  EXPECT_THAT(answer, HasSubstr("Transfer-Encoding: chunked"));
  EXPECT_EQ(std::ranges::count(answer.substr(answer.find("\r\n\r\n")), 'z'), 100000);
  EXPECT_TRUE(answer.ends_with("\r\n0\r\n\r\n"));
}

TEST_F(HttpServerTest, LackOfMemoryEndsTheRequestAndNotTheServer) {
  Start({});
  EXPECT_THAT(Ask("/no-memory"), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(Ask("/x"), HasSubstr("/x"));
}

TEST_F(HttpServerTest, EndsWithinTwoSecondsWhateverClientsDo) {
  Start({});
  const Client idle(port());
  const Client slow(port(), "GET / HTTP/1.1\r\nA: ");
  const Client waiting(port(), "GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
  const Client not_reading(port(), "GET /parts HTTP/1.1\r\nHost: a\r\n\r\n");
  std::this_thread::sleep_for(100ms);
  const auto begin = Clock::now();
  Stop();
  EXPECT_LT(Clock::now() - begin, 2s);
  EXPECT_THAT(waiting.ReadAll(), StartsWith("HTTP/1.1 503"));
}

}  // namespace
}  // namespace talmach
