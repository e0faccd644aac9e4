// How much two lists of numbers agree on their order: Kendall's τ with ties (Kendall, "The
// treatment of ties in ranking problems", Biometrika 1945),
//   τ_b = (C − D) / √((n₀ − n₁)(n₀ − n₂)),
// where of the n₀ = n(n − 1)/2 pairs of places C are ordered alike and D the other way round, n₁
// are tied in the first list and n₂ in the second. 1 is the same order, −1 the reverse, 0 neither.
#pragma once

#include <span>

namespace talmach {

/// τ_b of two lists of equal length, without NaN; NaN if one of them is constant or shorter than
/// two. Takes n log n time (Knight, "A computer method for calculating Kendall's tau with
/// ungrouped data", JASA 1966).
double KendallTau(std::span<const float> first, std::span<const float> second);

}  // namespace talmach
