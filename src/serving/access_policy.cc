// A browser protects its user by telling servers where a request comes from; this file decides by
// it. Names are compared in small letters, without port and final dot, in brackets or not.
// Addresses in numbers are accepted as Host where the server is open to other machines: a rebinding
// attack needs a name, because an address cannot be made to point elsewhere.
#include "serving/access_policy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/error.h"

namespace talmach {
namespace {

std::string SmallLetters(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

// "localhost" of "localhost:8080", "::1" of "[::1]:8080"; "" if it is neither.
std::string NameOf(std::string_view host_and_port) {
  std::string_view name = host_and_port;
  std::string_view port;
  if (name.starts_with('[')) {
    const std::size_t end = name.find(']');
    if (end == name.npos) return "";
    port = name.substr(end + 1);
    name = name.substr(1, end - 1);
  } else if (const std::size_t colon = name.find(':'); colon != name.npos) {
    port = name.substr(colon);
    name = name.substr(0, colon);
  }
  const bool is_port = port.empty() || (port.starts_with(':') && port.size() <= 6 &&
                                        port.find_first_not_of("0123456789", 1) == port.npos);
  if (!is_port) return "";
  if (name.ends_with('.')) name.remove_suffix(1);
  return SmallLetters(name);
}

bool IsAddress(const std::string& name) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(AF_INET, name.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, name.c_str(), address.data()) == 1;
}

std::string_view WithoutScheme(std::string_view origin) {
  const std::size_t end = origin.find("://");
  return end == origin.npos ? std::string_view() : origin.substr(end + 3);
}

}  // namespace

std::string ParseOrigin(const std::string& where, const std::string& text) {
  const std::string origin = SmallLetters(text);
  const std::string_view host = WithoutScheme(origin);
  const bool holds = (origin.starts_with("http://") || origin.starts_with("https://")) &&
                     !NameOf(host).empty() && host.find_first_of("/?#@*, ") == host.npos;
  if (holds) return origin;
  throw ConfigError(
      {.where = where, .expected = "an origin such as https://example.org", .got = text});
}

bool IsLoopback(std::string_view host) {
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && IsAddress(std::string(host)));
}

AccessPolicy::AccessPolicy(const std::string& host, const std::vector<std::string>& allowed_origins)
    : host_(SmallLetters(host)), origins_(allowed_origins) {}

bool AccessPolicy::IsOwnHost(std::string_view host) const {
  const std::string name = NameOf(host);
  if (name.empty()) return false;
  if (IsLoopback(name) || name == host_) return true;
  // Rebinding needs a name: an address cannot be made to point elsewhere.
  if (!IsLoopback(host_) && IsAddress(name)) return true;
  return std::ranges::any_of(
      origins_, [&](const std::string& origin) { return NameOf(WithoutScheme(origin)) == name; });
}

bool AccessPolicy::IsAllowedOrigin(std::string_view origin) const {
  return std::ranges::find(origins_, SmallLetters(origin)) != origins_.end();
}

std::string AccessPolicy::Refusal(std::string_view host, std::string_view origin) const {
  if (!host.empty() && !IsOwnHost(host)) {
    return "Host: not a name of this server; start it with --allow-origin for another one";
  }
  if (origin.empty() || IsAllowedOrigin(origin)) return "";
  if (!host.empty() && SmallLetters(WithoutScheme(origin)) == SmallLetters(host)) return "";
  return "Origin: pages of this site may not use the server; start it with --allow-origin to let "
         "them";
}

}  // namespace talmach
