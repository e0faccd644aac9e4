#include "serving/access_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace talmach {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(AccessPolicyTest, ALoopbackServerHasTheNamesOfThisMachine) {
  const AccessPolicy policy("127.0.0.1", {});
  for (const char* host : {"127.0.0.1:8080", "localhost", "LocalHost:1", "localhost.:80",
                           "[::1]:80", "127.1.2.3", ""}) {
    EXPECT_EQ(policy.Refusal(host, ""), "") << host;
  }
  for (const char* host :
       {"evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example",
        "192.168.1.2:8080", "127.0.0.1:80:90", "127.0.0.1:x", "[::1", "[::1]x", ":80", "a b",
        "localhost:8080@evil.example"}) {
    EXPECT_THAT(policy.Refusal(host, ""), StartsWith("Host: not a name of this server")) << host;
  }
}

TEST(AccessPolicyTest, AnOpenServerHasAddressesAndNamedHosts) {
  const AccessPolicy policy("0.0.0.0", {"https://translate.example:8443"});
  for (const char* host : {"192.168.1.2:8080", "[fe80::1]", "localhost", "translate.example"}) {
    EXPECT_EQ(policy.Refusal(host, ""), "") << host;
  }
  EXPECT_NE(policy.Refusal("evil.example", ""), "");
  EXPECT_EQ(AccessPolicy("server.lan", {}).Refusal("Server.LAN:8080", ""), "");
}

TEST(AccessPolicyTest, PagesOfTheServerAndNamedOnesMayAsk) {
  const AccessPolicy policy("127.0.0.1", {"https://app.example"});
  for (const char* origin : {"http://localhost:8080", "http://LOCALHOST:8080",
                             "https://app.example", "https://App.example"}) {
    EXPECT_EQ(policy.Refusal("localhost:8080", origin), "") << origin;
  }
  for (const char* origin :
       {"null", "http://evil.example", "http://localhost:3000", "http://localhost", "file://",
        "http://app.example", "https://app.example:444", "https://app.example.evil.example"}) {
    EXPECT_THAT(policy.Refusal("localhost:8080", origin), HasSubstr("--allow-origin")) << origin;
  }
  EXPECT_TRUE(policy.IsAllowedOrigin("https://app.example"));
  EXPECT_FALSE(policy.IsAllowedOrigin("http://localhost:8080"));
  EXPECT_FALSE(policy.IsAllowedOrigin(""));
}

TEST(ParseOriginTest, TakesOriginsAndNothingElse) {
  EXPECT_EQ(ParseOrigin("x", "HTTPS://App.Example:8443"), "https://app.example:8443");
  EXPECT_EQ(ParseOrigin("x", "http://[::1]:80"), "http://[::1]:80");
  for (const char* text :
       {"", "*", "null", "app.example", "https://", "https://*", "ftp://a.example",
        "https://app.example/", "https://a.example, https://b.example", "https://user@app.example",
        "https://app.example:port"}) {
    EXPECT_THROW(ParseOrigin("--allow-origin", text), ConfigError) << text;
  }
}

}  // namespace
}  // namespace talmach
