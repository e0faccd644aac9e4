// The table that `benchmark train --profile` prints.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/profile.h"

namespace talmach {

/// What a profile is measured against.
struct ProfileLimits {
  double thread_seconds = 0.0;    // measured time of all threads together
  double flops_per_thread = 0.0;  // that products can reach per second on one thread
};

/// A row for each zone: seconds of all threads, share of the time, GFLOP/s of a thread, share of
/// the limit; and one for the rest of the time, in which threads wait for each other.
std::string ProfileTable(const Profile& profile, const ProfileLimits& limits);

/// The same rows as JSON: [{"zone", "seconds", "time_share", "gflops", "peak_share"}, …].
nlohmann::ordered_json ProfileRecords(const Profile& profile, const ProfileLimits& limits);

}  // namespace talmach
