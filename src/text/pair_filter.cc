#include "text/pair_filter.h"

#include <fmt/format.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <numeric>

#include "base/checksum.h"
#include "base/group_digits.h"
#include "base/numbers.h"
#include "base/unicode_text.h"
#include "base/utf8.h"

namespace talmach {
namespace {

bool IsLetter(UChar32 character) {
  return (U_GET_GC_MASK(character) & (U_GC_L_MASK | U_GC_M_MASK)) != 0;
}

double ShareOfLetters(std::string_view text) {
  Index num_letters = 0;
  Index num_characters = 0;
  const auto length = static_cast<std::int32_t>(text.size());
  for (std::int32_t position = 0; position < length;) {
    UChar32 character;
    U8_NEXT_OR_FFFD(text.data(), position, length, character);
    num_letters += IsLetter(character);
    num_characters += !IsWhitespace(static_cast<char32_t>(character));
  }
  return static_cast<double>(num_letters) / static_cast<double>(num_characters);
}

// The lengths are those of texts that are not empty.
bool IsRatioAbove(double limit, Index a, Index b) {
  return static_cast<double>(std::max(a, b)) > limit * static_cast<double>(std::min(a, b));
}

// What is said behind the number of pairs.
std::string Description(DropReason reason, const PairFilterOptions& options) {
  switch (reason) {
    case DropReason::kEmpty:
      return "empty";
    case DropReason::kTooLong:
      return fmt::format("longer than {} characters", options.max_characters);
    case DropReason::kLengthRatio:
      return "with a length ratio above " + NumberText(options.max_length_ratio);
    case DropReason::kIdentical:
      return "with identical sides";
    case DropReason::kFewLetters:
      return fmt::format("with a share of letters below {}", NumberText(options.min_letters));
    case DropReason::kDuplicate:
      break;
  }
  return "equal to an earlier pair";
}

}  // namespace

std::string_view ToString(DropReason reason) {
  static constexpr std::array<std::string_view, kNumDropReasons> kNames = {
      "empty", "too_long", "length_ratio", "identical", "few_letters", "duplicate"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::optional<DropReason> JudgePair(const PairFilterOptions& options, std::string_view source,
                                    std::string_view target) {
  source = Strip(source);
  target = Strip(target);
  if (source.empty() || target.empty()) return DropReason::kEmpty;
  const Index source_length = CountCodePoints(source);
  const Index target_length = CountCodePoints(target);
  if (options.max_characters > 0 &&
      std::max(source_length, target_length) > options.max_characters) {
    return DropReason::kTooLong;
  }
  if (options.max_length_ratio > 0 &&
      IsRatioAbove(options.max_length_ratio, source_length, target_length)) {
    return DropReason::kLengthRatio;
  }
  if (options.identical && source == target) return DropReason::kIdentical;
  if (options.min_letters > 0 && (ShareOfLetters(source) < options.min_letters ||
                                  ShareOfLetters(target) < options.min_letters)) {
    return DropReason::kFewLetters;
  }
  return std::nullopt;
}

Index PairCounts::num_dropped() const {
  return std::accumulate(dropped.begin(), dropped.end(), Index{0});
}

std::string PairCounts::Summary(const PairFilterOptions& options) const {
  std::string parts;
  for (std::size_t i = 0; i < dropped.size(); ++i) {
    if (dropped[i] == 0) continue;
    parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", GroupDigits(dropped[i]),
                         Description(static_cast<DropReason>(i), options));
  }
  if (parts.empty()) return parts;
  return fmt::format("of {} pairs left out: {}", GroupDigits(num_pairs), parts);
}

std::optional<DropReason> PairFilter::Judge(std::string_view source, std::string_view target) {
  ++counts_.num_pairs;
  std::optional<DropReason> reason = JudgePair(options_, source, target);
  if (!reason && options_.duplicates && IsDuplicate(source, target)) {
    reason = DropReason::kDuplicate;
  }
  if (reason) ++counts_.dropped[static_cast<std::size_t>(*reason)];
  return reason;
}

bool PairFilter::IsDuplicate(std::string_view source, std::string_view target) {
  const bool was_full = seen_.full();
  if (seen_.Add(HashOfPair(source, target, &pair_))) return true;
  num_forgotten_ += was_full;
  return false;
}

std::uint64_t HashOfPair(std::string_view source, std::string_view target, std::string* buffer) {
  // Lines hold no line break, so that no other pair makes the same text.
  buffer->assign(Strip(source)).append("\n").append(Strip(target));
  return HashOf(*buffer);
}

}  // namespace talmach
