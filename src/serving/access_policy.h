// Who may use the server from a browser. Any page a user visits may send requests to any address
// the user's machine can reach, so two questions are asked of every request:
//   Host    Is it a name of this server? A page of evil.example whose name is made to lead here
//           ("DNS rebinding") would be of the same origin as the server, and could read it.
//   Origin  Which page sends it? The server's own, or one that was named (--allow-origin).
// Programs send no Origin and are not concerned.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace talmach {

/// "https://example.org:8443" in small letters. Throws ConfigError that begins with `where` if it
/// is not an origin: scheme, host and perhaps port, nothing else.
std::string ParseOrigin(const std::string& where, const std::string& text);

/// True for addresses that only this machine can reach.
bool IsLoopback(std::string_view host);

class AccessPolicy {
 public:
  /// `host` is where the server listens. The hosts of `allowed_origins` are names of it, too: of a
  /// proxy in front of it.
  AccessPolicy(const std::string& host, const std::vector<std::string>& allowed_origins);

  /// Why a request with these headers is refused; "" if it is not. A missing header is "".
  std::string Refusal(std::string_view host, std::string_view origin) const;

  /// Whether answers must say that this origin may read them.
  bool IsAllowedOrigin(std::string_view origin) const;

 private:
  bool IsOwnHost(std::string_view host) const;

  std::string host_;
  std::vector<std::string> origins_;
};

}  // namespace talmach
