// Speed of the hand-written kernels at the shapes of the reference model: A = 512, C = 1024,
// H = 512, V = 8000. The argument of each benchmark is the number of threads.
//
//   build/release/bin/kernels_benchmark --benchmark_repetitions=5
#include <benchmark/benchmark.h>

#include <cmath>
#include <random>
#include <vector>

#include "kernels/attention.h"
#include "kernels/gru_gates.h"
#include "kernels/layer_norm.h"
#include "kernels/parallel.h"
#include "kernels/softmax.h"
#include "kernels/top_k.h"
#include "tensor/tensor.h"

namespace talmach {
namespace {

Tensor<float> RandomMatrix(Index rows, Index cols, float range = 1.0f) {
  static std::mt19937 generator(1);
  std::uniform_real_distribution<float> uniform(-range, range);
  Tensor<float> matrix({rows, cols});
  for (float& value : matrix.view().span()) value = uniform(generator);
  return matrix;
}

// Reports elements per second: of tanh, of logits, of gate units.
void ReportElements(benchmark::State& state, Index per_iteration) {
  state.counters["elements"] = benchmark::Counter(static_cast<double>(per_iteration),
                                                  benchmark::Counter::kIsIterationInvariantRate);
}

// One decoder step: `rows` queries, each with a source of its own, or in groups of `beam`.
struct AttentionStep {
  AttentionStep(Index rows, Index length, Index beam = 1)
      : query(RandomMatrix(rows, kKeys)),
        keys(RandomMatrix(rows / beam * length, kKeys)),
        annotations(RandomMatrix(rows / beam * length, kAnnotations)),
        scale(RandomMatrix(1, kKeys)),
        d_context(RandomMatrix(rows, kAnnotations)),
        weights({rows, length}),
        context({rows, kAnnotations}),
        d_query({rows, kKeys}),
        d_keys({rows * length, kKeys}),
        d_scale({1, kKeys}) {
    for (Index row = 0; row < rows; ++row) begins.push_back(row / beam * length);
    lengths.assign(begins.size(), length);
  }
  static constexpr Index kKeys = 512;
  static constexpr Index kAnnotations = 1024;

  void Forward() {
    AttentionForward({.query = query.view(),
                      .keys = keys.view(),
                      .annotations = annotations.view(),
                      .spans = {begins, lengths},
                      .energy = {.scale = scale.data()},
                      .weights = weights.view(),
                      .context = context.view()});
  }
  void Backward() {
    AttentionBackward({.d_context = d_context.view(),
                       .query = query.view(),
                       .keys = keys.view(),
                       .annotations = annotations.view(),
                       .spans = {begins, lengths},
                       .energy = {.scale = scale.data()},
                       .weights = weights.view(),
                       .d_query = Operand(d_query.view()),
                       .d_keys = d_keys.view(),
                       .d_scale = d_scale.data()});
  }
  Index num_energies() const { return weights.size() * kKeys; }

  Tensor<float> query, keys, annotations, scale, d_context;
  Tensor<float> weights, context, d_query, d_keys, d_scale;
  std::vector<Index> begins, lengths;
};

void BM_AttentionForward(benchmark::State& state) {
  SetNumThreads(static_cast<int>(state.range(0)));
  AttentionStep step(64, 15);
  for (auto _ : state) step.Forward();
  ReportElements(state, step.num_energies());
}

void BM_AttentionForwardOfBeam(benchmark::State& state) {
  SetNumThreads(static_cast<int>(state.range(0)));
  AttentionStep step(320, 15, 5);
  for (auto _ : state) step.Forward();
  ReportElements(state, step.num_energies());
}

void BM_AttentionBackward(benchmark::State& state) {
  SetNumThreads(static_cast<int>(state.range(0)));
  AttentionStep step(64, 15);
  step.Forward();
  for (auto _ : state) step.Backward();
  ReportElements(state, step.num_energies());
}

// All 15 steps of 64 sources at once.
void BM_AttentionAnnotations(benchmark::State& state) {
  SetNumThreads(static_cast<int>(state.range(0)));
  constexpr Index kSources = 64;
  constexpr Index kLength = 15;
  const AttentionStep step(kSources, kLength);
  const Tensor<float> weights = RandomMatrix(kSources * kLength, kLength);
  const Tensor<float> d_context = RandomMatrix(kSources * kLength, AttentionStep::kAnnotations);
  Tensor<float> d_annotations({kSources * kLength, AttentionStep::kAnnotations});
  const std::vector<Index> num_steps(kSources, kLength);
  std::vector<Index> step_begin;
  for (Index i = 0; i < kLength; ++i) step_begin.push_back(i * kSources);
  for (auto _ : state) {
    AttentionAccumulateAnnotations({.weights = weights.view(),
                                    .d_context = d_context.view(),
                                    .spans = {step.begins, step.lengths},
                                    .step_begin = step_begin,
                                    .num_steps = num_steps,
                                    .d_annotations = d_annotations.view()});
  }
  ReportElements(state, weights.size() * AttentionStep::kAnnotations);
}

// 480 rows of 8000 logits.
struct Logits {
  Logits() : logits(RandomMatrix(480, 8000, 10.0f)), d_logits({480, 8000}), halves({480, 8000}) {
    for (TokenId row = 0; row < 480; ++row) targets.push_back(row * 16);
    losses.resize(targets.size());
    log_likelihoods.resize(targets.size());
  }
  void CrossEntropy(const Operand& out) {
    SoftmaxCrossEntropy({.logits = logits.view(),
                         .targets = targets,
                         .smoothing = 0.1f,
                         .d_logits = out,
                         .losses = losses,
                         .log_likelihoods = log_likelihoods});
  }
  Tensor<float> logits, d_logits;
  Tensor<BFloat16> halves;
  std::vector<TokenId> targets;
  std::vector<float> losses, log_likelihoods;
};

void BM_SoftmaxCrossEntropy(benchmark::State& state) {
  SetNumThreads(static_cast<int>(state.range(0)));
  Logits step;
  for (auto _ : state) step.CrossEntropy(Operand(step.d_logits.view()));
  ReportElements(state, step.logits.size());
}

void BM_SoftmaxCrossEntropyToBFloat16(benchmark::State& state) {
  SetNumThreads(static_cast<int>(state.range(0)));
  Logits step;
  for (auto _ : state) step.CrossEntropy(Operand(step.halves.view()));
  ReportElements(state, step.logits.size());
}

void BM_SoftmaxCrossEntropyInPlace(benchmark::State& state) {
  SetNumThreads(static_cast<int>(state.range(0)));
  Logits step;
  for (auto _ : state) step.CrossEntropy(Operand(step.logits.view()));
  ReportElements(state, step.logits.size());
}

void BM_LogSoftmaxAndTop5OfBeam(benchmark::State& state) {
  SetNumThreads(static_cast<int>(state.range(0)));
  const Tensor<float> logits = RandomMatrix(320, 8000, 10.0f);
  Tensor<float> scores({320, 8000});
  Tensor<float> values({320, 5});
  Tensor<TokenId> columns({320, 5});
  for (auto _ : state) {
    LogSoftmax(logits.view(), scores.view());
    TopK(scores.view(), values.view(), columns.view());
  }
  ReportElements(state, logits.size());
}

void BM_LogSoftmaxOfBeam(benchmark::State& state) {
  SetNumThreads(static_cast<int>(state.range(0)));
  const Tensor<float> logits = RandomMatrix(320, 8000, 10.0f);
  Tensor<float> scores({320, 8000});
  for (auto _ : state) LogSoftmax(logits.view(), scores.view());
  ReportElements(state, logits.size());
}

void BM_Top5OfBeam(benchmark::State& state) {
  SetNumThreads(static_cast<int>(state.range(0)));
  const Tensor<float> logits = RandomMatrix(320, 8000, 10.0f);
  Tensor<float> values({320, 5});
  Tensor<TokenId> columns({320, 5});
  for (auto _ : state) TopK(logits.view(), values.view(), columns.view());
  ReportElements(state, logits.size());
}

// One GRU step of 64 rows and 512 units.
struct GateStep {
  GateStep()
      : x(RandomMatrix(64, 1536, 3.0f)),
        h(RandomMatrix(64, 1536, 3.0f)),
        previous(RandomMatrix(64, 512)),
        state({64, 512}),
        gates({64, 1536}),
        hidden_candidate({64, 512}),
        d_x({64, 1536}),
        d_h({64, 1536}) {}

  GruGateValues values() { return {gates.view(), hidden_candidate.view()}; }
  void Forward() {
    GruGatesForward({.x_gates = x.view(),
                     .h_gates = h.view(),
                     .previous = previous.view(),
                     .values = values(),
                     .state = state.view()});
  }
  void Backward() {
    GruGatesBackward({.d_state = previous.view(),
                      .values = values(),
                      .previous = previous.view(),
                      .d_x_gates = Operand(d_x.view()),
                      .d_h_gates = Operand(d_h.view()),
                      .d_previous = state.view()});
  }
  Tensor<float> x, h, previous, state, gates, hidden_candidate, d_x, d_h;
};

void BM_GruGatesForward(benchmark::State& state) {
  SetNumThreads(static_cast<int>(state.range(0)));
  GateStep step;
  for (auto _ : state) step.Forward();
  ReportElements(state, step.state.size());
}

void BM_GruGatesBackward(benchmark::State& state) {
  SetNumThreads(static_cast<int>(state.range(0)));
  GateStep step;
  step.Forward();
  for (auto _ : state) step.Backward();
  ReportElements(state, step.state.size());
}

// 960 rows of three blocks of 512.
void BM_LayerNormForward(benchmark::State& state) {
  SetNumThreads(static_cast<int>(state.range(0)));
  const Tensor<float> x = RandomMatrix(960, 1536);
  const Tensor<float> gain = RandomMatrix(2, 1536);
  Tensor<float> y({960, 1536});
  Tensor<float> normalised({960, 1536});
  Tensor<float> inverse_deviation({960, 3});
  for (auto _ : state) {
    LayerNormForward({.x = x.view(),
                      .num_blocks = 3,
                      .block_size = 512,
                      .gain = gain.data(),
                      .bias = gain.view().row(1),
                      .y = y.view(),
                      .normalised = normalised.view(),
                      .inverse_deviation = inverse_deviation.view()});
  }
  ReportElements(state, x.size());
}

void BM_LayerNormBackward(benchmark::State& state) {
  SetNumThreads(static_cast<int>(state.range(0)));
  const Tensor<float> normalised = RandomMatrix(960, 1536);
  const Tensor<float> d_y = RandomMatrix(960, 1536);
  const Tensor<float> gain = RandomMatrix(1, 1536);
  const Tensor<float> inverse_deviation = RandomMatrix(960, 3);
  Tensor<float> d_x({960, 1536});
  Tensor<float> d_gain({2, 1536});
  for (auto _ : state) {
    LayerNormBackward({.d_y = d_y.view(),
                       .normalised = normalised.view(),
                       .inverse_deviation = inverse_deviation.view(),
                       .num_blocks = 3,
                       .block_size = 512,
                       .gain = gain.data(),
                       .d_x = Operand(d_x.view()),
                       .d_gain = d_gain.data(),
                       .d_bias = d_gain.view().row(1)});
  }
  ReportElements(state, d_y.size());
}

// Times are of the wall: the work of two threads is what a caller waits for.
#define TALMACH_KERNEL_BENCHMARK(function) \
  BENCHMARK(function)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMicrosecond)

TALMACH_KERNEL_BENCHMARK(BM_AttentionForward);
TALMACH_KERNEL_BENCHMARK(BM_AttentionForwardOfBeam);
TALMACH_KERNEL_BENCHMARK(BM_AttentionBackward);
TALMACH_KERNEL_BENCHMARK(BM_AttentionAnnotations);
TALMACH_KERNEL_BENCHMARK(BM_SoftmaxCrossEntropy);
TALMACH_KERNEL_BENCHMARK(BM_SoftmaxCrossEntropyToBFloat16);
TALMACH_KERNEL_BENCHMARK(BM_SoftmaxCrossEntropyInPlace);
TALMACH_KERNEL_BENCHMARK(BM_LogSoftmaxAndTop5OfBeam);
TALMACH_KERNEL_BENCHMARK(BM_LogSoftmaxOfBeam);
TALMACH_KERNEL_BENCHMARK(BM_Top5OfBeam);
TALMACH_KERNEL_BENCHMARK(BM_GruGatesForward);
TALMACH_KERNEL_BENCHMARK(BM_GruGatesBackward);
TALMACH_KERNEL_BENCHMARK(BM_LayerNormForward);
TALMACH_KERNEL_BENCHMARK(BM_LayerNormBackward);

}  // namespace
}  // namespace talmach
