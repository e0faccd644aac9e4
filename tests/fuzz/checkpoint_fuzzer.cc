// Any bytes are the record of a checkpoint, whose state is the same after it was written again and
// whose settings can be compared, or are refused with a CheckpointError.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/checksum.h"
#include "base/error.h"
#include "fuzz/fuzz_file.h"
#include "training/checkpoint.h"
#include "training/resume_settings.h"

namespace {

// JSON with the checksum that belongs to it, which hardly a random change would keep; other texts
// as they are.
std::string WithChecksum(std::string_view text) {
  auto json = nlohmann::ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::string(text);
  json.erase("checksum");
  const std::string checksum = talmach::ChecksumOf(json.dump());
  json["checksum"] = checksum;
  return json.dump(1) + "\n";  // as it is written
}

void TryToRead(std::string_view text) {
  const std::string path = talmach::WriteFuzzFile("state.json", text);
  try {
    const talmach::CheckpointRecord record =
        talmach::ReadCheckpointRecord(path.substr(0, path.rfind('/')));
    talmach::Check(talmach::TrainingStateFromJson(talmach::ToJson(record.state)) == record.state);
    const talmach::TrainingSettings current = {{"training.seed", 1}, {"training.workers", 2}};
    talmach::CompareSettings(record.settings, current, path);
  } catch (const talmach::CheckpointError&) {
  } catch (const talmach::ConfigError&) {
    // settings that cannot change
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = talmach::AsText(bytes, size);
  TryToRead(text);
  TryToRead(WithChecksum(text));
  return 0;
}
