// Unigram: Lattice goes through the text from left to right. At each byte that some path reaches it
// adds an edge for every piece that begins there, with log F(begin) + α · score; when the byte
// where edges end is reached, all of them are known, and their logarithms are summed to log F.
// Sampling then walks from the end to the beginning, drawing at each place one of the edges that
// end there. Everything is in logarithms with the largest subtracted, since the probabilities of
// long texts underflow.
//
// BPE: symbols start as characters in a linked list; a priority queue holds the merges of
// neighbours that give a piece, best rank first. A merge that was offered before one of its sides
// merged with another neighbour is recognised by its size and skipped. A merge that is left out by
// chance is not offered again.
#include "text/segmentation_sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>
#include <utility>

#include "base/random.h"

namespace talmach {
namespace {

using Token = SegmentationSampler::Token;

constexpr double kLogZero = -std::numeric_limits<double>::infinity();

float UnknownScore(const std::vector<ScoredPiece>& pieces) {
  constexpr float kPenalty = 10.0f;
  float smallest = 0;
  for (const ScoredPiece& piece : pieces) smallest = std::min(smallest, piece.score);
  return smallest - kPenalty;
}

// The bytes of the character that begins with `lead`, in well-formed UTF-8.
std::size_t CharacterSize(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0xC0) return 1;
  if (byte < 0xE0) return 2;
  return byte < 0xF0 ? 3 : 4;
}

std::vector<Token> MergeUnknowns(const std::vector<Token>& tokens) {
  std::vector<Token> merged;
  for (const Token& token : tokens) {
    if (token.id == kUnknownId && !merged.empty() && merged.back().id == kUnknownId) {
      std::string_view& text = merged.back().text;
      text = {text.data(), text.size() + token.text.size()};
    } else {
      merged.push_back(token);
    }
  }
  return merged;
}

// The pieces of a text that lie on a path from its beginning, with forward sums.
class Lattice {
 public:
  Lattice(std::string_view text, const PieceTrie& trie, float unknown_score, float alpha)
      : text_(text), last_edge_(text.size() + 1, -1), forward_(text.size() + 1, kLogZero) {
    edges_.reserve(8 * text.size());
    forward_[0] = 0;
    for (std::size_t begin = 0; begin < text.size(); ++begin) {
      if (begin > 0) forward_[begin] = SumEdges(begin);
      if (forward_[begin] == kLogZero) continue;  // no piece ends here
      const std::size_t character = std::min(CharacterSize(text[begin]), text.size() - begin);
      bool has_character = false;
      trie.ForEachPrefix(text.substr(begin), [&](std::size_t size, PieceTrie::Value value) {
        has_character |= size == character;
        AddEdge(begin, size, value.id, alpha * value.score);
      });
      if (!has_character) AddEdge(begin, character, kUnknownId, alpha * unknown_score);
    }
    if (!text.empty()) forward_[text.size()] = SumEdges(text.size());
  }

  std::vector<Token> Sample(RandomStream& random) const {
    std::vector<Token> tokens;
    for (std::size_t end = text_.size(); end > 0;) {
      const Edge& edge = DrawEdge(end, random);
      tokens.push_back({edge.id, text_.substr(edge.begin, end - edge.begin)});
      end = edge.begin;
    }
    std::reverse(tokens.begin(), tokens.end());
    return tokens;
  }

 private:
  struct Edge {
    std::size_t begin;
    TokenId id;
    double log_sum;  // log F(begin) w
    Index previous;  // edge with the same end, or -1
  };

  void AddEdge(std::size_t begin, std::size_t size, TokenId id, double log_weight) {
    Index& last = last_edge_[begin + size];
    edges_.push_back({begin, id, forward_[begin] + log_weight, last});
    last = std::ssize(edges_) - 1;
  }

  // log F(end): every edge that ends here is known once its begin has been passed.
  double SumEdges(std::size_t end) const {
    double largest = kLogZero;
    for (Index i = last_edge_[end]; i >= 0; i = edges_[i].previous) {
      largest = std::max(largest, edges_[i].log_sum);
    }
    if (largest == kLogZero) return kLogZero;
    double sum = 0;
    for (Index i = last_edge_[end]; i >= 0; i = edges_[i].previous) {
      sum += std::exp(edges_[i].log_sum - largest);
    }
    return largest + std::log(sum);
  }

  const Edge& DrawEdge(std::size_t end, RandomStream& random) const {
    double rest = random.Uniform();
    Index index = last_edge_[end];
    // Rounding may leave a little of `rest` after the last edge, which then is the one.
    for (; edges_[index].previous >= 0; index = edges_[index].previous) {
      rest -= std::exp(edges_[index].log_sum - forward_[end]);
      if (rest < 0) break;
    }
    return edges_[index];
  }

  std::string_view text_;
  std::vector<Edge> edges_;
  std::vector<Index> last_edge_;  // [size + 1]: the newest edge that ends at a byte, or -1
  std::vector<double> forward_;   // [size + 1]: log F
};

// A merge of two neighbours that may happen.
struct Merge {
  float score;
  Index left;
  Index right;
  std::size_t size;  // of the merged piece: shows an outdated entry

  // The best score first, then the leftmost.
  bool operator<(const Merge& other) const {
    return score != other.score ? score < other.score : left > other.left;
  }
};

// The symbols of a text, linked so that neighbours stay neighbours when one is swallowed.
class SymbolList {
 public:
  SymbolList(std::string_view text, const PieceTrie& trie) : trie_(trie) {
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t size = std::min(CharacterSize(text[begin]), text.size() - begin);
      const Index index = std::ssize(symbols_);
      symbols_.push_back({text.substr(begin, size), index - 1, index + 1});
      begin += size;
    }
    for (Index i = 0; i + 1 < std::ssize(symbols_); ++i) Offer(i, i + 1);
  }

  void MergeAll(float dropout, RandomStream& random) {
    while (!merges_.empty()) {
      const Merge merge = merges_.top();
      merges_.pop();
      Symbol& left = symbols_[merge.left];
      Symbol& right = symbols_[merge.right];
      // One side has been merged with another neighbour meanwhile.
      if (left.text.empty() || right.text.empty()) continue;
      if (left.text.size() + right.text.size() != merge.size) continue;
      if (random.Uniform() < dropout) continue;
      left.text = {left.text.data(), merge.size};
      left.next = right.next;
      right.text = {};
      if (left.next < std::ssize(symbols_)) symbols_[left.next].previous = merge.left;
      if (left.previous >= 0) Offer(left.previous, merge.left);
      if (left.next < std::ssize(symbols_)) Offer(merge.left, left.next);
    }
  }

  std::vector<Token> Tokens() const {
    std::vector<Token> tokens;
    for (Index i = 0; i < std::ssize(symbols_); i = symbols_[i].next) {
      const TokenId id = trie_.Find(symbols_[i].text).id;
      tokens.push_back({id >= 0 ? id : kUnknownId, symbols_[i].text});
    }
    return tokens;
  }

 private:
  struct Symbol {
    std::string_view text;  // empty: swallowed by its left neighbour
    Index previous;
    Index next;
  };

  void Offer(Index left, Index right) {
    const std::string_view text = symbols_[left].text;
    const std::size_t size = text.size() + symbols_[right].text.size();
    const PieceTrie::Value value = trie_.Find({text.data(), size});
    if (value.id >= 0) merges_.push({value.score, left, right, size});
  }

  const PieceTrie& trie_;
  std::vector<Symbol> symbols_;
  std::priority_queue<Merge> merges_;
};

}  // namespace

SegmentationSampler::SegmentationSampler(Type type, std::vector<ScoredPiece> pieces)
    : type_(type), unknown_score_(UnknownScore(pieces)), trie_(std::move(pieces)) {}

std::vector<Token> SegmentationSampler::Sample(std::string_view normalized, float alpha,
                                               std::uint64_t key) const {
  RandomStream random(key);
  if (type_ == Type::kUnigram) {
    return MergeUnknowns(Lattice(normalized, trie_, unknown_score_, alpha).Sample(random));
  }
  SymbolList symbols(normalized, trie_);
  symbols.MergeAll(alpha, random);
  return MergeUnknowns(symbols.Tokens());
}

}  // namespace talmach
