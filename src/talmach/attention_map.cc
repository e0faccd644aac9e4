#include "talmach/attention_map.h"

#include "alignment/links.h"
#include "attention/attention_links.h"
#include "attention/attention_reader.h"
#include "attention/word_units.h"
#include "talmach/map_conversion.h"
#include "talmach/rethrow.h"

namespace talmach::v1 {

AttentionMap MergeWords(const AttentionMap& map) {
  return front::ToPublic(talmach::MergeWords(front::ToInternal(map)));
}

std::string ToPharaoh(const AttentionMap& map) {
  return talmach::ToPharaoh(HardAlignment(front::ToInternal(map)));
}

std::string ToPharaoh(const AttentionMap& map, double threshold) {
  return talmach::ToPharaoh(ThresholdAlignment(front::ToInternal(map), threshold));
}

std::string ToJson(const AttentionMap& map) try {
  return ToJsonLine(front::ToInternal(map));
} catch (...) {
  front::RethrowPublic();
}

AttentionMap ParseAttentionMap(std::string_view json) try {
  return front::ToPublic(talmach::ParseAttentionMap(json, "attention map"));
} catch (...) {
  front::RethrowPublic();
}

}  // namespace talmach::v1
