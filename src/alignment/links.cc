#include "alignment/links.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/error.h"

namespace talmach {
namespace {

std::optional<AlignmentLink> ParseLink(std::string_view word) {
  const char* end = word.data() + word.size();
  AlignmentLink link;
  const auto [middle, source_error] = std::from_chars(word.data(), end, link.source);
  if (source_error != std::errc() || middle == end || *middle != '-') return std::nullopt;
  const auto [rest, target_error] = std::from_chars(middle + 1, end, link.target);
  if (target_error != std::errc() || rest != end) return std::nullopt;
  if (link.source < 0 || link.target < 0) return std::nullopt;
  return link;
}

void SortOnce(Alignment* alignment) {
  std::ranges::sort(*alignment);
  alignment->erase(std::unique(alignment->begin(), alignment->end()), alignment->end());
}

}  // namespace

std::string ToPharaoh(const Alignment& alignment) {
  std::string text;
  for (const AlignmentLink& link : alignment) {
    if (!text.empty()) text += ' ';
    text += std::to_string(link.source) + "-" + std::to_string(link.target);
  }
  return text;
}

Alignment ParsePharaoh(std::string_view line, const std::string& where) {
  constexpr std::string_view kSpace = " \t\r";
  Alignment alignment;
  for (std::size_t begin; (begin = line.find_first_not_of(kSpace)) != std::string_view::npos;) {
    line.remove_prefix(begin);
    const std::string_view word = line.substr(0, line.find_first_of(kSpace));
    const std::optional<AlignmentLink> link = ParseLink(word);
    if (!link) {
      throw DataError({.where = where,
                       .what = "not an alignment",
                       .expected = "links like 0-1",
                       .got = "'" + std::string(word.substr(0, 40)) + "'"});
    }
    alignment.push_back(*link);
    line.remove_prefix(word.size());
  }
  SortOnce(&alignment);
  return alignment;
}

Alignment Transpose(const Alignment& reverse) {
  Alignment alignment;
  for (const AlignmentLink& link : reverse) alignment.push_back({link.target, link.source});
  SortOnce(&alignment);
  return alignment;
}

}  // namespace talmach
