// A prefix tree over pieces: finds every piece that begins at a place of a text. Internal to text.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/types.h"

namespace talmach {

/// Immutable once filled; then it may be read from several threads.
class PieceTrie {
 public:
  struct Value {
    TokenId id = -1;  // -1: no piece ends here
    float score = 0;
  };

  void Insert(std::string_view piece, TokenId id, float score);

  /// Calls visit(size, value) for each piece that `text` starts with, shortest first.
  template <typename Visit>
  void ForEachPrefix(std::string_view text, Visit visit) const {
    std::uint32_t node = 0;
    for (std::size_t size = 1; size <= text.size(); ++size) {
      node = Child(node, text[size - 1]);
      if (node == kNone) return;
      if (values_[node].id >= 0) visit(size, values_[node]);
    }
  }

  /// The value of exactly this piece; its id is -1 if there is none.
  Value Find(std::string_view piece) const;

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static std::uint64_t Key(std::uint32_t node, char byte) {
    return std::uint64_t{node} << 8 | static_cast<unsigned char>(byte);
  }
  std::uint32_t Child(std::uint32_t node, char byte) const {
    const auto found = children_.find(Key(node, byte));
    return found == children_.end() ? kNone : found->second;
  }

  std::unordered_map<std::uint64_t, std::uint32_t> children_;
  std::vector<Value> values_{1};  // of each node; node 0 is the root
};

}  // namespace talmach
