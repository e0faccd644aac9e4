// Rows of whole sentences: from packed steps to sentence by sentence and back, and their mean.
#pragma once

#include <span>

#include "kernels/attention.h"

namespace talmach {

/// out[destination[i]] = [a_i ; b_i]: joins the rows of two matrices [N, ·] at new places.
/// destination is a permutation of [0, N).
void ConcatenateRows(ConstView a, ConstView b, std::span<const Index> destination, View out);

/// The reverse: [a_i ; b_i] = in[destination[i]].
void SplitRows(ConstView in, std::span<const Index> destination, View a, View b);

/// mean_s = (1 / length_s) Σ rows of span s.
void MeanOfSpans(ConstView x, const SourceSpans& spans, View mean);

/// d_x[rows of s] += d_mean_s / length_s.
void AddMeanOfSpansBackward(ConstView d_mean, const SourceSpans& spans, View d_x);

}  // namespace talmach
