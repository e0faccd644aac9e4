// Tested by tests/serving/http_server_test.cc.
//
// A connection is a small state machine: reading a header and a body, waiting for an answer,
// sending it, and from there back to reading or to draining and closing. Every asynchronous
// operation holds the connection alive; closing the socket ends them all. An answer may come from
// any thread and is posted to the server's own; the number of the request's turn tells an answer
// that comes too late from one that is due.
//
// A refused client is drained for a moment before it is closed: closing a socket with unread bytes
// would reset the connection, and the client might never see why.
#include "serving/http_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http.hpp>
#include <cctype>

#include "base/error.h"

namespace talmach {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = net::ip::tcp;
using Clock = std::chrono::steady_clock;

constexpr double kDrainSeconds = 2;  // for a client to see why it was refused
constexpr std::size_t kReadBuffer = std::size_t{1} << 16;

Clock::time_point In(double seconds) {
  return Clock::now() +
         std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::string Text(beast::string_view text) { return std::string(text.data(), text.size()); }

}  // namespace

HttpConnection::HttpConnection(HttpShared& shared, Socket socket, std::string address)
    : shared_(shared),
      socket_(std::move(socket)),
      address_(std::move(address)),
      buffer_(kReadBuffer) {}

void HttpConnection::Enter(State state, double seconds) {
  ++shared_.num_changes;
  state_ = state;
  since_ = Clock::now();
  deadline_ = In(seconds);
}

void HttpConnection::ReadHeader() {
  if (shared_.stopped_at && buffer_.size() == 0) return Close();
  Enter(State::kReading, shared_.options.read_seconds);
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(shared_.options.max_header_bytes));
  parser_->body_limit(static_cast<std::uint64_t>(shared_.options.max_body_bytes));
  request_ = nullptr;
  keep_alive_ = false;
  http::async_read_header(
      socket_, buffer_, *parser_,
      Guarded([this](const ErrorCode& error, std::size_t) { OnHeader(error); }));
}

void HttpConnection::OnHeader(const ErrorCode& error) {
  asked_ = Clock::now();
  if (error) return OnReadError(error);
  const auto& fields = parser_->get().base();
  version_ = parser_->get().version();
  if (std::distance(fields.begin(), fields.end()) > shared_.options.max_headers) {
    return Refuse(431, fmt::format("at most {} headers", shared_.options.max_headers));
  }
  Enter(State::kReading, shared_.options.read_seconds);
  if (!beast::iequals(fields[http::field::expect], "100-continue") || version_ < 11) {
    return ReadBody();
  }
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  net::async_write(socket_, net::buffer(kContinue.data(), kContinue.size()),
                   Guarded([this](const ErrorCode& failed, std::size_t) {
                     if (failed) return Close();
                     ReadBody();
                   }));
}

void HttpConnection::ReadBody() {
  http::async_read(socket_, buffer_, *parser_,
                   Guarded([this](const ErrorCode& error, std::size_t) { OnBody(error); }));
}

void HttpConnection::OnBody(const ErrorCode& error) {
  if (error) return OnReadError(error);
  keep_alive_ = parser_->get().keep_alive();
  TakeRequest();
  Handle();
}

void HttpConnection::OnReadError(const ErrorCode& error) {
  static const auto* http_errors = &http::make_error_code(http::error::end_of_stream).category();
  if (error == http::error::end_of_stream || error.category() != *http_errors) return Close();
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return Refuse(431,
                  fmt::format("at most {} bytes of headers", shared_.options.max_header_bytes));
  }
  if (error == http::error::body_limit) {
    return Refuse(413, fmt::format("too large; expected at most {} bytes (--max-body)",
                                   shared_.options.max_body_bytes));
  }
  if (error == http::error::partial_message) return Refuse(400, "it is not complete");
  Refuse(400, "not HTTP: " + error.message());
}

void HttpConnection::TakeRequest() {
  auto message = parser_->release();
  request_ = std::make_shared<HttpRequest>();
  request_->address = address_;
  request_->method = Text(message.method_string());
  const std::string target = Text(message.target());
  const std::size_t question = std::min(target.find('?'), target.size());
  request_->path = target.substr(0, question);
  request_->query = target.substr(std::min(question + 1, target.size()));
  for (const auto& field : message.base()) {
    std::string name = Text(field.name_string());
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    request_->headers.emplace_back(std::move(name), Text(field.value()));
  }
  request_->body = std::move(message.body());
}

void HttpConnection::Handle() {
  Enter(State::kAnswering, shared_.options.answer_seconds);
  const auto respond = [weak = weak_from_this(), turn = ++turn_,
                        &io = shared_.io](HttpAnswer answer) {
    // The answer is handed over by pointer: a function of the library's must be copyable.
    auto shared = std::make_shared<HttpAnswer>(std::move(answer));
    net::post(io, [weak, turn, shared] {
      if (const auto self = weak.lock()) {
        self->Guarded([&] { self->OnAnswer(turn, std::move(*shared)); })();
      }
    });
  };
  pending_ = shared_.hooks.handle(request_, respond);
  WatchClient();
}

// Notices a client that leaves before it has its answer, which nobody needs then. As in other
// servers, a client that has only closed its own half counts as gone.
void HttpConnection::WatchClient() {
  socket_.async_wait(Tcp::socket::wait_read, Guarded([this, turn = turn_](const ErrorCode& error) {
                       if (error || state_ != State::kAnswering || turn != turn_) return;
                       char byte = 0;
                       ErrorCode failed;
                       socket_.non_blocking(true, failed);
                       const std::size_t size = socket_.receive(net::buffer(&byte, 1),
                                                                Tcp::socket::message_peek, failed);
                       if (failed != net::error::would_block && (failed || size == 0)) Close();
                     }));
}

void HttpConnection::OnAnswer(std::uint64_t turn, HttpAnswer answer) {
  if (state_ != State::kAnswering || turn != turn_) return;
  answer_ = std::move(answer);
  if (answer_.parts && request_->method != "HEAD") return MakePart();  // it can still be too late
  Enter(State::kSending, shared_.options.send_seconds);
  SendWhole();
}

void HttpConnection::Refuse(int status, std::string_view what) {
  ++turn_;
  keep_alive_ = false;
  Enter(State::kSending, shared_.options.send_seconds);
  answer_ = shared_.hooks.refuse(request_.get(), status, what);
  if (!request_) {  // for the log
    request_ = std::make_shared<HttpRequest>();
    request_->address = address_;
    request_->method = Text(parser_->get().method_string());
    request_->path = Text(parser_->get().target());
  }
  SendWhole();
}

void HttpConnection::RefuseNow(std::string_view what) {
  if (state_ != State::kAnswering) return;
  pending_ = nullptr;
  Guarded([&] { Refuse(503, what); })();
}

void HttpConnection::CheckDeadline() {
  if (request_ && request_->has_no_memory) return RefuseNow("out of memory");
  if (Clock::now() < deadline_) return;
  if (state_ == State::kAnswering) {
    return RefuseNow(
        fmt::format("the translation takes too long; expected at most {} s (--timeout)",
                    shared_.options.answer_seconds));
  }
  Close();
}

// The next part of a long answer, while other connections are served.
void HttpConnection::MakePart() {
  auto parts = std::make_shared<std::function<bool(std::string&)>>(std::move(answer_.parts));
  const auto make = [self = shared_from_this(), turn = turn_, parts] {
    // Runs in the server's thread, unless nobody is waiting for the part any more.
    const auto then = [&](auto next) {
      net::post(self->shared_.io, [self, turn, next = std::move(next)] {
        if (self->turn_ == turn) self->Guarded(next)();
      });
    };
    try {
      auto part = std::make_shared<std::string>();
      const bool more = (*parts)(*part);
      then([self, parts, part, more] {
        self->answer_.parts = std::move(*parts);
        self->OnPart(std::move(*part), more);
      });
    } catch (const std::exception& error) {
      Log().error("{}: {}", self->address_, error.what());
      then([self] { self->OnPartFailed(); });
    }
  };
  shared_.background.Run(BackgroundThreads::Weight::kLight, make);
}

void HttpConnection::OnPartFailed() {
  if (response_) return Close();
  Refuse(503, "the answer cannot be made");
}

void HttpConnection::OnPart(std::string part, bool more) {
  if (response_) return SendPart(part, more);
  Enter(State::kSending, shared_.options.send_seconds);
  if (more) return SendHead(std::move(part), more);
  answer_.body = std::move(part);
  SendWhole();
}

template <typename Response>
void HttpConnection::SetHead(Response& response) const {
  response.version(version_);
  for (const auto& [name, value] : answer_.headers) response.insert(name, value);
  response.set("Server-Timing", fmt::format("total;dur={:.1f}", 1000 * SecondsSince(asked_)));
  response.keep_alive(keep_alive_);
}

void HttpConnection::SendWhole() {
  if (shared_.stopped_at) keep_alive_ = false;
  const auto response = std::make_shared<http::response<http::string_body>>();
  response->result(static_cast<unsigned>(answer_.status));
  SetHead(*response);
  const bool has_body = answer_.status != 204 && answer_.status >= 200;
  if (has_body) response->content_length(answer_.body.size());
  if (request_->method != "HEAD" && has_body) response->body() = std::move(answer_.body);
  response_ = response;
  http::async_write(socket_, *response, Guarded([this](const ErrorCode& error, std::size_t) {
                      if (error) return Close();
                      OnSent();
                    }));
}

void HttpConnection::SendHead(std::string first_part, bool more) {
  if (shared_.stopped_at || version_ < 11) keep_alive_ = false;
  const auto response = std::make_shared<http::response<http::empty_body>>();
  response->result(static_cast<unsigned>(answer_.status));
  SetHead(*response);
  if (version_ >= 11) response->chunked(true);
  const auto serializer = std::make_shared<http::response_serializer<http::empty_body>>(*response);
  response_ = response;
  http::async_write_header(socket_, *serializer,
                           Guarded([this, serializer, more, part = std::move(first_part)](
                                       const ErrorCode& error, std::size_t) {
                             if (error) return Close();
                             SendPart(part, more);
                           }));
}

void HttpConnection::SendPart(const std::string& part, bool more) {
  const auto text = std::make_shared<std::string>();
  if (version_ >= 11) {
    if (!part.empty()) *text = fmt::format("{:x}\r\n", part.size()) + part + "\r\n";
    if (!more) *text += "0\r\n\r\n";
  } else {
    *text = part;
  }
  net::async_write(socket_, net::buffer(*text),
                   Guarded([this, text, more](const ErrorCode& error, std::size_t) {
                     if (error) return Close();
                     if (more) return MakePart();
                     OnSent();
                   }));
}

void HttpConnection::OnSent() {
  shared_.hooks.answered(*request_, answer_.status, SecondsSince(asked_));
  answer_ = {};
  response_ = nullptr;
  pending_ = nullptr;
  if (keep_alive_) return ReadHeader();
  ErrorCode ignored;
  socket_.shutdown(Tcp::socket::shutdown_send, ignored);
  Enter(State::kDraining, kDrainSeconds);
  Drain();
}

// A client that is still sending would not see its answer if the connection were closed now.
void HttpConnection::Drain() {
  const auto scrap = std::make_shared<std::array<char, 16384>>();
  socket_.async_read_some(net::buffer(*scrap),
                          Guarded([this, scrap](const ErrorCode& error, std::size_t) {
                            if (error) return Close();
                            Drain();
                          }));
}

void HttpConnection::Close() {
  if (state_ == State::kClosed) return;
  ++shared_.num_changes;
  state_ = State::kClosed;
  pending_ = nullptr;
  ErrorCode ignored;
  socket_.close(ignored);
  const auto of_address = shared_.num_of_address.find(address_);
  if (of_address != shared_.num_of_address.end() && --of_address->second == 0) {
    shared_.num_of_address.erase(of_address);
  }
  shared_.connections.erase(this);  // may be the last owner
}

}  // namespace talmach
