// One pass instead of five. Each element of θ, m, v and the average is read once and written once;
// Adam is bound by memory, not by arithmetic. The bias corrections are folded into two factors:
//
//   θ ← (1 − rate · decay) θ − (rate / c₁) m / (sqrt(v / c₂) + ε),    c_k = 1 − β_k^t
//
// The check for numbers that are not finite costs one multiply-add for each result: 0 · x is 0 for
// finite x and NaN for infinity and NaN, so the sum over everything written is 0 exactly if all of
// it is finite. The results do not depend on the number of threads: no element needs another. The
// sum of squares does, in its last bits: each thread sums its range in double precision, and the
// partial sums are added in the order of the threads.
#include "kernels/adam_update.h"

#include <atomic>
#include <vector>

#include "base/error.h"
#include "kernels/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/adam_update.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {
namespace {

double SumSquares(const float* values, Index size) {
  const hn::ScalableTag<double> doubles;
  const hn::Rebind<float, decltype(doubles)> floats;
  const auto step = static_cast<Index>(hn::Lanes(doubles));
  const auto square = [&](Index i) SIMD_LAMBDA {
    const auto value = hn::PromoteTo(doubles, hn::LoadU(floats, values + i));
    return hn::Mul(value, value);
  };
  auto sum0 = hn::Zero(doubles);
  auto sum1 = hn::Zero(doubles);
  Index i = 0;
  for (; i + 2 * step <= size; i += 2 * step) {
    sum0 = hn::Add(sum0, square(i));
    sum1 = hn::Add(sum1, square(i + step));
  }
  double total = hn::GetLane(hn::SumOfLanes(doubles, hn::Add(sum0, sum1)));
  for (; i < size; ++i) total += double{values[i]} * values[i];
  return total;
}

// The elements [begin, end); true if all results are finite.
bool UpdateRange(const AdamUpdateCall& call, Index begin, Index end) {
  const AdamCoefficients& a = call.coefficients;
  const float* gradient = call.gradient.data() + begin;
  float* parameters = call.parameters.data() + begin;
  float* first_moment = call.first_moment.data() + begin;
  float* second_moment = call.second_moment.data() + begin;
  float* average = call.average.empty() ? nullptr : call.average.data() + begin;
  const Vec beta1 = Broadcast(a.beta1);
  const Vec beta2 = Broadcast(a.beta2);
  const Vec rest1 = Broadcast(1.0f - a.beta1);
  const Vec rest2 = Broadcast(1.0f - a.beta2);
  const Vec scale = Broadcast(a.gradient_scale);
  const Vec step_size = Broadcast(a.learning_rate / a.correction1);
  const Vec inverse_correction2 = Broadcast(1.0f / a.correction2);
  const Vec epsilon = Broadcast(a.epsilon);
  const Vec kept = Broadcast(1.0f - a.learning_rate * a.weight_decay);
  const Vec ema = Broadcast(a.ema_decay);
  // 0 · x is 0 if x is finite, else NaN. What is stored is read again: lanes past the end do not
  // count.
  Vec zero = Zeros();
  const auto observe = [&](const float* stored, auto lanes)
                           SIMD_LAMBDA { zero = hn::MulAdd(Load(stored, lanes), Zeros(), zero); };
  ForEachVector(end - begin, [&](Index i, auto lanes) SIMD_LAMBDA {
    const Vec g = hn::Mul(scale, Load(gradient + i, lanes));
    const Vec m = hn::MulAdd(beta1, Load(first_moment + i, lanes), hn::Mul(rest1, g));
    const Vec v = hn::MulAdd(beta2, Load(second_moment + i, lanes), hn::Mul(rest2, hn::Mul(g, g)));
    const Vec deviation = hn::Add(hn::Sqrt(hn::Mul(v, inverse_correction2)), epsilon);
    const Vec step = hn::Div(hn::Mul(step_size, m), deviation);
    const Vec value = hn::MulSub(kept, Load(parameters + i, lanes), step);
    Store(m, first_moment + i, lanes);
    Store(v, second_moment + i, lanes);
    Store(value, parameters + i, lanes);
    observe(first_moment + i, lanes);
    observe(second_moment + i, lanes);
    observe(parameters + i, lanes);
    if (average != nullptr) {
      const Vec before = Load(average + i, lanes);
      Store(hn::MulAdd(ema, hn::Sub(before, value), value), average + i, lanes);
      observe(average + i, lanes);
    }
  });
  return hn::GetLane(hn::SumOfLanes(Floats(), zero)) == 0.0f;
}

void SumRange(std::span<const std::span<const float>> parts, Index begin, Index size, float* sum) {
  ForEachVector(size, [&](Index i, auto lanes) SIMD_LAMBDA {
    Vec total = Zeros();
    for (const auto& part : parts) {
      total = hn::Add(total, Load(part.data() + begin + i, lanes));
    }
    Store(total, sum + begin + i, lanes);
  });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace talmach {
namespace {

HWY_EXPORT(SumSquares);
HWY_EXPORT(UpdateRange);
HWY_EXPORT(SumRange);

constexpr Index kGrain = 1 << 14;  // elements a thread should at least have

}  // namespace

double SumOfSquares(std::span<const float> values) {
  std::vector<double> partial(static_cast<std::size_t>(NumThreads()), 0.0);
  ParallelFor(std::ssize(values), kGrain, [&](Index begin, Index end, int thread) {
    partial[thread] = HWY_DYNAMIC_DISPATCH(SumSquares)(values.data() + begin, end - begin);
  });
  double total = 0.0;
  for (const double sum : partial) total += sum;
  return total;
}

bool AdamUpdate(const AdamUpdateCall& call) {
  const std::size_t size = call.parameters.size();
  Require(call.gradient.size() == size && call.first_moment.size() == size &&
              call.second_moment.size() == size &&
              (call.average.empty() || call.average.size() == size),
          "gradients and moments have the size of the parameters");
  std::atomic<bool> finite = true;
  ParallelFor(std::ssize(call.parameters), kGrain, [&](Index begin, Index end, int) {
    if (!HWY_DYNAMIC_DISPATCH(UpdateRange)(call, begin, end)) finite = false;
  });
  return finite;
}

void SumInto(std::span<const std::span<const float>> parts, std::span<float> sum) {
  for (const auto& part : parts) {
    Require(part.size() == sum.size(), "all parts of a sum have one size");
  }
  ParallelFor(std::ssize(sum), kGrain, [&](Index begin, Index end, int) {
    HWY_DYNAMIC_DISPATCH(SumRange)(parts, begin, end - begin, sum.data());
  });
}

}  // namespace talmach
#endif  // HWY_ONCE
