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
