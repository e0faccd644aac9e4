#include "serving/translation_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <string_view>
#include <thread>

namespace talmach {
namespace {

using namespace std::chrono_literals;

// A connection to a port of this machine.
class Client {
 public:
  explicit Client(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  ~Client() { close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool Send(std::string_view text) const {
    return send(socket_, text.data(), text.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(text.size());
  }

 private:
  int socket_;
};

TEST(TranslationServerTest, AClientThatNeverEndsItsRequestDoesNotKeepItFromStopping) {
  const auto search = [](std::span<const std::string>, const BeamSearchOptions&) {
    return std::vector<Translation>();
  };
  TranslationServer server({.port = 0, .read_seconds = 1}, search);
  std::atomic<int> stop{0};
  std::future<void> served = std::async(std::launch::async, [&] { server.Serve(stop); });
  const Client client(server.port());
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nA: "));
  std::this_thread::sleep_for(200ms);  // until it is being read
  stop = 1;
  bool connected = true;
  while (served.wait_for(100ms) != std::future_status::ready && connected) {
    connected = client.Send("a");
  }
  served.get();  // a server that waits for the client never gets here
}

}  // namespace
}  // namespace talmach
