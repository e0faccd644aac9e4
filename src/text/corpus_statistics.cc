#include "text/corpus_statistics.h"

#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/checksum.h"
#include "base/unicode_text.h"
#include "base/utf8.h"
#include "text/pair_filter.h"
#include "text/text_reader.h"

namespace talmach {
namespace {

constexpr Index kLongestCounted = 4095;

void CountScripts(std::string_view text, std::map<std::string, Index>* scripts) {
  std::array<Index, USCRIPT_CODE_LIMIT> counts = {};
  const auto length = static_cast<std::int32_t>(text.size());
  for (std::int32_t position = 0; position < length;) {
    UChar32 character;
    U8_NEXT_OR_FFFD(text.data(), position, length, character);
    UErrorCode status = U_ZERO_ERROR;
    const UScriptCode script = uscript_getScript(character, &status);
    if (U_SUCCESS(status)) ++counts[static_cast<std::size_t>(script)];
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) (*scripts)[uscript_getName(static_cast<UScriptCode>(i))] += counts[i];
  }
}

}  // namespace

void LengthCounts::Add(Index length) {
  const Index counted = std::min(length, kLongestCounted);
  if (counted >= std::ssize(counts_)) counts_.resize(counted + 1);
  ++counts_[counted];
  ++num_lines_;
  total_ += length;
  longest_ = std::max(longest_, length);
}

double LengthCounts::Mean() const {
  return num_lines_ == 0 ? 0.0 : static_cast<double>(total_) / static_cast<double>(num_lines_);
}

Index LengthCounts::Quantile(double q) const {
  const auto wanted = static_cast<Index>(std::ceil(q * static_cast<double>(num_lines_)));
  Index length = 0;
  for (Index below = 0; length < std::ssize(counts_); ++length) {
    below += counts_[length];
    if (below >= wanted) break;
  }
  return length;
}

Index LengthCounts::CountIn(Index begin, Index end) const {
  Index count = 0;
  for (Index i = begin; i < std::min(end, std::ssize(counts_)); ++i) count += counts_[i];
  return count;
}

OverlapCounter::Hashes OverlapCounter::HashesOf(std::string_view source, std::string_view target) {
  return {HashOfPair(source, target, &buffer_), HashOf(Strip(source)), HashOf(Strip(target))};
}

void OverlapCounter::Add(std::string_view source, std::string_view target) {
  pairs_.push_back(HashesOf(source, target));
  for (std::size_t i = 0; i < seen_.size(); ++i) seen_[i].emplace(pairs_.back()[i], false);
}

void OverlapCounter::Observe(std::string_view source, std::string_view target) {
  const Hashes hashes = HashesOf(source, target);
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    const auto found = seen_[i].find(hashes[i]);
    if (found != seen_[i].end()) found->second = true;
  }
}

CorpusOverlap OverlapCounter::Count(const std::string& in) const {
  CorpusOverlap overlap{.of = name_, .in = in, .num_pairs = std::ssize(pairs_)};
  for (const Hashes& hashes : pairs_) {
    overlap.pairs += seen_[0].at(hashes[0]);
    overlap.sources += seen_[1].at(hashes[1]);
    overlap.targets += seen_[2].at(hashes[2]);
  }
  return overlap;
}

void CorpusStatisticsCollector::Add(std::string source, std::string target) {
  AddSide(0, std::move(source));
  AddSide(1, std::move(target));
  ++statistics_.num_pairs;
  statistics_.num_repeated += SeenBefore(2, HashOfPair(texts_[0], texts_[1], &buffer_));
  const Index source_length = CountCodePoints(Strip(texts_[0]));
  const Index target_length = CountCodePoints(Strip(texts_[1]));
  if (source_length == 0 || target_length == 0) return;
  statistics_.num_identical += Strip(texts_[0]) == Strip(texts_[1]);
  const double ratio = static_cast<double>(target_length) / static_cast<double>(source_length);
  ++statistics_.ratios[std::ranges::upper_bound(kRatioEdges, ratio) - kRatioEdges.begin()];
}

void CorpusStatisticsCollector::AddSide(std::size_t index, std::string line) {
  SideStatistics& side = index == 0 ? statistics_.source : statistics_.target;
  const Index number = statistics_.num_pairs + 1;
  const EncodingDoubt doubt = DoubtOf(line);
  if (doubt != EncodingDoubt::kNone) side.doubtful[static_cast<std::size_t>(doubt)].Add(number);
  side.num_invalid += doubt == EncodingDoubt::kUtf16 || doubt == EncodingDoubt::kSingleByte ||
                      doubt == EncodingDoubt::kInvalid;
  TextRepairs counted_above;
  CleanLine({.number = number, .first = number == 1}, &line, &counted_above);
  texts_[index] = std::move(line);
  const std::string_view text = Strip(texts_[index]);
  side.words.Add(std::ssize(SplitWhitespace(text)));
  side.characters.Add(CountCodePoints(text));
  if (tokenizers_[index]) side.pieces.Add(std::ssize(tokenizers_[index]->Encode(text)));
  side.num_empty += text.empty();
  side.num_repeated += SeenBefore(index, HashOf(text));
  CountScripts(text, &side.scripts);
}

bool CorpusStatisticsCollector::SeenBefore(std::size_t what, std::uint64_t hash) {
  const bool was_full = seen_[what].full();
  if (seen_[what].Add(hash)) return true;
  statistics_.num_forgotten += was_full;
  return false;
}

}  // namespace talmach
