#include "text/given_tokenizer.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/piece_marks.h"
#include "text/given_vocabulary.h"

namespace talmach {
namespace {

constexpr std::string_view kContinuation = "@@";
constexpr const char* kUnknownMark = "⁇";

// Whether the word goes on in the next piece.
bool GoesOn(std::string_view piece) {
  return piece.size() > kContinuation.size() && piece.ends_with(kContinuation);
}

class GivenTokenizer : public Tokenizer {
 public:
  explicit GivenTokenizer(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {
    for (TokenId id = 0; id < size(); ++id) ids_[pieces_[id]] = id;
    const auto is_marked = [](const std::string& piece) { return piece.starts_with(kWordMark); };
    has_marks_ = std::ranges::count_if(pieces_, is_marked) > std::ranges::count_if(pieces_, GoesOn);
  }

  std::vector<TokenId> Encode(std::string_view text) const override {
    std::vector<TokenId> ids;
    for (const std::string_view piece : SplitGivenPieces(text)) {
      const TokenId id = IdOf(piece);
      ids.push_back(id > kEndId ? id : kUnknownId);  // text names no reserved pieces
    }
    return ids;
  }
  std::vector<std::string> EncodePieces(std::string_view text) const override {
    const std::vector<std::string_view> pieces = SplitGivenPieces(text);
    return {pieces.begin(), pieces.end()};
  }

  bool CanSample() const override { return false; }
  std::vector<TokenId> Sample(std::string_view /*text*/, float /*alpha*/,
                              std::uint64_t /*key*/) const override {
    Require(false, "given pieces are one segmentation");
    return {};
  }

  std::string Decode(std::span<const TokenId> ids) const override {
    std::vector<std::string> pieces;
    for (const TokenId id : ids) {
      Require(0 <= id && id < size(), "a token is in the vocabulary");
      if (id == kBeginId || id == kEndId) continue;
      pieces.push_back(id == kUnknownId ? kUnknownMark : pieces_[id]);
    }
    return DecodePieces(pieces);
  }
  std::string DecodePieces(std::span<const std::string> pieces) const override {
    const std::string text = JoinPieces(WithWordMarks({pieces.begin(), pieces.end()}), " ");
    return text.substr(std::min(text.find_first_not_of(' '), text.size()));
  }

  std::vector<std::string> WithWordMarks(std::vector<std::string> pieces) const override;
  bool FollowsSpace(TokenId /*id*/) const override { return true; }

  const std::string& PieceOf(TokenId id) const override {
    Require(0 <= id && id < size(), "a token is in the vocabulary");
    return pieces_[id];
  }
  TokenId IdOf(std::string_view piece) const override {
    const auto found = ids_.find(piece);
    return found == ids_.end() ? kUnknownId : found->second;
  }
  Index size() const override { return std::ssize(pieces_); }

 private:
  std::vector<std::string> pieces_;
  std::unordered_map<std::string_view, TokenId> ids_;  // views of pieces_
  bool has_marks_ = false;
};

std::vector<std::string> GivenTokenizer::WithWordMarks(std::vector<std::string> pieces) const {
  if (has_marks_) return pieces;
  bool begins = true;
  for (std::string& piece : pieces) {
    const bool goes_on = GoesOn(piece);
    if (goes_on) piece.resize(piece.size() - kContinuation.size());
    if (begins) piece.insert(0, kWordMark);
    begins = !goes_on;
  }
  return pieces;
}

}  // namespace

std::shared_ptr<Tokenizer> MakeGivenTokenizer(const std::string& path, std::string_view list) {
  return std::make_shared<GivenTokenizer>(ParsePieceList(path, list));
}

}  // namespace talmach
