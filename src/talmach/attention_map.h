// What the decoder looked at: one attention matrix with the pieces that label it.
//
//   #include <talmach/translator.h>
//
//   const talmach::Translator translator({"runs/phrasebook/model"});
//   const std::vector<std::string> lines = {"She called her mother."};
//   const talmach::AttentionMap map = translator.Translate(lines)[0].best().attention;
//   for (std::size_t t = 0; t < map.target.size(); ++t) {
//     for (const float weight : map.Row(t)) std::cout << weight << ' ';
//     std::cout << map.target[t] << '\n';
//   }
//   std::cout << talmach::ToPharaoh(talmach::MergeWords(map)) << '\n';  // 0-0 1-1 …
//
// Row t holds the weights α_t of Bahdanau et al. 2015, section 3.1: how much each source piece
// counted when target piece t was made; a row sums to one. "</s>" ends both sides (a translation
// that was cut at its greatest length lacks it). A map is plain data that refers to nothing. The
// functions are pure and may run in any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "talmach/namespace.h"

namespace TALMACH_NAMESPACE {

/// A further matrix beside the attention weights, such as a saliency. It may have negative numbers.
struct MapLayer {
  std::string name;
  std::vector<float> values;  // [T, S]
};

/// The attention of one translation over S source and T target pieces.
struct AttentionMap {
  std::int64_t line = 0;                 // of the input, counted from 0
  std::vector<std::string> source = {};  // S pieces; "▁" marks the beginning of a word
  std::vector<std::string> target = {};  // T pieces, likewise
  std::vector<float> weights = {};       // [T, S], row by row, each in [0, 1]
  double score = 0;                      // log-probability in nats; NaN if unknown
  std::vector<MapLayer> layers = {};

  /// The weights of target piece `t`, [S].
  std::span<const float> Row(std::size_t t) const {
    return std::span(weights).subspan(t * source.size(), source.size());
  }
};

/// The map in words instead of pieces: attention to a word is the sum over its source pieces,
/// attention from a word the mean over its target pieces. Layers are merged in the same way.
AttentionMap MergeWords(const AttentionMap& map);

/// The alignment in the Pharaoh format, "0-0 1-2": each target unit with the source unit it looked
/// at most; "</s>" is linked to nothing.
std::string ToPharaoh(const AttentionMap& map);

/// Every pair of units with a weight of at least `threshold` instead.
std::string ToPharaoh(const AttentionMap& map, double threshold);

/// The map as one line of JSON without the line break, as `talmach translate --attention` writes it
/// (docs/attention.md). Throws NumericError if a weight is not finite.
std::string ToJson(const AttentionMap& map);

/// The map in a line of JSON. Throws DataError that says what is wrong with it.
AttentionMap ParseAttentionMap(std::string_view json);

}  // namespace TALMACH_NAMESPACE
