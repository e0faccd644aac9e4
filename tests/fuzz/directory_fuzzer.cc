// A model directory with checkpoints in which bytes of one file are changed, or its end is cut off:
// `model verify` finds that, whatever the bytes; it throws nothing and crashes nowhere. The first
// byte chooses the file, the second whether it is cut; three more each are a place and a change.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "base/file_operations.h"
#include "config/config.h"
#include "fuzz/fuzz_file.h"
#include "project/configuration_file.h"
#include "project/verifier.h"
#include "training/toy_training.h"

namespace {

namespace fs = std::filesystem;
using talmach::ReadFile;

// Without waiting for the disk, as the program would.
void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// What a run leaves, and the bytes of each file that is under a checksum.
class MadeDirectory {
 public:
  MadeDirectory() {
    talmach::TrainingSetup setup = talmach::ToySetup(directory_.Path("model"));
    setup.training.max_updates = 2;
    setup.training.save_every = {.count = 1, .unit = talmach::Period::Unit::kUpdates};
    talmach::Train(setup);
    const talmach::ModelDirectory model(setup.directory);
    for (const std::string& path : {model.SourceTokenizer(), model.TargetTokenizer()}) {
      talmach::CopyFile(talmach::ToyCorpus::Get().tokenizer()->path(), path);
    }
    talmach::Config config;
    config.data = setup.data;
    directory_.Write("model/config.yaml", talmach::ConfigurationText(config));
    for (const auto& entry : fs::recursive_directory_iterator(setup.directory)) {
      const std::string extension = entry.path().extension();
      if (!entry.is_regular_file() || extension == ".log" || extension == ".jsonl" ||
          extension == ".lock") {
        continue;
      }
      files_[entry.path()] = ReadFile(entry.path());
    }
  }

  std::string path() const { return directory_.Path("model"); }
  const std::map<std::string, std::string>& files() const { return files_; }

 private:
  talmach::TemporaryDirectory directory_;
  std::map<std::string, std::string> files_;
};

std::string Changed(std::string bytes, std::string_view changes) {
  const std::size_t size = bytes.size();
  const bool is_cut = changes.front() % 2 == 1;
  changes.remove_prefix(1);
  for (; changes.size() >= 3 && size > 0; changes.remove_prefix(3)) {
    const auto high = static_cast<unsigned char>(changes[0]);
    const auto low = static_cast<unsigned char>(changes[1]);
    const std::size_t place = (std::size_t{high} << 8 | low) * size >> 16;
    if (is_cut) bytes.resize(std::min(bytes.size(), place));
    if (place < bytes.size()) bytes[place] = static_cast<char>(bytes[place] ^ changes[2]);
  }
  return bytes;
}

bool IsFlawless(const std::string& path) {
  bool flawless = true;
  talmach::VerifyModel(path, [&](const talmach::Finding& finding) {
    if (finding.verdict != talmach::Finding::Verdict::kOk) flawless = false;
  });
  return flawless;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const MadeDirectory made;
  if (size < 2) {
    talmach::Check(IsFlawless(made.path()));
    return 0;
  }
  auto file = made.files().begin();
  std::advance(file, bytes[0] % made.files().size());
  const std::string changed = Changed(file->second, talmach::AsText(bytes + 1, size - 1));
  WriteFile(file->first, changed);
  talmach::Check(IsFlawless(made.path()) == (changed == file->second));
  WriteFile(file->first, file->second);
  return 0;
}
