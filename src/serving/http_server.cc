// One thread, one event loop. Connections register what they wait for, and every 20 milliseconds a
// tick looks at all deadlines instead of one timer per connection; so a deadline may be that much
// late, which nobody notices. The listening socket accepts one connection at a time; where limits
// are reached, the connection that has been reading for longest makes room for the new one: whoever
// sends a request byte by byte to occupy places loses them first. Handlers run in this thread too,
// and answer through a callback later.
#include "serving/http_server.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "serving/http_connection.h"

namespace talmach {
namespace {

namespace net = boost::asio;
using Tcp = net::ip::tcp;
using Clock = std::chrono::steady_clock;
using ErrorCode = boost::system::error_code;
using Connections = std::vector<std::shared_ptr<HttpConnection>>;

constexpr std::chrono::milliseconds kTick{20};
constexpr double kGraceSeconds = 1;     // for requests under way at the end
constexpr double kRefuseSeconds = 1.5;  // from the end to the last answers
constexpr std::chrono::seconds kSecond{1};
constexpr int kQuietSeconds = 3;  // in which memory of what is over may still become free

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

// The listening socket and the clock.
struct HttpServer::Core {
  Core(const HttpOptions& http_options, Hooks http_hooks)
      : shared{.options = http_options, .hooks = std::move(http_hooks)} {}

  void Listen();
  void Accept();
  void OnAccepted(const ErrorCode& error, Tcp::socket socket);
  bool MakeRoom(const std::string& address);
  void OnTick();
  void BeginStop();
  void CallAfterWork();
  void StartTick();
  // A copy, because closing a connection changes the shared list.
  Connections AllConnections() const;

  HttpShared shared;
  Tcp::acceptor acceptor{shared.io};
  net::steady_timer tick{shared.io};
  const std::atomic<int>* stop = nullptr;
  bool accepting = false;
  std::uint64_t seen_changes = 0;
  int quiet_seconds = kQuietSeconds;
  Clock::time_point next_after_work;
};

void HttpServer::Core::Listen() {
  const auto fail = [&](const std::string& what) {
    throw Error({.where = shared.options.host + ":" + std::to_string(shared.options.port),
                 .what = "cannot listen",
                 .got = what,
                 .hint = "is the port in use (--port), or the host not an address of this "
                         "machine (--host)?"});
  };
  ErrorCode error;
  Tcp::resolver resolver(shared.io);
  // A system without /etc/hosts would not know this name, which means the same everywhere.
  const std::string address =
      shared.options.host == "localhost" ? "127.0.0.1" : shared.options.host;
  const auto found =
      resolver.resolve(address, std::to_string(shared.options.port), Tcp::resolver::passive, error);
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
    if (shared.stopped_at) return;
    try {
      OnAccepted(error, std::move(socket));
    } catch (const std::exception& failure) {
      Log().error("a connection: {}", failure.what());
    }
  });
}

void HttpServer::Core::OnAccepted(const ErrorCode& error, Tcp::socket socket) {
  if (error) {
    // For example, no more files can be opened: the next tick tries again.
    MakeRoom("");
    return;
  }
  ErrorCode failed;
  const std::string address = socket.remote_endpoint(failed).address().to_string();
  socket.set_option(Tcp::no_delay(true), failed);
  const bool crowded = std::ssize(shared.connections) >= shared.options.max_connections;
  const auto of_address = shared.num_of_address.find(address);
  const bool greedy = of_address != shared.num_of_address.end() &&
                      of_address->second >= shared.options.max_connections_per_address;
  if ((!crowded && !greedy) || MakeRoom(greedy ? address : "")) {
    const auto connection = std::make_shared<HttpConnection>(shared, std::move(socket), address);
    shared.connections.emplace(connection.get(), connection);
    ++shared.num_of_address[address];
    connection->ReadHeader();
  }
  Accept();
}

// Closes the connection (of `address`, if it is not empty) that has been reading for longest.
bool HttpServer::Core::MakeRoom(const std::string& address) {
  std::shared_ptr<HttpConnection> oldest;
  for (const auto& [key, connection] : shared.connections) {
    if (!connection->is_reading() || (!address.empty() && connection->address() != address))
      continue;
    if (!oldest || connection->since() < oldest->since()) oldest = connection;
  }
  if (oldest) oldest->Close();
  return oldest != nullptr;
}

void HttpServer::Core::BeginStop() {
  shared.stopped_at = Clock::now();
  ErrorCode ignored;
  acceptor.close(ignored);
  shared.hooks.stopping();
}

Connections HttpServer::Core::AllConnections() const {
  Connections all;
  for (const auto& [key, connection] : shared.connections) all.push_back(connection);
  return all;
}

void HttpServer::Core::OnTick() {
  if (*stop != 0 && !shared.stopped_at) BeginStop();
  const double stopping =
      shared.stopped_at ? std::chrono::duration<double>(Clock::now() - *shared.stopped_at).count()
                        : 0;
  for (const auto& connection : AllConnections()) {
    connection->CheckDeadline();
    if (!shared.stopped_at) continue;
    const bool too_slow = stopping > kGraceSeconds && connection->is_reading();
    if (connection->is_idle() || too_slow) connection->Close();
    if (stopping > kGraceSeconds) connection->RefuseNow("shutting down");
    if (stopping > kRefuseSeconds) connection->Close();
  }
  if (shared.stopped_at && shared.connections.empty()) shared.io.stop();
  if (!shared.stopped_at && !accepting) Accept();
  CallAfterWork();
}

void HttpServer::Core::CallAfterWork() {
  const auto now = Clock::now();
  if (now < next_after_work) return;
  next_after_work = now + kSecond;
  quiet_seconds = shared.num_changes == seen_changes ? quiet_seconds + 1 : 0;
  seen_changes = shared.num_changes;
  if (quiet_seconds < kQuietSeconds && shared.hooks.after_work) shared.hooks.after_work();
}

void HttpServer::Core::StartTick() {
  tick.expires_after(kTick);
  tick.async_wait([this](const ErrorCode& error) {
    if (error) return;  // it was started again
    StartTick();
    OnTick();
  });
}

HttpServer::HttpServer(const HttpOptions& options, Hooks hooks)
    : core_(std::make_unique<Core>(options, std::move(hooks))) {
  core_->Listen();
}

HttpServer::~HttpServer() {
  // Connections are owned by the operations they wait for, too.
  for (const auto& connection : core_->AllConnections()) connection->Close();
}

int HttpServer::port() const { return core_->acceptor.local_endpoint().port(); }

Index HttpServer::num_connections() const { return std::ssize(core_->shared.connections); }

void HttpServer::RunInBackground(Weight weight, std::function<void()> work) {
  core_->shared.background.Run(weight, std::move(work));
}

void HttpServer::Serve(const std::atomic<int>& stop) {
  core_->stop = &stop;
  core_->Accept();
  while (!core_->shared.io.stopped()) {
    try {
      core_->StartTick();
      core_->shared.io.run();
    } catch (const std::exception& error) {  // such as no memory: it ends what it was about
      Log().error("server: {}", error.what());
    }
  }
}

}  // namespace talmach
