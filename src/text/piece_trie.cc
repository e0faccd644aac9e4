#include "text/piece_trie.h"

namespace talmach {

void PieceTrie::Insert(std::string_view piece, TokenId id, float score) {
  std::uint32_t node = 0;
  for (const char byte : piece) {
    const auto fresh = static_cast<std::uint32_t>(values_.size());
    const auto [child, inserted] = children_.try_emplace(Key(node, byte), fresh);
    if (inserted) values_.emplace_back();
    node = child->second;
  }
  values_[node] = {.id = id, .score = score};
}

PieceTrie::Value PieceTrie::Find(std::string_view piece) const {
  std::uint32_t node = 0;
  for (const char byte : piece) {
    node = Child(node, byte);
    if (node == kNone) return {};
  }
  return values_[node];
}

}  // namespace talmach
