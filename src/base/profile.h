// Where the time of training goes: seconds and products by zone, for `--profile`.
//
// Every thread has one current zone; entering a ProfileScope charges the time so far to the zone
// left, so zones never count a moment twice, however they nest. Switched off, a scope costs one
// load.
#pragma once

#include <array>
#include <chrono>

namespace talmach {

enum class Zone { kNone, kData, kEncoder, kAttention, kDecoder, kOutput, kOptimizer };
inline constexpr int kNumZones = 7;

struct ZoneProfile {
  double seconds = 0.0;
  double flops = 0.0;  // of products of matrices; two for each multiply-add
};

/// Of all threads together, by Zone. Zone::kNone is the time of threads between scopes, and is not
/// counted.
using Profile = std::array<ZoneProfile, kNumZones>;

/// Starts counting at zero, or stops. No scope may be open in any thread.
void SetProfiling(bool on);

/// What has been counted since SetProfiling(true). No scope may be open in any thread.
Profile CollectProfile();

/// Adds to the zone of this thread.
void CountFlops(double flops);

/// Time spent while it lives, scopes inside it excepted, belongs to `zone`.
class ProfileScope {
 public:
  explicit ProfileScope(Zone zone);
  ProfileScope(const ProfileScope&) = delete;
  ProfileScope& operator=(const ProfileScope&) = delete;
  ~ProfileScope();

 private:
  Zone outer_ = Zone::kNone;
  bool active_;
};

}  // namespace talmach
