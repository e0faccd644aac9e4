// Knight's algorithm. Sort the pairs by the first number, and by the second where the first are
// equal. A pair of places is discordant if the second numbers then stand in the wrong order, so the
// number of discordant pairs is the number of exchanges that a bubble sort of the second numbers
// would make. Merge sort counts them on the side: an element taken from the right half passes all
// that are left in the left half. Ties in the first number, in the second and in both are counted
// in runs of sorted lists; concordant pairs are the rest.
#include "attention/rank_correlation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/types.h"

namespace talmach {
namespace {

using Point = std::pair<float, float>;

// Pairs of places with equal values in a sorted list.
template <typename Equal>
double CountTies(const std::vector<Point>& sorted, Equal equal) {
  double ties = 0;
  for (std::size_t begin = 0; begin < sorted.size();) {
    std::size_t end = begin + 1;
    while (end < sorted.size() && equal(sorted[begin], sorted[end])) ++end;
    const auto length = static_cast<double>(end - begin);
    ties += length * (length - 1) / 2;
    begin = end;
  }
  return ties;
}

// Sorts by the second number and returns how many pairs stood in the wrong order before.
double SortAndCountInversions(std::span<Point> points) {
  if (points.size() < 2) return 0;
  const std::size_t middle = points.size() / 2;
  double inversions =
      SortAndCountInversions(points.first(middle)) + SortAndCountInversions(points.subspan(middle));
  std::vector<Point> merged;
  merged.reserve(points.size());
  std::size_t left = 0, right = middle;
  while (left < middle || right < points.size()) {
    const bool take_right =
        left == middle || (right < points.size() && points[right].second < points[left].second);
    if (take_right) inversions += static_cast<double>(middle - left);
    merged.push_back(points[take_right ? right++ : left++]);
  }
  std::ranges::copy(merged, points.begin());
  return inversions;
}

}  // namespace

double KendallTau(std::span<const float> first, std::span<const float> second) {
  Require(first.size() == second.size(), "a rank correlation compares lists of equal length");
  std::vector<Point> points;
  for (std::size_t i = 0; i < first.size(); ++i) points.emplace_back(first[i], second[i]);
  std::ranges::sort(points);
  const auto size = static_cast<double>(points.size());
  const double pairs = size * (size - 1) / 2;
  const double first_ties =
      CountTies(points, [](const Point& a, const Point& b) { return a.first == b.first; });
  const double common_ties =
      CountTies(points, [](const Point& a, const Point& b) { return a == b; });
  const double discordant = SortAndCountInversions(points);
  const double second_ties =
      CountTies(points, [](const Point& a, const Point& b) { return a.second == b.second; });
  const double norm = std::sqrt((pairs - first_ties) * (pairs - second_ties));
  if (!(norm > 0)) return std::numeric_limits<double>::quiet_NaN();
  const double concordant = pairs - first_ties - second_ties + common_ties - discordant;
  return (concordant - discordant) / norm;
}

}  // namespace talmach
