// A connection of an HttpServer: reads a request, has it handled, sends the answer, and so on.
//
// All of it runs in the server's thread, except the making of parts of answers. Each state has a
// deadline, which the server checks on every tick; an answer is due until its first byte is there.
// Boost.Asio appears here and in http_server.cc only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/log.h"
#include "serving/background_threads.h"
#include "serving/http_server.h"

namespace talmach {

class HttpConnection;

/// What all connections share. Its members belong to the thread that serves, except `background`.
struct HttpShared {
  HttpOptions options;
  HttpServer::Hooks hooks;
  boost::asio::io_context io{1};
  std::unordered_map<HttpConnection*, std::shared_ptr<HttpConnection>> connections = {};
  std::map<std::string, Index> num_of_address = {};
  std::optional<std::chrono::steady_clock::time_point> stopped_at = {};
  std::uint64_t num_changes = 0;      // of the states of connections
  BackgroundThreads background = {};  // the last member: its work uses the others
};

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using TimePoint = std::chrono::steady_clock::time_point;

  HttpConnection(HttpShared& shared, Socket socket, std::string address);

  const std::string& address() const { return address_; }
  bool is_reading() const { return state_ == State::kReading; }
  bool is_idle() const { return is_reading() && buffer_.size() == 0 && turn_ > 0; }
  TimePoint since() const { return since_; }  // of its state

  void ReadHeader();
  void CheckDeadline();
  /// Answers that time has run out, if an answer is due.
  void RefuseNow(std::string_view what);
  void Close();

 private:
  enum class State { kReading, kAnswering, kSending, kDraining, kClosed };
  using ErrorCode = boost::system::error_code;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  // A callback that does nothing once the connection is closed, and closes it if it fails.
  template <typename Function>
  auto Guarded(Function function) {
    return [self = shared_from_this(), function = std::move(function)](auto&&... arguments) {
      if (self->state_ == State::kClosed) return;
      try {
        function(std::forward<decltype(arguments)>(arguments)...);
      } catch (const std::exception& error) {
        Log().error("{}: {}", self->address_, error.what());
        self->Close();
      }
    };
  }

  void Enter(State state, double seconds);
  void OnHeader(const ErrorCode& error);
  void ReadBody();
  void OnBody(const ErrorCode& error);
  void OnReadError(const ErrorCode& error);
  void TakeRequest();
  void Handle();
  void WatchClient();
  void OnAnswer(std::uint64_t turn, HttpAnswer answer);
  void Refuse(int status, std::string_view what);
  void MakePart();
  void OnPart(std::string part, bool more);
  void OnPartFailed();
  void SendWhole();
  void SendHead(std::string first_part, bool more);
  void SendPart(const std::string& part, bool more);
  void OnSent();
  void Drain();
  template <typename Response>
  void SetHead(Response& response) const;

  HttpShared& shared_;
  Socket socket_;
  std::string address_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::shared_ptr<HttpRequest> request_;
  std::shared_ptr<void> pending_;  // of the handler
  HttpAnswer answer_;
  std::shared_ptr<void> response_;  // while it is being sent
  State state_ = State::kReading;
  TimePoint deadline_, since_, asked_;
  std::uint64_t turn_ = 0;  // counts requests handled and refused: later answers are for nobody
  unsigned version_ = 11;
  bool keep_alive_ = false;
};

}  // namespace talmach
