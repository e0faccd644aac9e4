// Any bytes are attention records whose matrices fit their pieces, and which survive being written
// again; or they are refused with a DataError.

#include <cstdlib>
#include <sstream>
#include <string>

#include "base/error.h"
#include "heatmap/attention_map.h"
#include "heatmap/pharaoh.h"

namespace {

void Check(bool condition) {
  if (!condition) std::abort();
}

void Use(const talmach::AttentionMap& map) {
  talmach::CheckShape(map);
  Check(talmach::HardAlignment(map).size() <= map.target.size());
  talmach::SoftAlignment(map);
  const std::string json = talmach::ToJsonLine(map);
  Check(json.find('\n') == json.npos);
  const talmach::AttentionMap again = talmach::ParseAttentionMap(json, "again");
  Check(again.line == map.line && again.weights == map.weights);
  Check(again.source == map.source && again.target == map.target);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::istringstream input(std::string(reinterpret_cast<const char*>(bytes), size));
  try {
    talmach::AttentionReader reader(input, "f.jsonl");
    for (talmach::AttentionMap map; reader.Next(&map);) Use(map);
  } catch (const talmach::DataError&) {
  }
  return 0;
}
