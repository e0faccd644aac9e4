#include "text/corpus_split.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "base/checksum.h"
#include "base/random.h"
#include "base/unicode_text.h"

namespace talmach {
namespace {

using Hashes = std::vector<std::uint64_t>;

// A hash and the number of a pair or group, to be sorted.
using Entry = std::pair<std::uint64_t, Index>;

// Groups of pairs, each named by the first of its pairs (Tarjan, "Efficiency of a good but not
// linear set union algorithm", JACM 1975, with path halving).
class Groups {
 public:
  explicit Groups(std::size_t num_pairs) : parents_(num_pairs) {
    std::iota(parents_.begin(), parents_.end(), Index{0});
  }

  Index Of(Index pair) {
    while (parents_[pair] != pair) {
      parents_[pair] = parents_[parents_[pair]];
      pair = parents_[pair];
    }
    return pair;
  }

  void JoinEqual(const Hashes& hashes) {
    std::vector<Entry> entries;
    entries.reserve(hashes.size());
    for (const std::uint64_t hash : hashes) entries.emplace_back(hash, std::ssize(entries));
    std::ranges::sort(entries);
    for (std::size_t i = 1; i < entries.size(); ++i) {
      if (entries[i - 1].first == entries[i].first) Join(entries[i - 1].second, entries[i].second);
    }
  }

 private:
  void Join(Index a, Index b) {
    const auto [first, second] = std::minmax({Of(a), Of(b)});
    parents_[second] = first;
  }

  std::vector<Index> parents_;  // an earlier pair of the group, or the pair itself
};

// A set that groups go into while there is room.
class SmallSet {
 public:
  explicit SmallSet(Index wanted)
      : room_(wanted), largest_group_(std::max<Index>(wanted / 20, 1)) {}

  bool Take(Index group_size) {
    if (group_size > std::min(room_, largest_group_)) return false;
    room_ -= group_size;
    return true;
  }

 private:
  Index room_;
  Index largest_group_;
};

}  // namespace

void CorpusSplitter::Add(std::string_view source, std::string_view target) {
  sources_.push_back(HashOf(Strip(source)));
  targets_.push_back(HashOf(Strip(target)));
}

std::vector<CorpusPart> CorpusSplitter::Split(const SplitOptions& options) const {
  constexpr Index kTooLarge = std::numeric_limits<Index>::max() / 2;
  Groups groups(sources_.size());
  groups.JoinEqual(sources_);
  groups.JoinEqual(targets_);
  std::vector<Index> sizes(sources_.size());  // at the number of the group
  const std::uint64_t empty = HashOf("");
  for (Index i = 0; i < num_pairs(); ++i) {
    const bool is_empty = sources_[i] == empty || targets_[i] == empty;
    Index& size = sizes[groups.Of(i)];
    size = is_empty || size >= kTooLarge ? kTooLarge : size + 1;
  }
  std::vector<Entry> order;
  for (Index i = 0; i < num_pairs(); ++i) {
    if (sizes[i] > 0) order.emplace_back(DeriveKey(options.seed, static_cast<std::uint64_t>(i)), i);
  }
  std::ranges::sort(order);
  SmallSet test(options.num_test);
  SmallSet valid(options.num_valid);
  std::vector<CorpusPart> parts(sources_.size(), CorpusPart::kTrain);
  for (const auto& [key, group] : order) {
    if (test.Take(sizes[group])) {
      parts[group] = CorpusPart::kTest;
    } else if (valid.Take(sizes[group])) {
      parts[group] = CorpusPart::kValid;
    }
  }
  for (Index i = 0; i < num_pairs(); ++i) parts[i] = parts[groups.Of(i)];
  return parts;
}

}  // namespace talmach
