#include "kernels/elementwise.h"

#include <algorithm>
#include <cmath>

#include "kernels/parallel.h"

namespace talmach {
namespace {

constexpr Index kGrain = 1 << 13;  // elements a thread should at least have

void Store(const Operand& out, Index i, float value) {
  if (out.precision() == Precision::kFloat32) {
    out.float32()[i] = value;
  } else {
    out.bfloat16()[i] = BFloat16(value);
  }
}

}  // namespace

void Tanh(ConstView x, View y) {
  Require(x.size() == y.size(), "a function of a matrix has its size");
  ParallelFor(x.size(), kGrain, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; ++i) y[i] = std::tanh(x[i]);
  });
}

void TanhBackward(ConstView d_y, ConstView y, const Operand& d_x) {
  Require(d_y.size() == y.size() && d_x.rows() * d_x.cols() == y.size(),
          "a gradient has the size of its value");
  ParallelFor(y.size(), kGrain, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; ++i) Store(d_x, i, d_y[i] * (1.0f - y[i] * y[i]));
  });
}

void Maxout(ConstView x, View y) {
  Require(x.rows() == y.rows() && x.cols() == 2 * y.cols(), "maxout halves the columns");
  ParallelFor(y.size(), kGrain, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; ++i) y[i] = std::max(x[2 * i], x[2 * i + 1]);
  });
}

void MaxoutBackward(ConstView d_y, ConstView x, const Operand& d_x) {
  Require(x.rows() == d_y.rows() && x.cols() == 2 * d_y.cols() && d_x.rows() == x.rows() &&
              d_x.cols() == x.cols(),
          "maxout halves the columns");
  ParallelFor(d_y.size(), kGrain, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; ++i) {
      const bool first = x[2 * i] >= x[2 * i + 1];
      Store(d_x, 2 * i, first ? d_y[i] : 0.0f);
      Store(d_x, 2 * i + 1, first ? 0.0f : d_y[i]);
    }
  });
}

void AddScaled(float alpha, ConstView x, View y) {
  Require(x.size() == y.size(), "both summands have one size");
  ParallelFor(y.size(), kGrain, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; ++i) y[i] += alpha * x[i];
  });
}

void AddMasked(ConstView x, ConstView mask, View y) {
  Require(x.size() == y.size() && (mask.empty() || mask.size() == x.size()),
          "summands and mask have one size");
  if (mask.empty()) return AddScaled(1.0f, x, y);
  ParallelFor(y.size(), kGrain, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; ++i) y[i] += x[i] * mask[i];
  });
}

void Scale(float alpha, View x) {
  ParallelFor(x.size(), kGrain, [&](Index begin, Index end, int) {
    for (Index i = begin; i < end; ++i) x[i] *= alpha;
  });
}

}  // namespace talmach
