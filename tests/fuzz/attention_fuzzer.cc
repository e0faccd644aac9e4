// Any bytes are attention records whose matrices fit their pieces, and which survive being written
// again; or they are refused with a DataError.

#include <sstream>
#include <string>

#include "attention/attention_links.h"
#include "attention/attention_reader.h"
#include "base/error.h"
#include "fuzz/fuzz_file.h"

namespace {

void Use(const talmach::AttentionMap& map) {
  talmach::CheckShape(map);
  talmach::Check(talmach::HardAlignment(map).size() <= map.target.size());
  talmach::SoftAlignment(map);
  const std::string json = talmach::ToJsonLine(map);
  talmach::Check(json.find('\n') == json.npos);
  const talmach::AttentionMap again = talmach::ParseAttentionMap(json, "again");
  talmach::Check(again.line == map.line && again.weights == map.weights);
  talmach::Check(again.source == map.source && again.target == map.target);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::istringstream input(std::string(talmach::AsText(bytes, size)));
  try {
    talmach::AttentionReader reader(input, "f.jsonl");
    for (talmach::AttentionMap map; reader.Next(&map);) Use(map);
  } catch (const talmach::DataError&) {
  }
  return 0;
}
