// Tested by tests/nn/initial_state_test.cc and tests/model/gradient_test.cc.
//
// A forward layer of the encoder leaves its states packed by step (nn/sequence_packing.h);
// attention wants each sentence's annotations in one piece. ConcatenateRows joins the two
// directions and moves each row to its place in the same pass, SplitRows does the reverse for
// gradients. The mean over a sentence and its gradient belong here because they too walk over spans
// of rows.
#include "kernels/sequence_rows.h"

#include <algorithm>

#include "kernels/parallel.h"

namespace talmach {
namespace {

constexpr Index kRowGrain = 16;  // rows a thread should at least have
constexpr Index kSpanGrain = 4;  // sentences

}  // namespace

void ConcatenateRows(ConstView a, ConstView b, std::span<const Index> destination, View out) {
  Require(out.cols() == a.cols() + b.cols(), "joined rows are as wide as both");
  ParallelFor(static_cast<Index>(destination.size()), kRowGrain, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; ++i) {
      float* row = out.row(destination[i]);
      std::copy_n(a.row(i), a.cols(), row);
      std::copy_n(b.row(i), b.cols(), row + a.cols());
    }
  });
}

void SplitRows(ConstView in, std::span<const Index> destination, View a, View b) {
  Require(in.cols() == a.cols() + b.cols(), "joined rows are as wide as both");
  ParallelFor(static_cast<Index>(destination.size()), kRowGrain, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; ++i) {
      const float* row = in.row(destination[i]);
      std::copy_n(row, a.cols(), a.row(i));
      std::copy_n(row + a.cols(), b.cols(), b.row(i));
    }
  });
}

void MeanOfSpans(ConstView x, const SourceSpans& spans, View mean) {
  const Index cols = x.cols();
  ParallelFor(mean.rows(), kSpanGrain, [&](Index begin, Index end, int) {
    for (Index s = begin; s < end; ++s) {
      float* out = mean.row(s);
      std::fill_n(out, cols, 0.0f);
      for (Index j = 0; j < spans.length[s]; ++j) {
        const float* row = x.row(spans.begin[s] + j);
        for (Index c = 0; c < cols; ++c) out[c] += row[c];
      }
      const float weight = 1.0f / static_cast<float>(spans.length[s]);
      for (Index c = 0; c < cols; ++c) out[c] *= weight;
    }
  });
}

void AddMeanOfSpansBackward(ConstView d_mean, const SourceSpans& spans, View d_x) {
  const Index cols = d_x.cols();
  ParallelFor(d_mean.rows(), kSpanGrain, [&](Index begin, Index end, int) {
    for (Index s = begin; s < end; ++s) {
      const float* in = d_mean.row(s);
      const float weight = 1.0f / static_cast<float>(spans.length[s]);
      for (Index j = 0; j < spans.length[s]; ++j) {
        float* row = d_x.row(spans.begin[s] + j);
        for (Index c = 0; c < cols; ++c) row[c] += weight * in[c];
      }
    }
  });
}

}  // namespace talmach
