#include "base/checksum.h"

#include <fmt/format.h>
#include <xxhash.h>

namespace talmach {

Checksum::Checksum() : state_(XXH3_createState()) { XXH3_64bits_reset(state_.get()); }

void Checksum::Update(std::string_view bytes) {
  XXH3_64bits_update(state_.get(), bytes.data(), bytes.size());
}

std::string Checksum::Hex() const {
  return fmt::format("{:016x}", XXH3_64bits_digest(state_.get()));
}

void Checksum::Free::operator()(XXH3_state_s* state) const { XXH3_freeState(state); }

std::string ChecksumOf(std::string_view bytes) { return fmt::format("{:016x}", HashOf(bytes)); }

std::uint64_t HashOf(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace talmach
