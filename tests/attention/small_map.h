// The attention of one short translation, for tests of its form on disk.
#pragma once

#include "attention/attention_map.h"

namespace talmach {

inline AttentionMap SmallMap() {
  return {.line = 4,
          .source = {"▁Ein", "▁Hund", "</s>"},
          .target = {"▁A", "</s>"},
          .weights = {0.9f, 0.08f, 0.02f, 0.1f, 0.2f, 0.7f},
          .score = -1.25};
}

}  // namespace talmach
