// Tested by tests/search/beam_search_test.cc.
#include "search/hypothesis.h"

#include <cmath>

namespace talmach {

double NormalisedScore(double log_probability, Index length, double alpha) {
  if (alpha == 0.0 || length == 0) return log_probability;
  return log_probability / std::pow(static_cast<double>(length), alpha);
}

}  // namespace talmach
