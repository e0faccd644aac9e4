// Any bytes are refused as a shortlist with a CheckpointError or are one to the last byte, whose
// lists can be used.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/checksum.h"
#include "base/error.h"
#include "fuzz/fuzz_file.h"
#include "search/shortlist.h"

namespace {

std::uint32_t NumberAt(std::string_view bytes, std::size_t place) {
  std::uint32_t number;
  std::memcpy(&number, bytes.data() + place, sizeof number);
  return number;
}

// The bytes as the body of a file whose checksum is right, and as many pairs said to be in it as
// there is room for: hardly a random change would keep either.
std::string AsShortlist(std::string_view bytes) {
  constexpr std::size_t kSourcesAt = 8, kCommonAt = 16, kPairsAt = 20, kHeaderSize = 56;
  std::string body(bytes.substr(0, bytes.size() / 4 * 4));
  if (body.size() >= kHeaderSize) {
    const std::uint64_t room = (body.size() - kHeaderSize) / 4;
    const std::uint64_t others =
        std::uint64_t{NumberAt(body, kSourcesAt)} + NumberAt(body, kCommonAt);
    const auto pairs = static_cast<std::uint32_t>(room - std::min(room, others));
    std::memcpy(body.data() + kPairsAt, &pairs, sizeof pairs);
  }
  return body + talmach::ChecksumOf(body);
}

void TryToUse(std::string_view bytes) {
  try {
    const talmach::Shortlist shortlist = talmach::ParseShortlist(bytes, "f.shortlist");
    talmach::Check(shortlist.Serialise() == bytes);
    const talmach::Index size = shortlist.vocabularies().target_size;
    for (talmach::TokenId id = 0; id < shortlist.vocabularies().source_size; ++id) {
      const std::vector<talmach::TokenId> candidates = shortlist.Candidates(std::vector{id});
      talmach::Check(std::ranges::is_sorted(candidates, std::ranges::less_equal()));
      talmach::Check(candidates.front() >= 0 && candidates.back() < size);
    }
  } catch (const talmach::CheckpointError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = talmach::AsText(bytes, size);
  TryToUse(text);
  TryToUse(AsShortlist(text));
  return 0;
}
