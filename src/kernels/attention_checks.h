// The contract of the attention kernels, checked at their entry points: programmer mistakes become
// std::logic_error before any thread starts.
#pragma once

#include "kernels/attention.h"

namespace talmach {

/// The first `count` sources are non-empty ranges of at most `longest` of `num_rows` rows.
inline void RequireSources(const SourceSpans& spans, Index count, Index num_rows, Index longest) {
  Require(static_cast<Index>(spans.begin.size()) >= count &&
              static_cast<Index>(spans.length.size()) >= count,
          "a source for every row");
  for (Index i = 0; i < count; ++i) {
    Require(spans.length[i] > 0, "attention needs a source of at least one row");
    Require(spans.length[i] <= longest, "weights as wide as the longest source");
    Require(0 <= spans.begin[i] && spans.begin[i] + spans.length[i] <= num_rows,
            "sources inside the keys and annotations");
  }
}

inline void RequireMask(ConstView mask, ConstView weights) {
  Require(mask.empty() || (mask.rows() >= weights.rows() && mask.cols() == weights.cols()),
          "a weight mask of the shape of the weights");
}

}  // namespace talmach
