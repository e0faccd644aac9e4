// XXH3 (Collet, xxhash.com), 64 bits: a fast checksum against damage, not against forgery.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct XXH3_state_s;

namespace talmach {

/// Gathers bytes piece by piece; how they are divided into pieces does not matter.
class Checksum {
 public:
  Checksum();
  void Update(std::string_view bytes);
  /// 16 lower-case hexadecimal digits of everything so far.
  std::string Hex() const;

 private:
  struct Free {
    void operator()(XXH3_state_s* state) const;
  };
  std::unique_ptr<XXH3_state_s, Free> state_;
};

/// The checksum of one piece.
std::string ChecksumOf(std::string_view bytes);
/// The same as a number, for tables: of n different texts, two share it with probability n²/2^65.
std::uint64_t HashOf(std::string_view bytes);

}  // namespace talmach
