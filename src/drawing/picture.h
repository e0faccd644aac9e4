// Attention pictures: source on top, target on the left, a cell per weight, a colour bar. One
// drawing code serves the three formats. Units stand in logical order: the first word of a
// right-to-left sentence is the first column. The same map gives the same bytes wherever the same
// fonts are installed.
#pragma once

#include <string>

#include "attention/attention_map.h"
#include "base/types.h"
#include "drawing/picture_format.h"

namespace talmach {

struct PictureOptions {
  /// The line above the picture; if empty, the sentence's number and score.
  std::string title = {};
  /// Writes the weights into the cells.
  bool cell_values = false;
  /// Marks the most attended source unit of each target unit.
  bool alignment_dots = false;
  /// The layer to draw instead of the attention weights. Its colours end at the largest magnitude
  /// in the sentence, on both sides of zero if there are negative numbers.
  std::string layer = {};
  /// The weight of the darkest colour. 1 makes pictures comparable with each other.
  double max_weight = 1;
  /// Pixels per point of a PNG; 3 is 216 dpi.
  double pixels_per_point = 3;
};

/// The largest number of units on a side that can be drawn.
inline constexpr Index kMaxPictureUnits = 500;

/// The bytes of the picture. Throws DataError if a side is longer than kMaxPictureUnits, or if the
/// map has no layer of the wanted name.
std::string RenderPicture(const AttentionMap& map, PictureFormat format,
                          const PictureOptions& options = {});

/// Characters of the labels that no installed font has.
Index CountMissingCharacters(const AttentionMap& map);

/// The default title, "Sentence 5   score −1.234": sentences are counted from 1.
std::string PictureTitle(const AttentionMap& map);

}  // namespace talmach
