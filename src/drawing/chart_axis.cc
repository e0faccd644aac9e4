// A step of 1, 2 or 5 times a power of ten is the smallest that makes at most about four of them
// cover the range. The ends move out to the next multiple of the step, so that the axis begins and
// ends with a tick. The tiny amounts added keep a range that ends on a tick, but for rounding, from
// growing.
#include "drawing/chart_axis.h"

#include <cmath>
#include <initializer_list>

namespace talmach {

ChartAxis ChartAxis::Over(double low, double high) {
  if (high - low < 1e-9) high = low + 1;
  const double rough = (high - low) / 4;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double tick = 10 * power;
  for (const double step : {5.0, 2.0, 1.0}) {
    if (step * power >= rough) tick = step * power;
  }
  return {std::floor(low / tick + 1e-9) * tick, std::ceil(high / tick - 1e-9) * tick, tick};
}

}  // namespace talmach
