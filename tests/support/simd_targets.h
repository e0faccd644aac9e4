// Runs a test with every instruction set this processor has, not only with its best.
#pragma once

#include <gtest/gtest.h>
#include <hwy/highway.h>

namespace talmach {

/// Calls body() once for each instruction set that Highway compiled for and the processor runs.
template <typename Body>
void ForEachSimdTarget(const Body& body) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    body();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace talmach
