// Rates are those of a thread while it was in the zone, so a zone that does no products shows none,
// and the shares of the peak say how good its products are rather than how much they matter: for
// that there are the shares of time. What no zone accounts for is waiting.
#include "cli/profile_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace talmach {
namespace {

struct Row {
  std::string zone;
  double seconds = 0.0;
  double time_share = 0.0;
  double gflops = 0.0;
  double peak_share = 0.0;
};

constexpr std::array<std::pair<Zone, const char*>, 6> kRows = {{{Zone::kEncoder, "encoder"},
                                                                {Zone::kAttention, "attention"},
                                                                {Zone::kDecoder, "decoder"},
                                                                {Zone::kOutput, "output layer"},
                                                                {Zone::kOptimizer, "optimiser"},
                                                                {Zone::kData, "data"}}};

Row MakeRow(const std::string& name, const ZoneProfile& zone, const ProfileLimits& limits) {
  const double rate = zone.seconds > 0.0 ? zone.flops / zone.seconds : 0.0;
  return {.zone = name,
          .seconds = zone.seconds,
          .time_share = zone.seconds / limits.thread_seconds,
          .gflops = rate / 1e9,
          .peak_share = rate / limits.flops_per_thread};
}

std::vector<Row> MakeRows(const Profile& profile, const ProfileLimits& limits) {
  std::vector<Row> rows;
  double rest = limits.thread_seconds;
  for (const auto& [zone, name] : kRows) {
    const ZoneProfile& counts = profile[static_cast<std::size_t>(zone)];
    rows.push_back(MakeRow(name, counts, limits));
    rest -= counts.seconds;
  }
  rows.push_back(MakeRow("waiting, other", {.seconds = std::max(0.0, rest)}, limits));
  return rows;
}

}  // namespace

std::string ProfileTable(const Profile& profile, const ProfileLimits& limits) {
  std::string text = fmt::format("{:<15} {:>9} {:>7} {:>9} {:>8}\n", "zone", "seconds", "time",
                                 "GFLOP/s", "of peak");
  for (const Row& row : MakeRows(profile, limits)) {
    text += fmt::format("{:<15} {:>9.2f} {:>6.1f}%", row.zone, row.seconds, 100 * row.time_share);
    if (row.gflops > 0.0) {
      text += fmt::format(" {:>9.1f} {:>7.1f}%", row.gflops, 100 * row.peak_share);
    }
    text += '\n';
  }
  return text;
}

nlohmann::ordered_json ProfileRecords(const Profile& profile, const ProfileLimits& limits) {
  nlohmann::ordered_json records = nlohmann::ordered_json::array();
  for (const Row& row : MakeRows(profile, limits)) {
    records.push_back({{"zone", row.zone},
                       {"seconds", row.seconds},
                       {"time_share", row.time_share},
                       {"gflops", row.gflops},
                       {"peak_share", row.peak_share}});
  }
  return records;
}

}  // namespace talmach
