// Each number is a mean over its own kind of unit, so each has its own count: rows for entropy,
// source units for coverage, neighbouring rows for monotonicity, rows with a defined τ for each
// layer. A corpus is added up in the same counters, which makes long sentences count by their
// length.
#include "attention/attention_statistics.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "attention/rank_correlation.h"

namespace talmach {
namespace {

double Entropy(std::span<const float> row) {
  double entropy = 0;
  for (const double weight : row) {
    if (weight > 0) entropy -= weight * std::log(weight);
  }
  return entropy;
}

}  // namespace

bool IsPunctuation(const std::string& unit) {
  std::string_view text = unit;
  if (text.starts_with(kWordMark)) text.remove_prefix(kWordMark.size());
  if (text.empty()) return false;
  const auto length = static_cast<std::int64_t>(text.size());
  for (std::int64_t position = 0; position < length;) {
    UChar32 code_point;
    U8_NEXT(text.data(), position, length, code_point);
    constexpr std::uint32_t kMarks = U_GC_P_MASK | U_GC_S_MASK;
    if (code_point < 0 || (U_GET_GC_MASK(code_point) & kMarks) == 0) return false;
  }
  return true;
}

void AttentionStatistics::Add(const AttentionMap& map) {
  CheckShape(map);
  ++num_lines_;
  if (map.source.empty()) return;
  AddRows(map);
  AddCoverage(map);
  AddSteps(map);
  AddLayers(map);
}

void AttentionStatistics::AddRows(const AttentionMap& map) {
  std::vector<bool> punctuation(map.source.size());
  for (std::size_t s = 0; s < map.source.size(); ++s) {
    punctuation[s] = map.source[s] != kEndPiece && IsPunctuation(map.source[s]);
  }
  for (Index t = 0; t < map.target_length(); ++t) {
    const auto row = map.Row(t);
    double end_share = 0;
    double punctuation_share = 0;
    for (std::size_t s = 0; s < row.size(); ++s) {
      if (map.source[s] == kEndPiece) end_share += row[s];
      if (punctuation[s]) punctuation_share += row[s];
    }
    entropy_.Add(Entropy(row));
    sharpness_.Add(*std::max_element(row.begin(), row.end()));
    end_share_.Add(end_share);
    punctuation_share_.Add(punctuation_share);
  }
}

void AttentionStatistics::AddCoverage(const AttentionMap& map) {
  for (std::size_t s = 0; s < map.source.size(); ++s) {
    if (map.source[s] == kEndPiece) continue;
    double sum = 0;
    for (Index t = 0; t < map.target_length(); ++t) sum += map.Row(t)[s];
    coverage_.Add(std::min(1.0, sum));
  }
}

void AttentionStatistics::AddSteps(const AttentionMap& map) {
  std::optional<Index> previous;
  for (Index t = 0; t < map.target_length(); ++t) {
    const auto row = map.Row(t);
    const Index position = std::max_element(row.begin(), row.end()) - row.begin();
    if (map.source[position] == kEndPiece) continue;
    if (previous) monotonicity_.Add(position >= *previous ? 1 : 0);
    previous = position;
  }
}

void AttentionStatistics::AddLayers(const AttentionMap& map) {
  for (const AttentionLayer& layer : map.layers) {
    auto found = std::ranges::find(kendall_tau_, layer.name, &std::pair<std::string, Mean>::first);
    if (found == kendall_tau_.end()) {
      found = kendall_tau_.insert(found, {layer.name, Mean()});
    }
    std::vector<float> magnitudes(map.source.size());
    for (Index t = 0; t < map.target_length(); ++t) {
      const float* row = layer.values.data() + t * map.source_length();
      std::transform(row, row + magnitudes.size(), magnitudes.begin(),
                     [](float value) { return std::abs(value); });
      const double tau = KendallTau(map.Row(t), magnitudes);
      if (!std::isnan(tau)) found->second.Add(tau);
    }
  }
}

AttentionNumbers AttentionStatistics::Numbers() const {
  AttentionNumbers numbers = {.entropy = entropy_.Value(),
                              .sharpness = sharpness_.Value(),
                              .coverage = coverage_.Value(),
                              .monotonicity = monotonicity_.Value(),
                              .end_share = end_share_.Value(),
                              .punctuation_share = punctuation_share_.Value()};
  for (const auto& [name, tau] : kendall_tau_) {
    numbers.kendall_tau.emplace_back(name, tau.Value());
  }
  return numbers;
}

AttentionNumbers MeasureAttention(const AttentionMap& map) {
  AttentionStatistics statistics;
  statistics.Add(map);
  return statistics.Numbers();
}

}  // namespace talmach
