// With pieces [s_b, s_e) of a source word and [t_b, t_e) of a target word, the merged weight is
//
//   1 / (t_e − t_b) · Σ_t Σ_s α_ts
//
// a sum over the source, because attention to a word is attention to any of its pieces, and a mean
// over the target, because each of its pieces spends a whole unit of attention. Rows still sum to
// one.
#include "attention/word_units.h"

namespace talmach {
namespace {

std::vector<std::string> WordTexts(std::span<const std::string> pieces,
                                   std::span<const WordSpan> words) {
  std::vector<std::string> texts;
  for (const WordSpan& word : words) {
    texts.push_back(JoinPieces(pieces.subspan(word.begin, word.end - word.begin), ""));
  }
  return texts;
}

// [T, S] to [target words, source words].
std::vector<float> MergeMatrix(const std::vector<float>& values, Index source_length,
                               std::span<const WordSpan> source_words,
                               std::span<const WordSpan> target_words) {
  std::vector<float> merged;
  merged.reserve(source_words.size() * target_words.size());
  for (const WordSpan& target : target_words) {
    for (const WordSpan& source : source_words) {
      double sum = 0;
      for (Index t = target.begin; t < target.end; ++t) {
        for (Index s = source.begin; s < source.end; ++s) sum += values[t * source_length + s];
      }
      merged.push_back(static_cast<float>(sum / static_cast<double>(target.end - target.begin)));
    }
  }
  return merged;
}

}  // namespace

std::vector<WordSpan> FindWords(std::span<const std::string> pieces) {
  std::vector<WordSpan> words;
  bool after_end = false;
  for (Index i = 0; i < static_cast<Index>(pieces.size()); ++i) {
    const bool is_end = pieces[i] == kEndPiece;
    const bool starts = i == 0 || is_end || after_end || pieces[i].starts_with(kWordMark);
    if (starts) words.push_back({i, i});
    words.back().end = i + 1;
    after_end = is_end;
  }
  return words;
}

AttentionMap MergeWords(const AttentionMap& map) {
  CheckShape(map);
  const auto source_words = FindWords(map.source);
  const auto target_words = FindWords(map.target);
  AttentionMap merged{
      .line = map.line,
      .source = WordTexts(map.source, source_words),
      .target = WordTexts(map.target, target_words),
      .weights = MergeMatrix(map.weights, map.source_length(), source_words, target_words),
      .score = map.score};
  for (const AttentionLayer& layer : map.layers) {
    merged.layers.push_back(
        {.name = layer.name,
         .values = MergeMatrix(layer.values, map.source_length(), source_words, target_words)});
  }
  return merged;
}

AttentionMap InUnits(const AttentionMap& map, Units units) {
  return units == Units::kWord ? MergeWords(map) : map;
}

}  // namespace talmach
