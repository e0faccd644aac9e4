// Tested by tests/project/verifier_test.cc and tests/integration/program_test.py.
//
// Each check runs in Check, which turns an exception into a bad finding and goes on, so one damaged
// file hides no other. Files are checked alone first (tensors against their checksums, the state
// against its own, the configuration against its last line), then together: the tokenizers against
// the model, the files of a checkpoint against its state, LATEST against what is there.
#include "project/verifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/file_operations.h"
#include "config/config.h"
#include "io/safetensors.h"
#include "model/model_directory.h"
#include "model/model_file.h"
#include "project/configuration_file.h"
#include "project/open_translator.h"
#include "training/checkpoint.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;
using Verdict = Finding::Verdict;

// The paths in a folder that are named after updates, sorted; none if there is no such folder.
std::vector<std::string> PathsIn(const std::string& folder) {
  std::vector<std::string> paths;
  if (!fs::is_directory(folder)) return paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with(kUpdatePrefix)) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  return paths;
}

// Whether a run has come to its first save after the start, when it also writes its model, unless
// its updates were failing. What is wrong with its checkpoints is reported where they are checked.
bool HasTrained(const ModelDirectory& directory) {
  const std::vector<std::string> checkpoints = PathsIn(directory.Checkpoints());
  return std::ranges::any_of(checkpoints, [](const std::string& checkpoint) {
    try {
      const TrainingState state = ReadCheckpointRecord(checkpoint).state;
      return state.update > 0 && state.skipped_in_row == 0;
    } catch (const Error&) {
      return false;
    }
  });
}

// Checks files one by one and goes on after a bad one.
class Verifier {
 public:
  explicit Verifier(const ReportFinding& report) : report_(report) {}

  void CheckTensors(const std::string& path);
  void CheckDirectory(const ModelDirectory& directory);
  void CheckCheckpoint(const CheckpointDirectory& checkpoint);

  Index num_bad() const { return num_bad_; }

 private:
  // What Check reports about a file that is not bad.
  struct Good {
    std::string what;
    Verdict verdict = Verdict::kOk;
  };

  template <typename Body>
  void Check(const std::string& path, const Body& body);
  void AddError(const Error& error);
  void RequireFiles(const ModelDirectory& directory);
  void CheckTokenizers(const ModelDirectory& directory);
  Good CheckConfiguration(const std::string& path) const;
  void CheckBestModel(const std::string& path);
  void CheckLatest(const ModelDirectory& directory);

  const ReportFinding& report_;
  Index num_bad_ = 0;
};

template <typename Body>
void Verifier::Check(const std::string& path, const Body& body) {
  Good good;
  try {
    good = body();
  } catch (const Error& error) {
    AddError(error);
    return;
  }
  report_({.verdict = good.verdict,
           .text = path + (good.verdict == Verdict::kOk ? ": ok, " : ": ") + good.what});
}

void Verifier::AddError(const Error& error) {
  ++num_bad_;
  report_({.verdict = Verdict::kBad, .text = error.what()});
}

void Verifier::CheckTensors(const std::string& path) {
  Check(path, [&]() -> Good {
    const Index num_checked = SafetensorsFile(path).Verify();
    if (num_checked > 0) return {fmt::format("{} tensors", num_checked)};
    return {"unverified, it has no checksums", Verdict::kNotice};
  });
}

void Verifier::CheckDirectory(const ModelDirectory& directory) {
  RequireFiles(directory);
  if (fs::exists(directory.Model())) CheckTensors(directory.Model());
  CheckTokenizers(directory);
  if (const std::string path = directory.Configuration(); fs::exists(path)) {
    Check(path, [&] { return CheckConfiguration(path); });
  }
  for (const std::string& path : PathsIn(directory.Checkpoints())) {
    CheckCheckpoint(CheckpointDirectory(path));
  }
  for (const std::string& path : PathsIn(directory.BestModels())) {
    if (fs::path(path).extension() == ".safetensors") CheckBestModel(path);
  }
  for (const std::string& path : directory.AllBest()) {
    const std::string model = CheckpointDirectory(path).Model();
    if (fs::exists(model)) CheckTensors(model);  // a killed run may have made the folder alone
  }
  if (fs::exists(directory.Latest())) CheckLatest(directory);
}

// Reports each missing file that translating or training needs.
void Verifier::RequireFiles(const ModelDirectory& directory) {
  const bool is_run = HasCheckpoints(directory.path);
  const auto require = [this](const std::string& file, const char* what, const char* hint) {
    if (fs::exists(file)) return;
    AddError(CheckpointError({.where = file, .expected = what, .got = "no file", .hint = hint}));
  };
  if (!is_run || HasTrained(directory)) {
    require(directory.Model(), "the weights of the model",
            "`talmach train -c CONFIG.yaml -m DIR` makes them");
  }
  const char* const copy = "put it back: another one, even of the same text, may not fit";
  require(directory.SourceTokenizer(), "the tokenizer of the source", copy);
  require(directory.TargetTokenizer(), "the tokenizer of the target", copy);
  if (is_run) require(directory.Configuration(), "the configuration of the checkpoints", copy);
}

// Both, against the model, or against the first checkpoint of a run that has not written it yet.
void Verifier::CheckTokenizers(const ModelDirectory& directory) {
  if (!fs::exists(directory.SourceTokenizer()) || !fs::exists(directory.TargetTokenizer())) {
    return;  // as was reported
  }
  std::string model = directory.Model();
  const std::vector<std::string> checkpoints = PathsIn(directory.Checkpoints());
  if (!fs::exists(model) && !checkpoints.empty()) {
    model = CheckpointDirectory(checkpoints.front()).Model();
  }
  Check(directory.SourceTokenizer(), [&]() -> Good {
    const TokenizerPair tokenizers = LoadTokenizers(directory);
    if (!fs::exists(model)) return {"tokenizers"};
    const ModelMetadata metadata = ReadModelMetadata(SafetensorsFile(model));
    CheckVocabularies(model, metadata, *tokenizers.source, *tokenizers.target);
    CheckTokenizerFiles(model, metadata, *tokenizers.source, *tokenizers.target);
    if (!metadata.source_tokenizer_checksum.empty()) return {"tokenizers belong to the model"};
    return {
        "tokenizers have the model's pieces; their checksums are not in it: it was made by an "
        "earlier version",
        Verdict::kNotice};
  });
}

Verifier::Good Verifier::CheckConfiguration(const std::string& path) const {
  try {
    LoadConfig({path}, {});
  } catch (const ConfigError& error) {
    throw CheckpointError(
        {.where = path, .what = std::string("not the configuration of a run: ") + error.what()});
  }
  if (IsAsWritten(ReadFile(path))) return {"a configuration"};
  return {"a configuration, edited since training wrote it (or of an earlier version)",
          Verdict::kNotice};
}

void Verifier::CheckCheckpoint(const CheckpointDirectory& checkpoint) {
  CheckTensors(checkpoint.Model());
  CheckTensors(checkpoint.Optimizer());
  Check(checkpoint.State(), [&]() -> Good {
    const CheckpointRecord record = ReadCheckpointRecord(checkpoint.path);
    const SafetensorsFile model(checkpoint.Model());
    const SafetensorsFile optimizer(checkpoint.Optimizer());
    CheckBelonging(checkpoint, record, model, optimizer);
    CheckMoments(model, optimizer);
    return {fmt::format("update {}", record.state.update)};
  });
}

void Verifier::CheckBestModel(const std::string& path) {
  CheckTensors(path);
  Check(path, [&]() -> Good {
    const Index named = ParseCheckpointName(fs::path(path).stem().string());
    const Index updates = ReadModelMetadata(SafetensorsFile(path)).updates;
    if (named == updates) return {fmt::format("update {}", updates)};
    throw CheckpointError({.where = path,
                           .what = "it is the model of another update",
                           .expected = fmt::format("update {}", named),
                           .got = fmt::format("update {}", updates)});
  });
}

// A killed run may have saved a checkpoint and not named it yet.
void Verifier::CheckLatest(const ModelDirectory& directory) {
  const std::string path = directory.Latest();
  Check(path, [&]() -> Good {
    const std::string text = ReadFile(path);
    const std::string name = text.substr(0, text.find('\n'));
    if (ParseCheckpointName(name) < 0 || text != name + "\n" ||
        !fs::is_directory(directory.Checkpoints() + "/" + name)) {
      throw CheckpointError({.where = path,
                             .expected = "the name of a checkpoint beside it",
                             .got = "'" + name.substr(0, 100) + "'"});
    }
    const std::string newest = fs::path(PathsIn(directory.Checkpoints()).back()).filename();
    if (name == newest) return {name};
    return {name + ", but the newest checkpoint is " + newest, Verdict::kNotice};
  });
}

}  // namespace

Index VerifyModel(const std::string& path, const ReportFinding& report) {
  Verifier verifier(report);
  const CheckpointDirectory checkpoint(path);
  if (!fs::is_directory(path)) {
    verifier.CheckTensors(path);
  } else if (fs::exists(checkpoint.State()) || fs::exists(checkpoint.Optimizer())) {
    verifier.CheckCheckpoint(checkpoint);
  } else {
    verifier.CheckDirectory(ModelDirectory(path));
  }
  return verifier.num_bad();
}

}  // namespace talmach
