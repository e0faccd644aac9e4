// A prefix tree over pieces: finds every piece that begins at a place of a text. Internal to text.
//
// The children of a node lie side by side, ordered by their bytes, and so do these bytes in an
// array of their own: a step is a search among a few neighbouring bytes.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace talmach {

/// A piece that ordinary text may consist of.
struct ScoredPiece {
  std::string text;
  TokenId id = 0;
  float score = 0;  // unigram: log-probability; BPE: minus the rank of its merge
};

/// Immutable; may be read from several threads.
class PieceTrie {
 public:
  struct Value {
    TokenId id = -1;  // -1: no piece ends here
    float score = 0;
  };

  explicit PieceTrie(std::vector<ScoredPiece> pieces);

  /// Calls visit(size, value) for each piece that `text` starts with, shortest first.
  template <typename Visit>
  void ForEachPrefix(std::string_view text, Visit visit) const {
    std::uint32_t node = 0;
    for (std::size_t size = 1; size <= text.size(); ++size) {
      node = Child(node, text[size - 1]);
      if (node == kNone) return;
      if (nodes_[node].value.id >= 0) visit(size, nodes_[node].value);
    }
  }

  /// The value of exactly this piece; its id is -1 if there is none.
  Value Find(std::string_view piece) const;

 private:
  static constexpr std::uint32_t kNone = 0;  // the root is nobody's child

  struct Node {
    Value value = {};
    std::uint32_t first_child = 0;
    std::uint32_t num_children = 0;
  };

  std::uint32_t Child(std::uint32_t node, char byte) const {
    const auto [value, first, count] = nodes_[node];
    if (count == 0) return kNone;
    const char* begin = bytes_.data() + first;
    const void* found = std::memchr(begin, byte, count);
    if (found == nullptr) return kNone;
    return first + static_cast<std::uint32_t>(static_cast<const char*>(found) - begin);
  }

  std::vector<Node> nodes_;  // breadth first; 0 is the root
  std::vector<char> bytes_;  // [nodes]: the byte that leads to each
};

}  // namespace talmach
