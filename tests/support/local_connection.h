// A TCP connection to a server of this machine.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace talmach {

class LocalConnection {
 public:
  static constexpr std::chrono::seconds kPatience{10};

  struct Options {
    std::chrono::milliseconds patience = kPatience;  // how long it waits for bytes at first
    bool reset = false;  // when it is closed, so that no port has to wait
  };

  LocalConnection(int port, const Options& options) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    SetPatience(options.patience);
    const linger at_once{.l_onoff = options.reset ? 1 : 0, .l_linger = 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~LocalConnection() { Close(); }
  LocalConnection(const LocalConnection&) = delete;
  LocalConnection& operator=(const LocalConnection&) = delete;

  bool connected() const { return connected_; }

  /// False if the server does not take all of it.
  bool Send(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t size = send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (size <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
  }

  /// What comes until the server closes the connection. Where its patience ends first, it tells the
  /// server that no more will be sent, and waits for the rest.
  std::string ReadAll() const {
    std::string text = ReadUntilSilence();
    if (errno != EAGAIN) return text;
    shutdown(socket_, SHUT_WR);
    SetPatience(kPatience);
    return text + ReadUntilSilence();
  }

  void Close() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }

 private:
  void SetPatience(std::chrono::microseconds patience) const {
    constexpr std::int64_t kSecond = 1000000;
    const timeval wait{.tv_sec = patience.count() / kSecond, .tv_usec = patience.count() % kSecond};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
  }

  // With the reason in errno; 0 if the server has closed the connection.
  std::string ReadUntilSilence() const {
    std::string text;
    char buffer[4096];
    errno = 0;
    for (ssize_t size; (size = recv(socket_, buffer, sizeof(buffer), 0)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(size));
    }
    return text;
  }

  int socket_;
  bool connected_ = false;
};

}  // namespace talmach
