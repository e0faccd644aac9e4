#include "text/line_ranges.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "base/error.h"
#include "base/split.h"

namespace talmach {
namespace {

constexpr Index kNoEnd = std::numeric_limits<Index>::max();

std::optional<Index> ParseLine(std::string_view text) {
  Index line = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), line);
  if (error != std::errc() || end != text.data() + text.size() || line < 1) return std::nullopt;
  return line;
}

// "3", "3-5" or "3-".
std::optional<std::pair<Index, Index>> ParseRange(std::string_view text) {
  const std::size_t hyphen = text.find('-');
  const std::optional<Index> first = ParseLine(text.substr(0, hyphen));
  if (hyphen == text.npos) return first ? std::optional(std::pair(*first, *first)) : std::nullopt;
  const std::string_view rest = text.substr(hyphen + 1);
  const std::optional<Index> last = rest.empty() ? kNoEnd : ParseLine(rest);
  if (!first || !last || *first > *last) return std::nullopt;
  return std::pair(*first, *last);
}

}  // namespace

LineRanges LineRanges::Parse(std::string_view text, const std::string& where) {
  LineRanges result;
  for (const std::string_view part : Split(text, ',')) {
    const auto range = ParseRange(part);
    if (!range) {
      throw ConfigError({.where = where,
                         .expected = "line numbers from 1 such as 1-20 or 3,5,9-",
                         .got = std::string(text)});
    }
    result.ranges_.push_back(*range);
  }
  return result;
}

bool LineRanges::Contains(Index line) const {
  return ranges_.empty() || std::ranges::any_of(ranges_, [line](const auto& range) {
           return range.first <= line && line <= range.second;
         });
}

}  // namespace talmach
