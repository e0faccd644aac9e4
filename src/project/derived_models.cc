// Tested by tests/cli/model_command_test.cc and tests/integration/program_test.py.
#include "project/derived_models.h"

#include <filesystem>
#include <optional>

#include "base/atomic_directory.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "base/file_operations.h"
#include "config/config.h"
#include "io/safetensors.h"
#include "model/model_directory.h"
#include "model/model_file.h"
#include "project/open_translator.h"
#include "training/model_average.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;

bool IsModelFile(const std::string& output) {
  return fs::path(output).extension() == ".safetensors";
}

// The directory with the tokenizers of a model file.
ModelDirectory RunOfModelFile(const std::string& file) {
  return RunDirectoryOf(fs::absolute(file).parent_path());
}

// What a model directory holds beside the model: it translates in the precision unless asked
// otherwise.
void WriteFrozenCompanions(const ModelDirectory& from, Precision precision,
                           const ModelDirectory& to) {
  CopyTokenizers(from, to);
  Config config = LoadConfig({from.Configuration()}, {});
  config.translation.precision = precision;
  WriteFileAtomically(to.Configuration(), ToYaml(WithAbsolutePaths(config)));
}

}  // namespace

void WriteAverage(const std::vector<std::string>& models, const std::string& output) {
  std::vector<std::string> files;
  for (const std::string& model : models) {
    files.push_back(ModelFileOf(model));
    ReadModelMetadata(SafetensorsFile(files.back()));  // throws before anything is written
  }
  if (IsModelFile(output)) {
    AverageModels(files, output);
    return;
  }
  const ModelDirectory from = RunOfModelFile(files.front());
  AtomicDirectory directory(output);
  const ModelDirectory to(directory.temporary_path());
  AverageModels(files, to.Model());
  CopyTokenizers(from, to);
  CopyFile(from.Configuration(), to.Configuration());
  directory.Commit();
}

FrozenModel WriteFrozen(const std::string& model, Precision precision, const std::string& output) {
  const std::string file = ModelFileOf(model);
  std::optional<AtomicDirectory> directory;
  if (!IsModelFile(output)) directory.emplace(output);
  const LoadedModel loaded = LoadModel(file, precision);
  if (loaded.metadata.frozen) {
    throw CheckpointError({.where = file, .what = "its weights are frozen in int8 already"});
  }
  std::string output_file = output;
  if (directory) {
    const ModelDirectory to(directory->temporary_path());
    WriteFrozenCompanions(RunOfModelFile(file), precision, to);
    output_file = to.Model();
  }
  SaveFrozenModel(output_file, loaded.model->parameters(), loaded.metadata);
  const FrozenModel frozen{.num_parameters = loaded.model->parameters().num_values(),
                           .file_size = static_cast<Index>(fs::file_size(output_file))};
  if (directory) directory->Commit();
  return frozen;
}

}  // namespace talmach
