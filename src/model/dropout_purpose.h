// Every use of randomness in an update has a number; its masks follow from the update's key and
// that number.
#pragma once

#include <cstdint>

#include "base/random.h"
#include "kernels/dropout.h"

namespace talmach {

/// The random masks of one update (or none, in evaluation).
class DropoutKeys {
 public:
  DropoutKeys() = default;
  explicit DropoutKeys(std::uint64_t key) : key_(key), active_(true) {}

  /// The dropout of one use.
  Dropout At(std::uint64_t purpose, float rate) const {
    return active_ ? Dropout{DeriveKey(key_, purpose), rate} : Dropout{};
  }

 private:
  std::uint64_t key_ = 0;
  bool active_ = false;
};

enum DropoutPurpose : std::uint64_t {
  kSourceWordDropout,
  kTargetWordDropout,
  kSourceEmbeddingDropout,
  kTargetEmbeddingDropout,
  kTransitionStateDropout,
  kDecoderStateDropout,
  kAttentionDropout,
  kReadoutDropout,
  kFirstEncoderPurpose,  // the encoder's uses follow, layer by layer
};

enum EncoderDropout : std::uint64_t {
  kForwardStateDropout,
  kBackwardStateDropout,
  kAnnotationDropout,
  kNumEncoderDropouts,
};

constexpr std::uint64_t EncoderPurpose(std::uint64_t layer, EncoderDropout use) {
  return kFirstEncoderPurpose + layer * kNumEncoderDropouts + use;
}

}  // namespace talmach
