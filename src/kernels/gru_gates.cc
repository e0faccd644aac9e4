// Forward and backward are one pass over memory each. For element i of a row the gates lie H apart
// in [r z n]; everything between loading x̂, ĥ, h and storing h' happens in registers. The next
// step's product reads h' after dropout and in its own precision, so that form is written in the
// same pass.
//
// h' = (1 − z) n + z h is computed as n + z (h − n), one operation fewer. The values kept for
// backward may overwrite x̂, which nothing reads afterwards. Sentences of a batch have different
// lengths, so `previous` may have fewer rows than the step: those past its end start from h = 0 and
// have no carry.
#include "kernels/gru_gates.h"

#include "kernels/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gru_gates.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {

// Row `row` of a view, or null if there is none.
HWY_INLINE float* RowOrNull(View view, Index row) {
  return row < view.rows() && !view.empty() ? view.row(row) : nullptr;
}
HWY_INLINE const float* RowOrNull(ConstView view, Index row) {
  return row < view.rows() && !view.empty() ? view.row(row) : nullptr;
}

void ForwardRow(const GruGatesCall& call, Index row) {
  const Index size = call.state.cols();
  const float* x = call.x_gates.row(row);
  const float* h = call.h_gates.row(row);
  const float* previous_row = RowOrNull(call.previous, row);
  float* gates = RowOrNull(call.values.gates, row);
  float* hidden_candidate = RowOrNull(call.values.hidden_candidate, row);
  float* state_row = call.state.row(row);
  const RowWriter fed_row = row < call.fed.rows() ? RowWriter(call.fed, row) : RowWriter();
  const float* mask = RowOrNull(call.fed_mask, row);
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec r = Sigmoid(hn::Add(Load(x + i, lanes), Load(h + i, lanes)));
    const Vec z = Sigmoid(hn::Add(Load(x + size + i, lanes), Load(h + size + i, lanes)));
    const Vec h_n = Load(h + 2 * size + i, lanes);
    const Vec n = Tanh(hn::MulAdd(r, h_n, Load(x + 2 * size + i, lanes)));
    const Vec before = previous_row == nullptr ? Zeros() : Load(previous_row + i, lanes);
    const Vec after = hn::MulAdd(z, hn::Sub(before, n), n);
    Store(after, state_row + i, lanes);
    if (gates != nullptr) {
      Store(r, gates + i, lanes);
      Store(z, gates + size + i, lanes);
      Store(n, gates + 2 * size + i, lanes);
      Store(h_n, hidden_candidate + i, lanes);
    }
    fed_row.Write(mask == nullptr ? after : hn::Mul(after, Load(mask + i, lanes)), i, lanes);
  });
}

void GruForwardRows(const GruGatesCall& call, Index begin, Index end) {
  for (Index row = begin; row < end; ++row) ForwardRow(call, row);
}

// With a_r = x_r + h_r and so on, and g the gradient of h' = n + z ∘ (h − n):
//   dh'/dn = 1 − z                       dn/da_n = 1 − n²      ⇒ d_n (of a_n) as in the header
//   dh'/dz = h − n                       dz/da_z = z (1 − z)
//   da_n/dr = h_n, with a_n = x_n + r h_n; dr/da_r = r (1 − r)
//   da_n/dh_n = r                        dh'/dh = z
// x_r and h_r enter only as a_r, so they share d_r; likewise d_z.
void BackwardRow(const GruGatesBackwardCall& call, Index row) {
  const Index size = call.d_state.cols();
  const float* g_row = call.d_state.row(row);
  const float* gates = call.values.gates.row(row);
  const float* hidden_candidate = call.values.hidden_candidate.row(row);
  const float* previous_row = RowOrNull(call.previous, row);
  float* carry = RowOrNull(call.d_previous, row);
  const RowWriter d_x(call.d_x_gates, row);
  const RowWriter d_h(call.d_h_gates, row);
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec one = Broadcast(1.0f);
    const Vec g = Load(g_row + i, lanes);
    const Vec r = Load(gates + i, lanes);
    const Vec z = Load(gates + size + i, lanes);
    const Vec n = Load(gates + 2 * size + i, lanes);
    const Vec h_n = Load(hidden_candidate + i, lanes);
    const Vec before = previous_row == nullptr ? Zeros() : Load(previous_row + i, lanes);
    const Vec not_z = hn::Sub(one, z);
    const Vec g_z = hn::Mul(g, z);
    const Vec d_n = hn::Mul(hn::Mul(g, not_z), hn::NegMulAdd(n, n, one));
    const Vec d_z = hn::Mul(hn::Mul(g_z, not_z), hn::Sub(before, n));
    const Vec d_r = hn::Mul(hn::Mul(d_n, h_n), hn::Mul(r, hn::Sub(one, r)));
    if (carry != nullptr) Store(g_z, carry + i, lanes);
    d_x.Write(d_r, i, lanes);
    d_x.Write(d_z, size + i, lanes);
    d_x.Write(d_n, 2 * size + i, lanes);
    d_h.Write(d_r, i, lanes);
    d_h.Write(d_z, size + i, lanes);
    d_h.Write(hn::Mul(d_n, r), 2 * size + i, lanes);
  });
}

void GruBackwardRows(const GruGatesBackwardCall& call, Index begin, Index end) {
  for (Index row = begin; row < end; ++row) BackwardRow(call, row);
}

}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace talmach {
namespace {

HWY_EXPORT(GruForwardRows);
HWY_EXPORT(GruBackwardRows);

// Elements per thread below which another thread costs more than it brings.
constexpr Index kGrainElements = 4096;

bool Covers(ConstView gates, Index rows, Index size) {
  return gates.rows() >= rows && gates.cols() >= 3 * size;
}

bool HasRows(const GruGateValues& values, Index rows, Index size) {
  return Covers(values.gates, rows, size) && values.hidden_candidate.rows() >= rows &&
         values.hidden_candidate.cols() == size;
}

}  // namespace

void GruGatesForward(const GruGatesCall& call) {
  const Index rows = call.state.rows();
  const Index size = call.state.cols();
  if (call.state.empty()) return;
  Require(Covers(call.x_gates, rows, size) && Covers(call.h_gates, rows, size),
          "gates of [B, >= 3H]");
  Require(call.previous.empty() || call.previous.cols() == size, "previous state of width H");
  Require(call.values.empty() || HasRows(call.values, rows, size),
          "gate values of [B, >= 3H] and [B, H]");
  Require(call.fed.empty() || (call.fed.rows() <= rows && call.fed.cols() == size),
          "fed state within [B, H]");
  Require(call.fed_mask.empty() ||
              (call.fed_mask.rows() >= call.fed.rows() && call.fed_mask.cols() == size),
          "a mask for every fed row");
  ParallelFor(rows, kGrainElements / size + 1, [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(GruForwardRows)(call, begin, end);
  });
}

void GruGatesBackward(const GruGatesBackwardCall& call) {
  const Index rows = call.d_state.rows();
  const Index size = call.d_state.cols();
  if (call.d_state.empty()) return;
  Require(HasRows(call.values, rows, size), "gate values of [B, >= 3H] and [B, H]");
  Require(call.previous.empty() || call.previous.cols() == size, "previous state of width H");
  Require(call.d_previous.empty() || call.d_previous.cols() == size, "carry of width H");
  Require(call.d_x_gates.rows() >= rows && call.d_x_gates.cols() >= 3 * size,
          "d_x_gates of [B, >= 3H]");
  Require(call.d_h_gates.rows() >= rows && call.d_h_gates.cols() >= 3 * size,
          "d_h_gates of [B, >= 3H]");
  ParallelFor(rows, kGrainElements / size + 1, [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(GruBackwardRows)(call, begin, end);
  });
}

}  // namespace talmach
#endif  // HWY_ONCE
