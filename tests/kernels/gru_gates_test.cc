#include "kernels/gru_gates.h"

#include <gtest/gtest.h>

#include "kernels/kernel_test_support.h"

namespace talmach {
namespace {

double Sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

// One unit of one row in double precision: the header's equations, read aloud.
struct Unit {
  double x_r, x_z, x_n, h_r, h_z, h_n, before;

  double r() const { return Sigmoid(x_r + h_r); }
  double z() const { return Sigmoid(x_z + h_z); }
  double n() const { return std::tanh(x_n + r() * h_n); }
  double after() const { return (1.0 - z()) * n() + z() * before; }
};

// d after / d unit.*input by central differences.
double Slope(Unit unit, double Unit::*input) {
  constexpr double kStep = 1e-5;
  const double at = unit.*input;
  unit.*input = at + kStep;
  const double above = unit.after();
  unit.*input = at - kStep;
  return (above - unit.after()) / (2.0 * kStep);
}

// A step of B rows, B' of which have a previous state, with gates in wider matrices.
class Step {
 public:
  Step(Index rows, Index previous_rows, Index size)
      : rows_(rows),
        size_(size),
        x_gates(numbers_.Matrix(rows, 3 * size + 5, 3.0f)),
        h_gates(numbers_.Matrix(rows, 3 * size + 2, 3.0f)),
        previous(numbers_.Matrix(previous_rows, size)),
        mask(numbers_.Matrix(rows, size)),
        d_state(numbers_.Matrix(rows, size)),
        state({rows, size}),
        gates_({rows, 3 * size + 1}),
        hidden_candidate_({rows, size}) {}

  GruGateValues values() { return {gates_.view(), hidden_candidate_.view()}; }

  // Everything is kept, and nothing is fed.
  GruGatesCall Call() {
    return {.x_gates = x_gates.view(),
            .h_gates = h_gates.view(),
            .previous = previous.view(),
            .values = values(),
            .state = state.view()};
  }
  GruGatesBackwardCall BackwardCall(const Operand& d_x, const Operand& d_h, View carry) {
    return {.d_state = d_state.view(),
            .values = values(),
            .previous = previous.view(),
            .d_x_gates = d_x,
            .d_h_gates = d_h,
            .d_previous = carry};
  }

  Unit At(Index row, Index i) const {
    const float* x = x_gates.view().row(row);
    const float* h = h_gates.view().row(row);
    const bool has_previous = row < previous.view().rows();
    return {x[i],
            x[size_ + i],
            x[2 * size_ + i],
            h[i],
            h[size_ + i],
            h[2 * size_ + i],
            has_previous ? previous.view()(row, i) : 0.0};
  }

  template <typename Check>
  void ForEachUnit(const Check& check) const {
    for (Index row = 0; row < rows_; ++row) {
      for (Index i = 0; i < size_; ++i) check(row, i, At(row, i));
    }
  }

 private:
  TestNumbers numbers_{7};
  Index rows_;
  Index size_;

 public:
  Tensor<float> x_gates, h_gates, previous, mask, d_state, state;

 private:
  Tensor<float> gates_, hidden_candidate_;
};

TEST(GruGatesTest, ForwardMatchesTheEquations) {
  ForEachTarget([] {
    for (const Index size : TailSizes()) {
      Step step(5, 3, size);
      GruGatesForward(step.Call());
      step.ForEachUnit([&](Index row, Index i, const Unit& unit) {
        ASSERT_NEAR(step.state.view()(row, i), unit.after(), 1e-6) << row << ", " << i;
        ASSERT_NEAR(step.values().gates(row, i), unit.r(), 1e-6);
        ASSERT_NEAR(step.values().gates(row, size + i), unit.z(), 1e-6);
        ASSERT_NEAR(step.values().gates(row, 2 * size + i), unit.n(), 2e-6);
        ASSERT_EQ(step.values().hidden_candidate(row, i), static_cast<float>(unit.h_n));
      });
    }
  });
}

TEST(GruGatesTest, TheGatesMayTakeThePlaceOfTheInputs) {
  ForEachTarget([] {
    for (const Index size : TailSizes()) {
      Step step(5, 3, size);
      GruGatesForward(step.Call());
      Tensor<float> in_place = Copy(step.x_gates);
      Tensor<float> state({5, size});
      Tensor<float> hidden_candidate({5, size});
      GruGatesForward({.x_gates = in_place.view(),
                       .h_gates = step.h_gates.view(),
                       .previous = step.previous.view(),
                       .values = {in_place.view(), hidden_candidate.view()},
                       .state = state.view()});
      ExpectSameBits(state, step.state);
      for (Index row = 0; row < 5; ++row) {
        for (Index i = 0; i < 3 * size; ++i) {
          ASSERT_EQ(in_place.view()(row, i), step.values().gates(row, i));
        }
        for (Index i = 0; i < size; ++i) {
          ASSERT_EQ(hidden_candidate.view()(row, i), step.values().hidden_candidate(row, i));
        }
      }
    }
  });
}

TEST(GruGatesTest, FeedsTheMaskedStateToTheFirstRowsInEitherPrecision) {
  ForEachTarget([] {
    for (const Precision precision : {Precision::kFloat32, Precision::kBFloat16}) {
      for (const Index size : {1, 15, 16, 33}) {
        Step step(5, 0, size);
        TestOperand masked(precision, 5, size);
        GruGatesForward({.x_gates = step.x_gates.view(),
                         .h_gates = step.h_gates.view(),
                         .state = step.state.view(),
                         .fed = masked.operand().Rows(0, 4),
                         .fed_mask = step.mask.view()});
        TestOperand plain(precision, 5, size);
        GruGatesForward({.x_gates = step.x_gates.view(),
                         .h_gates = step.h_gates.view(),
                         .state = step.state.view(),
                         .fed = plain.operand().Rows(0, 4)});
        step.ForEachUnit([&](Index row, Index i, const Unit& unit) {
          const double fed = unit.after() * step.mask.view()(row, i);
          ASSERT_NEAR(masked(row, i), row < 4 ? fed : TestOperand::kMarker,
                      1e-6 + masked.Tolerance(fed));
          ASSERT_NEAR(plain(row, i), row < 4 ? unit.after() : TestOperand::kMarker,
                      1e-6 + plain.Tolerance(unit.after()));
        });
      }
    }
  });
}

TEST(GruGatesTest, BackwardMatchesFiniteDifferences) {
  ForEachTarget([] {
    for (const Precision precision : {Precision::kFloat32, Precision::kBFloat16}) {
      for (const Index size : TailSizes()) {
        Step step(4, 3, size);
        GruGatesForward(step.Call());
        TestOperand d_x(precision, 4, 3 * size + 4);
        TestOperand d_h(precision, 4, 3 * size + 1);
        Tensor<float> carry({3, size});
        GruGatesBackward(step.BackwardCall(d_x.operand(), d_h.operand(), carry.view()));
        step.ForEachUnit([&](Index row, Index i, const Unit& unit) {
          const double g = step.d_state.view()(row, i);
          const auto expect = [&](const TestOperand& got, Index gate, double Unit::*input) {
            const double expected = g * Slope(unit, input);
            ASSERT_NEAR(got(row, gate * size + i), expected, 3e-6 + got.Tolerance(expected));
          };
          expect(d_x, 0, &Unit::x_r);
          expect(d_x, 1, &Unit::x_z);
          expect(d_x, 2, &Unit::x_n);
          expect(d_h, 0, &Unit::h_r);
          expect(d_h, 1, &Unit::h_z);
          expect(d_h, 2, &Unit::h_n);
          if (row < 3) {
            ASSERT_NEAR(carry.view()(row, i), g * Slope(unit, &Unit::before), 1e-6);
          }
        });
        EXPECT_EQ(d_x(3, 3 * size), TestOperand::kMarker);  // only the leading 3H are written
        EXPECT_EQ(d_h(0, 3 * size), TestOperand::kMarker);
      }
    }
  });
}

TEST(GruGatesTest, TheCarryMayReplaceTheGradientItComesFrom) {
  ForEachTargetAndThreads([] {
    Step step(4, 4, 37);
    GruGatesForward(step.Call());
    Tensor<float> d_x({4, 111});
    Tensor<float> d_h({4, 111});
    Tensor<float> carry({4, 37});
    GruGatesBackward(step.BackwardCall(Operand(d_x.view()), Operand(d_h.view()), carry.view()));
    Tensor<float> d_x_again({4, 111});
    Tensor<float> in_place = Copy(step.d_state);
    GruGatesBackwardCall call =
        step.BackwardCall(Operand(d_x_again.view()), Operand(d_h.view()), in_place.view());
    call.d_state = in_place.view();
    GruGatesBackward(call);
    ExpectSameBits(in_place, carry);
    ExpectSameBits(d_x_again, d_x);
  });
}

TEST(GruGatesTest, ARowDoesNotDependOnItsNeighboursOrTheThreads) {
  constexpr Index kRows = 41;
  constexpr Index kSize = 515;
  Step all(kRows, kRows, kSize);
  ForEachTargetAndThreads([&] {
    GruGatesForward(all.Call());
    for (const Index row : {Index{0}, Index{20}, kRows - 1}) {
      Tensor<float> alone({1, kSize});
      GruGatesForward({.x_gates = all.x_gates.view().Rows(row, row + 1),
                       .h_gates = all.h_gates.view().Rows(row, row + 1),
                       .previous = all.previous.view().Rows(row, row + 1),
                       .state = alone.view()});
      for (Index i = 0; i < kSize; ++i) ASSERT_EQ(alone.view()(0, i), all.state.view()(row, i));
    }
  });
}

TEST(GruGatesTest, RefusesShapesThatDoNotFit) {
  Tensor<float> narrow({2, 11});
  Tensor<float> wide({2, 12});
  Tensor<float> state({2, 4});
  const auto forward = [&](ConstView x_gates, ConstView h_gates) {
    GruGatesForward({.x_gates = x_gates, .h_gates = h_gates, .state = state.view()});
  };
  EXPECT_NO_THROW(forward(wide.view(), wide.view()));
  EXPECT_THROW(forward(narrow.view(), wide.view()), std::logic_error);
  EXPECT_THROW(forward(wide.view(), narrow.view()), std::logic_error);
  EXPECT_THROW(forward(wide.view(), wide.view().Rows(0, 1)), std::logic_error);
  EXPECT_THROW(GruGatesBackward({.d_state = state.view(),
                                 .values = {},
                                 .d_x_gates = Operand(wide.view()),
                                 .d_h_gates = Operand(wide.view()),
                                 .d_previous = state.view()}),
               std::logic_error);
}

}  // namespace
}  // namespace talmach
