// Tested by tests/kernels/gemm_test.cc.
//
// A loop of nothing but multiply-adds on registers. Each instruction needs the result of the one
// before in its chain, so there are as many independent chains as it takes to keep every multiplier
// busy (12, or 24 where there are 32 registers). Factors are chosen so that values stay finite and
// are not denormal, which some processors compute slowly. The result is stored, or the compiler
// would remove the loop. Instructions that Highway does not wrap (bfloat16 and int8 dot products,
// AMX tiles) are written as intrinsics for their targets and called only where the processor has
// them.
#include "kernels/hardware_peak.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <vector>

#include "base/stopwatch.h"
#include "kernels/onednn.h"
#include "kernels/parallel.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/hardware_peak.cc"
#include <hwy/foreach_target.h>  // IWYU pragma: keep

#include "kernels/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace talmach {
namespace HWY_NAMESPACE {
namespace {

// As many independent chains as registers hold beside the factors.
#if HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM_A64
constexpr int kChains = 24;
#else
constexpr int kChains = 12;
#endif

double RunFloat32(std::int64_t steps, float* result) {
  const Vec factor = Broadcast(0.999f);
  const Vec addend = Broadcast(0.001f);
  Vec chains[kChains];
  HWY_UNROLL(32)
  for (int i = 0; i < kChains; ++i) chains[i] = Broadcast(static_cast<float>(i));
  for (std::int64_t step = 0; step < steps; ++step) {
    HWY_UNROLL(32)
    for (int i = 0; i < kChains; ++i) chains[i] = hn::MulAdd(chains[i], factor, addend);
  }
  Vec sum = Zeros();
  HWY_UNROLL(32)
  for (int i = 0; i < kChains; ++i) sum = hn::Add(sum, chains[i]);
  *result = SumOfLanes(sum);
  return 2.0 * kChains * static_cast<double>(NumLanes() * steps);
}

#if HWY_ARCH_X86 && HWY_TARGET <= HWY_SSE4
double RunInt8Pairs(std::int64_t steps, float* result) {
  using Shorts = hn::Repartition<std::int16_t, Ints>;
  const auto factor = hn::Set(Shorts(), 3);
  hn::Vec<Ints> chains[kChains];
  HWY_UNROLL(32)
  for (int i = 0; i < kChains; ++i) chains[i] = hn::Set(Ints(), i);
  for (std::int64_t step = 0; step < steps; ++step) {
    HWY_UNROLL(32)
    for (int i = 0; i < kChains; ++i) {
      const auto pairs = hn::BitCast(Shorts(), chains[i]);
      chains[i] = MultiplyAddPairs(pairs, factor, chains[i]);
    }
  }
  auto sum = hn::Zero(Ints());
  HWY_UNROLL(32)
  for (int i = 0; i < kChains; ++i) sum = hn::Add(sum, chains[i]);
  *result = static_cast<float>(hn::GetLane(sum));
  return 4.0 * kChains * static_cast<double>(NumLanes() * steps);
}
#else
double RunInt8Pairs(std::int64_t, float*) { return 0.0; }
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace talmach
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace talmach {
namespace {

HWY_EXPORT(RunFloat32);
HWY_EXPORT(RunInt8Pairs);

// Runs `steps` steps, leaves something that depends on all of them, returns the operations.
using Loop = double (*)(std::int64_t steps, float* result);

double Float32(std::int64_t steps, float* result) {
  return HWY_DYNAMIC_DISPATCH(RunFloat32)(steps, result);
}
double Int8Pairs(std::int64_t steps, float* result) {
  return HWY_DYNAMIC_DISPATCH(RunInt8Pairs)(steps, result);
}

#if defined(__x86_64__)
constexpr int kWideChains = 12;

__attribute__((target("avx512f,avx512bw,avx512bf16"))) double BFloat16Dot(std::int64_t steps,
                                                                          float* result) {
  const auto factor = reinterpret_cast<__m512bh>(_mm512_set1_epi32(0x3c003c00));
  __m512 chains[kWideChains];
  for (__m512& chain : chains) chain = _mm512_set1_ps(1.0f);
  for (std::int64_t step = 0; step < steps; ++step) {
#pragma GCC unroll 12
    for (int i = 0; i < kWideChains; ++i) {
      chains[i] = _mm512_dpbf16_ps(chains[i], factor, factor);
    }
  }
  __m512 sum = _mm512_setzero_ps();
  for (const __m512& chain : chains) sum = _mm512_add_ps(sum, chain);
  alignas(64) std::array<float, 16> lanes;
  _mm512_store_ps(lanes.data(), sum);
  *result = lanes[0];
  return 2.0 * 32.0 * kWideChains * static_cast<double>(steps);
}

__attribute__((target("avx512f,avx512bw,avx512vnni"))) double Int8Dot(std::int64_t steps,
                                                                      float* result) {
  const __m512i factor = _mm512_set1_epi8(3);
  __m512i chains[kWideChains];
  for (__m512i& chain : chains) chain = _mm512_set1_epi32(1);
  for (std::int64_t step = 0; step < steps; ++step) {
#pragma GCC unroll 12
    for (int i = 0; i < kWideChains; ++i) {
      chains[i] = _mm512_dpbusd_epi32(chains[i], factor, factor);
    }
  }
  __m512i sum = _mm512_setzero_si512();
  for (const __m512i& chain : chains) sum = _mm512_add_epi32(sum, chain);
  alignas(64) std::array<std::int32_t, 16> lanes;
  _mm512_store_si512(lanes.data(), sum);
  *result = static_cast<float>(lanes[0]);
  return 2.0 * 64.0 * kWideChains * static_cast<double>(steps);
}

// Eight tiles of 16 rows of 64 bytes.
struct alignas(64) TileConfiguration {
  std::uint8_t palette = 1;
  std::uint8_t first_row = 0;
  std::array<std::uint8_t, 14> reserved = {};
  std::array<std::uint16_t, 16> row_bytes = {64, 64, 64, 64, 64, 64, 64, 64};
  std::array<std::uint8_t, 16> rows = {16, 16, 16, 16, 16, 16, 16, 16};
};
constexpr std::int64_t kTileBytes = 1024;

// Linux gives a process tiles when it asks for them.
bool MayUseTiles() {
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;               // XFEATURE_XTILEDATA
  static const bool may = syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
  return may;
}

template <bool kBFloat16>
__attribute__((target("amx-tile,amx-int8,amx-bf16"))) double Tiles(std::int64_t steps,
                                                                   float* result) {
  static const TileConfiguration configuration;
  alignas(64) std::array<std::uint8_t, kTileBytes> bytes = {};
  _tile_loadconfig(&configuration);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_loadd(4, bytes.data(), 64);
  _tile_loadd(5, bytes.data(), 64);
  _tile_loadd(6, bytes.data(), 64);
  _tile_loadd(7, bytes.data(), 64);
  for (std::int64_t step = 0; step < steps; ++step) {
    if constexpr (kBFloat16) {
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    } else {
      _tile_dpbssd(0, 4, 6);
      _tile_dpbssd(1, 4, 7);
      _tile_dpbssd(2, 5, 6);
      _tile_dpbssd(3, 5, 7);
    }
  }
  _tile_stored(0, bytes.data(), 64);
  _tile_release();
  *result = static_cast<float>(bytes[0]);
  const double multiplications = 16.0 * 16.0 * (kBFloat16 ? 32.0 : 64.0);
  return 2.0 * 4.0 * multiplications * static_cast<double>(steps);
}
#endif

std::vector<Loop> LoopsFor(Precision precision) {
  std::vector<Loop> loops;
  if (precision == Precision::kFloat32) loops.push_back(Float32);
  if (precision == Precision::kInt8) loops.push_back(Int8Pairs);
#if defined(__x86_64__)
  const onednn::Instructions has = onednn::AllowedInstructions();
  const bool tiles = has.amx && MayUseTiles();
  if (precision == Precision::kBFloat16 && has.avx512_bf16) loops.push_back(BFloat16Dot);
  if (precision == Precision::kBFloat16 && tiles) loops.push_back(Tiles<true>);
  if (precision == Precision::kInt8 && has.avx512_vnni) loops.push_back(Int8Dot);
  if (precision == Precision::kInt8 && tiles) loops.push_back(Tiles<false>);
#endif
  return loops;
}

// The best speed of each thread, added up: no thread waits for another, so other work on the
// machine costs little.
double MeasureLoop(Loop loop, int num_threads) {
  constexpr double kSeconds = 0.1;
  constexpr std::int64_t kSteps = 20000;  // a millisecond at most, shorter than a time slice
  std::vector<double> best(static_cast<std::size_t>(num_threads));
  ParallelFor(num_threads, 1, [&](Index begin, Index end, int) {
    for (Index thread = begin; thread < end; ++thread) {
      float result = 0.0f;
      for (const Stopwatch total; total.Seconds() < kSeconds;) {
        const Stopwatch once;
        const double operations = loop(kSteps, &result);
        best[thread] = std::max(best[thread], operations / once.Seconds());
      }
    }
  });
  return std::accumulate(best.begin(), best.end(), 0.0);
}

}  // namespace

double MeasureHardwarePeak(Precision precision, int num_threads) {
  const ScopedNumThreads threads(num_threads);
  double peak = 0.0;
  for (const Loop loop : LoopsFor(precision)) {
    peak = std::max(peak, MeasureLoop(loop, num_threads));
  }
  return peak;
}

}  // namespace talmach
#endif  // HWY_ONCE
