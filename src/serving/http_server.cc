#include "serving/http_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cctype>
#include <chrono>
#include <map>
#include <optional>
#include <unordered_map>

#include "base/error.h"
#include "base/log.h"
#include "base/start_thread.h"

namespace talmach {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = net::ip::tcp;
using Clock = std::chrono::steady_clock;
using ErrorCode = boost::system::error_code;

constexpr std::chrono::milliseconds kTick{20};
constexpr double kDrainSeconds = 2;     // for a client to see why it was refused
constexpr double kGraceSeconds = 1;     // for requests under way at the end
constexpr double kRefuseSeconds = 1.5;  // from the end to the last answers
constexpr int kBackgroundThreads = 2;
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

std::string_view HttpRequest::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

Index HttpRequest::CountHeader(std::string_view name) const {
  return std::ranges::count(headers, name, [](const auto& header) { return header.first; });
}

/// What all connections share. Its members belong to the thread that serves, except `background`.
struct HttpServer::Core {
  Core(const HttpOptions& http_options, Hooks http_hooks)
      : options(http_options), hooks(std::move(http_hooks)), acceptor(io), tick(io) {}

  void Listen();
  void Accept();
  void OnAccepted(const ErrorCode& error, Tcp::socket socket);
  bool MakeRoom(const std::string& address);
  void OnTick();
  void BeginStop();

  HttpOptions options;
  Hooks hooks;
  net::io_context io{1};
  net::thread_pool background{kBackgroundThreads};
  Tcp::acceptor acceptor;
  net::steady_timer tick;
  std::unordered_map<Session*, std::shared_ptr<Session>> sessions;
  std::map<std::string, Index> num_of_address;
  const std::atomic<int>* stop = nullptr;
  std::optional<Clock::time_point> stopped_at;
  bool accepting = false;
};

/// A connection, and one request after the other on it.
class HttpServer::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Core& core, Tcp::socket socket, std::string address)
      : core_(core),
        socket_(std::move(socket)),
        address_(std::move(address)),
        buffer_(kReadBuffer) {}

  const std::string& address() const { return address_; }
  bool is_reading() const { return state_ == State::kReading; }
  bool is_idle() const { return is_reading() && buffer_.size() == 0 && num_requests_ > 0; }
  Clock::time_point since() const { return since_; }

  void ReadHeader();
  void CheckDeadline();
  /// Answers that time is over, if an answer is due.
  void RefuseNow(std::string_view what);
  void Close();

 private:
  enum class State { kReading, kAnswering, kSending, kDraining, kClosed };
  using SmallResponse = http::response<http::string_body>;

  // A callback that does nothing once the session is closed, and closes it if it fails.
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
  void OnAnswer(std::uint64_t request, HttpAnswer answer);
  void Refuse(int status, std::string_view what);
  void MakePart();
  void OnPart(std::string part, bool more);
  void SendWhole();
  void SendHead(std::string first_part, bool more);
  void SendPart(std::string part, bool more);
  void OnSent();
  void Drain();
  template <typename Response>
  void SetHead(Response& response) const;

  Core& core_;
  Tcp::socket socket_;
  std::string address_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::shared_ptr<HttpRequest> request_;
  std::shared_ptr<void> pending_;  // of the handler
  HttpAnswer answer_;
  std::shared_ptr<void> response_;  // while it is being sent
  State state_ = State::kReading;
  Clock::time_point deadline_, since_, asked_;
  std::uint64_t num_requests_ = 0;
  unsigned version_ = 11;
  bool keep_alive_ = false;
};

void HttpServer::Session::Enter(State state, double seconds) {
  state_ = state;
  since_ = Clock::now();
  deadline_ = In(seconds);
}

void HttpServer::Session::ReadHeader() {
  if (core_.stopped_at && buffer_.size() == 0) return Close();
  Enter(State::kReading, core_.options.read_seconds);
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(core_.options.max_header_bytes));
  parser_->body_limit(static_cast<std::uint64_t>(core_.options.max_body_bytes));
  request_ = nullptr;
  keep_alive_ = false;
  http::async_read_header(
      socket_, buffer_, *parser_,
      Guarded([this](const ErrorCode& error, std::size_t) { OnHeader(error); }));
}

void HttpServer::Session::OnHeader(const ErrorCode& error) {
  asked_ = Clock::now();
  if (error) return OnReadError(error);
  const auto& fields = parser_->get().base();
  version_ = parser_->get().version();
  if (std::distance(fields.begin(), fields.end()) > core_.options.max_headers) {
    return Refuse(431, fmt::format("at most {} headers", core_.options.max_headers));
  }
  Enter(State::kReading, core_.options.read_seconds);
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

void HttpServer::Session::ReadBody() {
  http::async_read(socket_, buffer_, *parser_,
                   Guarded([this](const ErrorCode& error, std::size_t) { OnBody(error); }));
}

void HttpServer::Session::OnBody(const ErrorCode& error) {
  if (error) return OnReadError(error);
  keep_alive_ = parser_->get().keep_alive();
  TakeRequest();
  Handle();
}

void HttpServer::Session::OnReadError(const ErrorCode& error) {
  static const auto* http_errors = &http::make_error_code(http::error::end_of_stream).category();
  if (error == http::error::end_of_stream || error.category() != *http_errors) return Close();
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return Refuse(431, fmt::format("at most {} bytes of headers", core_.options.max_header_bytes));
  }
  if (error == http::error::body_limit) {
    return Refuse(413, fmt::format("too large; expected at most {} bytes (--max-body)",
                                   core_.options.max_body_bytes));
  }
  if (error == http::error::partial_message) return Refuse(400, "it is not complete");
  Refuse(400, "not HTTP: " + error.message());
}

void HttpServer::Session::TakeRequest() {
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

void HttpServer::Session::Handle() {
  Enter(State::kAnswering, core_.options.answer_seconds);
  const std::uint64_t number = ++num_requests_;
  const auto respond = [weak = weak_from_this(), number, &io = core_.io](HttpAnswer answer) {
    // The answer is handed over by pointer: a function of the library's must be copyable.
    auto shared = std::make_shared<HttpAnswer>(std::move(answer));
    net::post(io, [weak, number, shared] {
      if (const auto self = weak.lock()) {
        self->Guarded([&] { self->OnAnswer(number, std::move(*shared)); })();
      }
    });
  };
  pending_ = core_.hooks.handle(request_, respond);
  WatchClient();
}

// Whether the client goes before it has its answer: then nobody needs one. A client that has only
// ended its own half is taken for one that has gone, as other servers do.
void HttpServer::Session::WatchClient() {
  socket_.async_wait(
      Tcp::socket::wait_read, Guarded([this, number = num_requests_](const ErrorCode& error) {
        if (error || state_ != State::kAnswering || number != num_requests_) return;
        char byte = 0;
        ErrorCode failed;
        socket_.non_blocking(true, failed);
        const std::size_t size =
            socket_.receive(net::buffer(&byte, 1), Tcp::socket::message_peek, failed);
        if (failed != net::error::would_block && (failed || size == 0)) Close();
      }));
}

void HttpServer::Session::OnAnswer(std::uint64_t request, HttpAnswer answer) {
  if (state_ != State::kAnswering || request != num_requests_) return;
  Enter(State::kSending, core_.options.send_seconds);
  answer_ = std::move(answer);
  if (answer_.parts && request_->method != "HEAD") return MakePart();
  SendWhole();
}

void HttpServer::Session::Refuse(int status, std::string_view what) {
  keep_alive_ = false;
  Enter(State::kSending, core_.options.send_seconds);
  answer_ = core_.hooks.refuse(request_.get(), status, what);
  if (!request_) {  // for the log
    request_ = std::make_shared<HttpRequest>();
    request_->address = address_;
    request_->method = Text(parser_->get().method_string());
    request_->path = Text(parser_->get().target());
  }
  SendWhole();
}

void HttpServer::Session::RefuseNow(std::string_view what) {
  if (state_ != State::kAnswering) return;
  pending_ = nullptr;
  Guarded([&] { Refuse(503, what); })();
}

void HttpServer::Session::CheckDeadline() {
  if (Clock::now() < deadline_) return;
  if (state_ == State::kAnswering) {
    return RefuseNow(
        fmt::format("the translation takes too long; expected at most {} s (--timeout)",
                    core_.options.answer_seconds));
  }
  Close();
}

// The next part of a long answer, while other connections are served.
void HttpServer::Session::MakePart() {
  auto parts = std::make_shared<std::function<bool(std::string&)>>(std::move(answer_.parts));
  net::post(core_.background, [self = shared_from_this(), parts] {
    std::string part;
    bool more = false;
    try {
      more = (*parts)(part);
    } catch (const std::exception& error) {
      Log().error("{}: {}", self->address_, error.what());
      net::post(self->core_.io, [self] {
        if (self->response_) return self->Close();
        self->Guarded([&] { self->Refuse(503, "the answer cannot be made"); })();
      });
      return;
    }
    auto shared = std::make_shared<std::string>(std::move(part));
    net::post(self->core_.io, [self, parts, shared, more] {
      self->Guarded([&] {
        self->answer_.parts = std::move(*parts);
        self->OnPart(std::move(*shared), more);
      })();
    });
  });
}

void HttpServer::Session::OnPart(std::string part, bool more) {
  if (response_) return SendPart(std::move(part), more);
  if (more) return SendHead(std::move(part), more);
  answer_.body = std::move(part);
  SendWhole();
}

template <typename Response>
void HttpServer::Session::SetHead(Response& response) const {
  response.version(version_);
  for (const auto& [name, value] : answer_.headers) response.insert(name, value);
  response.set("Server-Timing", fmt::format("total;dur={:.1f}", 1000 * SecondsSince(asked_)));
  response.keep_alive(keep_alive_);
}

void HttpServer::Session::SendWhole() {
  if (core_.stopped_at) keep_alive_ = false;
  const auto response = std::make_shared<SmallResponse>();
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

void HttpServer::Session::SendHead(std::string first_part, bool more) {
  if (core_.stopped_at || version_ < 11) keep_alive_ = false;
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

void HttpServer::Session::SendPart(std::string part, bool more) {
  const auto text = std::make_shared<std::string>();
  if (version_ >= 11) {
    if (!part.empty()) *text = fmt::format("{:x}\r\n", part.size()) + part + "\r\n";
    if (!more) *text += "0\r\n\r\n";
  } else {
    *text = std::move(part);
  }
  net::async_write(socket_, net::buffer(*text),
                   Guarded([this, text, more](const ErrorCode& error, std::size_t) {
                     if (error) return Close();
                     if (more) return MakePart();
                     OnSent();
                   }));
}

void HttpServer::Session::OnSent() {
  core_.hooks.answered(*request_, answer_.status, SecondsSince(asked_));
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
void HttpServer::Session::Drain() {
  const auto scrap = std::make_shared<std::array<char, 16384>>();
  socket_.async_read_some(net::buffer(*scrap),
                          Guarded([this, scrap](const ErrorCode& error, std::size_t) {
                            if (error) return Close();
                            Drain();
                          }));
}

void HttpServer::Session::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  pending_ = nullptr;
  ErrorCode ignored;
  socket_.close(ignored);
  const auto of_address = core_.num_of_address.find(address_);
  if (--of_address->second == 0) core_.num_of_address.erase(of_address);
  core_.sessions.erase(this);  // may be the last owner
}

void HttpServer::Core::Listen() {
  const auto fail = [&](const std::string& what) {
    throw Error({.where = options.host + ":" + std::to_string(options.port),
                 .what = "cannot listen",
                 .got = what,
                 .hint = "is the port in use (--port), or the host not an address of this "
                         "machine (--host)?"});
  };
  ErrorCode error;
  Tcp::resolver resolver(io);
  // A system without /etc/hosts does not know the name that means the same on all.
  const std::string address = options.host == "localhost" ? "127.0.0.1" : options.host;
  const auto found =
      resolver.resolve(address, std::to_string(options.port), Tcp::resolver::passive, error);
  if (error || found.empty()) return fail(error.message());
  const Tcp::endpoint endpoint = found.begin()->endpoint();
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(net::socket_base::max_listen_connections, error);
  if (error) fail(error.message());
}

void HttpServer::Core::Accept() {
  accepting = true;
  acceptor.async_accept([this](const ErrorCode& error, Tcp::socket socket) {
    accepting = false;
    if (stopped_at) return;
    try {
      OnAccepted(error, std::move(socket));
    } catch (const std::exception& failure) {
      Log().error("a connection: {}", failure.what());
    }
  });
}

void HttpServer::Core::OnAccepted(const ErrorCode& error, Tcp::socket socket) {
  if (error) {
    // Such as no more files: the next tick tries again.
    MakeRoom("");
    return;
  }
  ErrorCode failed;
  const std::string address = socket.remote_endpoint(failed).address().to_string();
  socket.set_option(Tcp::no_delay(true), failed);
  const bool crowded = std::ssize(sessions) >= options.max_connections;
  const auto of_address = num_of_address.find(address);
  const bool greedy = of_address != num_of_address.end() &&
                      of_address->second >= options.max_connections_per_address;
  if ((!crowded && !greedy) || MakeRoom(greedy ? address : "")) {
    const auto session = std::make_shared<Session>(*this, std::move(socket), address);
    sessions.emplace(session.get(), session);
    ++num_of_address[address];
    session->ReadHeader();
  }
  Accept();
}

// Closes the connection (of `address`, if it is not empty) that has been reading for longest.
bool HttpServer::Core::MakeRoom(const std::string& address) {
  std::shared_ptr<Session> oldest;
  for (const auto& [key, session] : sessions) {
    if (!session->is_reading() || (!address.empty() && session->address() != address)) continue;
    if (!oldest || session->since() < oldest->since()) oldest = session;
  }
  if (oldest) oldest->Close();
  return oldest != nullptr;
}

void HttpServer::Core::BeginStop() {
  stopped_at = Clock::now();
  ErrorCode ignored;
  acceptor.close(ignored);
  hooks.stopping();
}

void HttpServer::Core::OnTick() {
  if (*stop != 0 && !stopped_at) BeginStop();
  std::vector<std::shared_ptr<Session>> all;
  for (const auto& [key, session] : sessions) all.push_back(session);
  const double stopping = stopped_at ? SecondsSince(*stopped_at) : 0;
  for (const auto& session : all) {
    session->CheckDeadline();
    if (!stopped_at) continue;
    if (session->is_idle() || (stopping > kGraceSeconds && session->is_reading())) session->Close();
    if (stopping > kGraceSeconds) session->RefuseNow("shutting down");
    if (stopping > kRefuseSeconds) session->Close();
  }
  if (stopped_at && sessions.empty()) io.stop();
  if (!stopped_at && !accepting) Accept();
}

HttpServer::HttpServer(const HttpOptions& options, Hooks hooks) {
  RequireThreads(kBackgroundThreads, "");  // the library does not say which limit refuses them
  core_ = std::make_unique<Core>(options, std::move(hooks));
  core_->Listen();
}

HttpServer::~HttpServer() {
  // Sessions are owned by the operations they wait for, too.
  std::vector<std::shared_ptr<Session>> all;
  for (const auto& [key, session] : core_->sessions) all.push_back(session);
  for (const auto& session : all) session->Close();
  core_->background.join();
}

int HttpServer::port() const { return core_->acceptor.local_endpoint().port(); }

Index HttpServer::num_connections() const { return std::ssize(core_->sessions); }

void HttpServer::RunInBackground(std::function<void()> work) {
  net::post(core_->background, std::move(work));
}

void HttpServer::Serve(const std::atomic<int>& stop) {
  Core& core = *core_;
  core.stop = &stop;
  core.Accept();
  std::function<void()> schedule = [&] {
    core.tick.expires_after(kTick);
    core.tick.async_wait([&](const ErrorCode&) {
      schedule();
      core.OnTick();
    });
  };
  schedule();
  while (!core.io.stopped()) {
    try {
      core.io.run();
    } catch (const std::exception& error) {  // such as no memory: it ends what it was about
      Log().error("server: {}", error.what());
    }
  }
}

}  // namespace talmach
