// Tested by tests/text/segmentation_sampler_test.cc.
#include "text/piece_trie.h"

#include <algorithm>

namespace talmach {
namespace {

// A node to be given children: the sorted pieces that share its first `depth` bytes.
struct Range {
  std::size_t begin;
  std::size_t end;
  std::size_t depth;
};

}  // namespace

PieceTrie::PieceTrie(std::vector<ScoredPiece> pieces) : nodes_(1), bytes_(1) {
  std::sort(pieces.begin(), pieces.end(),
            [](const ScoredPiece& a, const ScoredPiece& b) { return a.text < b.text; });
  std::vector<Range> ranges = {{0, pieces.size(), 0}};  // of the node with the same index
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    auto [begin, end, depth] = ranges[node];
    // The piece that ends here comes first.
    for (; begin < end && pieces[begin].text.size() == depth; ++begin) {
      nodes_[node].value = {.id = pieces[begin].id, .score = pieces[begin].score};
    }
    nodes_[node].first_child = static_cast<std::uint32_t>(nodes_.size());
    while (begin < end) {
      const char byte = pieces[begin].text[depth];
      std::size_t next = begin;
      while (next < end && pieces[next].text[depth] == byte) ++next;
      ranges.push_back({begin, next, depth + 1});
      bytes_.push_back(byte);
      nodes_.emplace_back();
      ++nodes_[node].num_children;
      begin = next;
    }
  }
}

PieceTrie::Value PieceTrie::Find(std::string_view piece) const {
  std::uint32_t node = 0;
  for (const char byte : piece) {
    node = Child(node, byte);
    if (node == kNone) return {};
  }
  return nodes_[node].value;
}

}  // namespace talmach
