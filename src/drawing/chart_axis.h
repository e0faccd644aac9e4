// The numbers along a side of a chart.
#pragma once

namespace talmach {

/// A range and the distance of its ticks: 1, 2 or 5 times a power of ten.
struct ChartAxis {
  double low = 0;
  double high = 1;
  double tick = 0.5;

  /// The axis with four or five ticks that holds both numbers; it begins and ends with a tick.
  static ChartAxis Over(double low, double high);
  /// 0 at the low end, 1 at the high one.
  double Share(double value) const { return (value - low) / (high - low); }
};

}  // namespace talmach
