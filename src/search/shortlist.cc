// The lists of all source tokens lie behind each other in one array, with the end of each in
// another: 8,000 lists of some tens of tokens are two blocks of memory, and the file holds the same
// two arrays. Candidates of a sentence are the union of its tokens' lists and the common ones,
// sorted once.
//
// ParseShortlist believes nothing: the size is computed from the counts and compared with the size
// of the file before anything is read, then the checksum, then that every list is ascending and
// within the vocabulary, which Candidates and the output layer rely on. A shortlist without </s>
// would make a search that cannot end, and is refused.
#include "search/shortlist.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "base/atomic_file.h"
#include "base/checksum.h"
#include "base/error.h"
#include "base/input_stream.h"
#include "text/tokenizer.h"

namespace talmach {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied from the file");

constexpr std::string_view kMagic = "TALMSL01";
constexpr std::size_t kHashSize = 16;
constexpr std::size_t kNumCounts = 4;
constexpr std::size_t kNumberSize = sizeof(std::uint32_t);
constexpr std::size_t kHeaderSize = kMagic.size() + kNumCounts * kNumberSize + 2 * kHashSize;

void SortOnce(std::vector<TokenId>& tokens) {
  std::ranges::sort(tokens);
  tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
}

template <typename Number>
void AppendNumbers(std::span<const Number> numbers, std::string& bytes) {
  static_assert(sizeof(Number) == kNumberSize);
  bytes.append(reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes());
}

// Takes numbers and texts off the front of bytes that are known to be long enough.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}

  std::string_view Text(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  template <typename Number>
  std::vector<Number> Numbers(std::size_t count) {
    static_assert(sizeof(Number) == kNumberSize);
    std::vector<Number> numbers(count);
    const std::string_view bytes = Text(count * kNumberSize);
    if (count > 0) std::memcpy(numbers.data(), bytes.data(), bytes.size());
    return numbers;
  }

 private:
  std::string_view rest_;
};

[[noreturn]] void Refuse(const std::string& name, const std::string& what) {
  throw CheckpointError({.where = name, .what = what, .hint = "`talmach shortlist` makes one"});
}

// Throws unless the tokens are ascending and in the vocabulary.
void CheckList(const std::string& name, std::span<const TokenId> tokens, Index target_size) {
  Index last = -1;
  for (const TokenId token : tokens) {
    if (token <= last || token >= target_size) {
      Refuse(name, "damaged shortlist: a list is not ascending within the vocabulary");
    }
    last = token;
  }
}

void CheckVocabulary(const std::string& path, const char* side, Index size, const std::string& hash,
                     const Tokenizer& tokenizer) {
  if (tokenizer.Hash() == hash && tokenizer.size() == size) return;
  throw CheckpointError(
      {.where = path,
       .what = std::string("the shortlist was made for another ") + side + " vocabulary than " +
               tokenizer.path(),
       .expected = std::to_string(tokenizer.size()) + " pieces with hash " + tokenizer.Hash(),
       .got = std::to_string(size) + " pieces with hash " + hash});
}

}  // namespace

Shortlist::Shortlist(Vocabularies vocabularies, std::vector<TokenId> common,
                     std::vector<std::vector<TokenId>> lists)
    : vocabularies_(std::move(vocabularies)), common_(std::move(common)) {
  Require(std::ssize(lists) == vocabularies_.source_size, "a list for each source token");
  Require(vocabularies_.target_size > kEndId, "a vocabulary with the reserved tokens");
  Require(vocabularies_.source_hash.size() == kHashSize &&
              vocabularies_.target_hash.size() == kHashSize,
          "hashes of 16 characters");
  common_.insert(common_.end(), {kUnknownId, kBeginId, kEndId});
  SortOnce(common_);
  for (std::vector<TokenId>& list : lists) {
    SortOnce(list);
    tokens_.insert(tokens_.end(), list.begin(), list.end());
    ends_.push_back(static_cast<std::uint32_t>(tokens_.size()));
  }
  const auto in_vocabulary = [&](TokenId token) {
    return 0 <= token && token < vocabularies_.target_size;
  };
  Require(
      std::ranges::all_of(common_, in_vocabulary) && std::ranges::all_of(tokens_, in_vocabulary),
      "tokens of the target vocabulary");
}

std::span<const TokenId> Shortlist::ListOf(TokenId source) const {
  Require(0 <= source && source < vocabularies_.source_size, "a source token");
  const std::size_t begin = source == 0 ? 0 : ends_[source - 1];
  return std::span(tokens_).subspan(begin, ends_[source] - begin);
}

std::vector<TokenId> Shortlist::Candidates(std::span<const TokenId> source,
                                           std::span<const TokenId> more) const {
  std::vector<TokenId> candidates(common_);
  candidates.insert(candidates.end(), more.begin(), more.end());
  for (const TokenId token : source) {
    const std::span<const TokenId> list = ListOf(token);
    candidates.insert(candidates.end(), list.begin(), list.end());
  }
  SortOnce(candidates);
  return candidates;
}

std::string Shortlist::Serialise() const {
  std::string bytes(kMagic);
  const std::vector<std::uint32_t> counts = {static_cast<std::uint32_t>(vocabularies_.source_size),
                                             static_cast<std::uint32_t>(vocabularies_.target_size),
                                             static_cast<std::uint32_t>(common_.size()),
                                             static_cast<std::uint32_t>(tokens_.size())};
  AppendNumbers(std::span(counts), bytes);
  bytes += vocabularies_.source_hash + vocabularies_.target_hash;
  AppendNumbers(std::span(common_), bytes);
  AppendNumbers(std::span(ends_), bytes);
  AppendNumbers(std::span(tokens_), bytes);
  return bytes + ChecksumOf(bytes);
}

Shortlist ParseShortlist(std::string_view bytes, const std::string& name) {
  if (!bytes.starts_with(kMagic)) Refuse(name, "not a shortlist");
  if (bytes.size() < kHeaderSize + kHashSize) Refuse(name, "a shortlist that is cut off");
  Cursor cursor(bytes.substr(kMagic.size()));
  const std::vector<std::uint32_t> counts = cursor.Numbers<std::uint32_t>(kNumCounts);
  const auto [num_sources, num_targets, num_common, num_pairs] =
      std::array{counts[0], counts[1], counts[2], counts[3]};
  // Three 32-bit counts times four stay far below 64 bits.
  const std::uint64_t numbers = std::uint64_t{num_common} + num_sources + num_pairs;
  const std::uint64_t expected = kHeaderSize + numbers * kNumberSize + kHashSize;
  if (bytes.size() != expected) {
    throw CheckpointError({.where = name,
                           .what = "a shortlist that is cut off or damaged",
                           .expected = std::to_string(expected) + " bytes",
                           .got = std::to_string(bytes.size())});
  }
  const std::string_view body = bytes.substr(0, bytes.size() - kHashSize);
  if (ChecksumOf(body) != bytes.substr(body.size())) {
    Refuse(name, "damaged shortlist: its checksum is wrong");
  }
  Shortlist result;
  result.vocabularies_.source_size = num_sources;
  result.vocabularies_.target_size = num_targets;
  result.vocabularies_.source_hash = cursor.Text(kHashSize);
  result.vocabularies_.target_hash = cursor.Text(kHashSize);
  result.common_ = cursor.Numbers<TokenId>(num_common);
  result.ends_ = cursor.Numbers<std::uint32_t>(num_sources);
  result.tokens_ = cursor.Numbers<TokenId>(num_pairs);
  if (!std::ranges::is_sorted(result.ends_) ||
      (num_sources == 0 ? 0 : result.ends_.back()) != num_pairs) {
    Refuse(name, "damaged shortlist: the ends of its lists are not in order");
  }
  CheckList(name, result.common_, num_targets);
  if (!std::ranges::binary_search(result.common_, kEndId)) {
    Refuse(name, "damaged shortlist: no sentence could end");
  }
  for (std::uint32_t token = 0; token < num_sources; ++token) {
    const std::uint32_t begin = token == 0 ? 0 : result.ends_[token - 1];
    CheckList(name, std::span(result.tokens_).subspan(begin, result.ends_[token] - begin),
              num_targets);
  }
  return result;
}

Shortlist LoadShortlist(const std::string& path) try {
  InputStream file(path);  // a pipe may be waited for
  // If the file is something else, no more than this is read.
  std::string bytes(kMagic.size(), '\0');
  if (!file.read(bytes.data(), std::ssize(bytes)) || bytes != kMagic) {
    Refuse(path, "not a shortlist");
  }
  std::error_code no_size;  // of a pipe
  const std::uintmax_t size = std::filesystem::file_size(path, no_size);
  if (!no_size) bytes.reserve(size);  // growing would take twice as much
  std::array<char, 1 << 16> piece;
  while (file.read(piece.data(), std::ssize(piece)) || file.gcount() > 0) {
    bytes.append(piece.data(), static_cast<std::size_t>(file.gcount()));
  }
  return ParseShortlist(bytes, path);
} catch (const DataError& error) {
  throw CheckpointError({.where = error.what()});
}

void SaveShortlist(const std::string& path, const Shortlist& shortlist) {
  WriteFileAtomically(path, shortlist.Serialise());
}

void CheckVocabularies(const std::string& path, const Shortlist& shortlist, const Tokenizer& source,
                       const Tokenizer& target) {
  const Shortlist::Vocabularies& v = shortlist.vocabularies();
  CheckVocabulary(path, "source", v.source_size, v.source_hash, source);
  CheckVocabulary(path, "target", v.target_size, v.target_hash, target);
}

}  // namespace talmach
