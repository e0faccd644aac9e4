// Tested by tests/integration/program_test.py.
// talmach model info|verify|average|convert
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/atomic_directory.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "base/file_operations.h"
#include "base/group_digits.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/console.h"
#include "config/config.h"
#include "io/safetensors.h"
#include "model/model_directory.h"
#include "model/model_file.h"
#include "project/open_translator.h"
#include "project/verifier.h"
#include "text/tokenizer.h"
#include "training/checkpoint.h"
#include "training/model_average.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;

// A model file, or the one in a model or checkpoint directory.
std::string ModelFileOf(const std::string& path) {
  return fs::is_directory(path) ? ModelDirectory(path).Model() : path;
}

// The scales of frozen matrices are no parameters.
Index CountParameters(const SafetensorsFile& file) {
  Index count = 0;
  for (const std::string& name : file.names()) {
    const AnyView& tensor = file.Layout(name);
    count += std::visit([](const auto& view) { return view.size(); }, tensor);
    if (std::holds_alternative<ConstInt8View>(tensor)) count -= file.Get(ScaleName(name)).size();
  }
  return count;
}

void PrintInfo(const std::string& path, bool tensors) {
  const SafetensorsFile file(ModelFileOf(path));
  const ModelMetadata metadata = ReadModelMetadata(file);
  std::string text = fmt::format(
      "file                {}\n"
      "updates             {}\n"
      "parameters          {}\n"
      "precision           {}\n"
      "source vocabulary   {} pieces, hash {}\n"
      "target vocabulary   {} pieces, hash {}\n"
      "config              {}\n",
      file.path(), metadata.updates, GroupDigits(CountParameters(file)),
      metadata.frozen ? "int8, frozen" : "float32", metadata.vocabulary.source,
      metadata.source_vocabulary_hash, metadata.vocabulary.target, metadata.target_vocabulary_hash,
      ToJson(metadata.config).dump());
  if (tensors) {
    for (const std::string& name : file.names()) {
      const AnyView& tensor = file.Layout(name);
      text += fmt::format("{:<48} {:<3} {}\n", name, TypeName(tensor), ShapeText(tensor));
    }
  }
  PrintResult(text);
}

void Info(const Arguments& arguments) {
  std::vector<std::string> paths;
  bool tensors = false;
  CommandLine line("talmach model info DIR|FILE… [--tensors]", "Says what a model is.");
  line.Group("Model")
      .List("model,m", &paths, "DIR|FILE…", "model or checkpoint directory, or model file")
      .Switch("tensors", &tensors, "list the tensors with their shapes");
  line.Positional("model");
  line.Require("model");
  if (!line.Parse(arguments)) return;
  for (const std::string& path : paths) PrintInfo(path, tensors);
}

void PrintFinding(const Finding& finding) {
  if (finding.verdict == Finding::Verdict::kBad) {
    PrintError(finding.text);
  } else {
    PrintResult(finding.text + "\n");
  }
}

void Verify(const Arguments& arguments) {
  std::vector<std::string> paths;
  CommandLine line("talmach model verify DIR|FILE…",
                   "Reads models and checkpoints completely and compares checksums.");
  line.Group("Model").List("model,m", &paths, "DIR|FILE…",
                           "model directory, with all it holds, checkpoint, or model file");
  line.Positional("model");
  line.Require("model");
  if (!line.Parse(arguments)) return;
  Index num_bad = 0;
  for (const std::string& path : paths) num_bad += VerifyModel(path, PrintFinding);
  if (num_bad == 0) return;
  throw CheckpointError({.where = fmt::format("{}", fmt::join(paths, ", ")),
                         .what = fmt::format("{} of the files are damaged or missing", num_bad)});
}

// The directory with the tokenizers of a model file.
ModelDirectory RunOfModelFile(const std::string& file) {
  return RunDirectoryOf(fs::absolute(file).parent_path());
}

void CopyTokenizers(const ModelDirectory& from, const ModelDirectory& to) {
  CopyFile(from.SourceTokenizer(), to.SourceTokenizer());
  CopyFile(from.TargetTokenizer(), to.TargetTokenizer());
}

void RequireName(const std::string& output) {
  if (!output.empty()) return;
  throw ConfigError({.where = "--output", .expected = "a directory or a file", .got = "nothing"});
}

void Average(const Arguments& arguments) {
  std::vector<std::string> paths;
  std::string output;
  CommandLine line("talmach model average DIR|FILE… -o DIR|FILE.safetensors",
                   "Writes the mean of the weights of several models of the same shape.");
  line.Group("Models")
      .List("model,m", &paths, "DIR|FILE…", "model or checkpoint directories, or model files")
      .Output("output,o", &output, "DIR|FILE.safetensors",
              "a model directory to make, or the model file alone");
  line.Positional("model");
  line.Require("model");
  line.Require("output");
  if (!line.Parse(arguments)) return;
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    files.push_back(ModelFileOf(path));
    ReadModelMetadata(SafetensorsFile(files.back()));  // throws before anything is written
  }
  RequireName(output);
  if (fs::path(output).extension() == ".safetensors") {
    AverageModels(files, output);
  } else {
    const ModelDirectory from = RunOfModelFile(files.front());
    AtomicDirectory directory(output);
    const ModelDirectory to(directory.temporary_path());
    AverageModels(files, to.Model());
    CopyTokenizers(from, to);
    CopyFile(from.Configuration(), to.Configuration());
    directory.Commit();
  }
  Log().info("{}: the mean of {} models", output, files.size());
}

// What a model directory holds beside the model: it translates in int8 unless asked otherwise.
void WriteFrozenCompanions(const ModelDirectory& from, const ModelDirectory& to) {
  CopyTokenizers(from, to);
  Config config = LoadConfig({from.Configuration()}, {});
  config.translation.precision = Precision::kInt8;
  WriteFileAtomically(to.Configuration(), ToYaml(WithAbsolutePaths(config)));
}

void Convert(const Arguments& arguments) {
  std::string path;
  std::string output;
  Precision precision = Precision::kInt8;
  CommandLine line(
      "talmach model convert -m DIR|FILE --precision int8 -o DIR|FILE.safetensors",
      "Freezes a model: its matrices become 8-bit numbers, a quarter of the size. It "
      "translates as `--precision int8` does with the original, and cannot be trained.");
  line.Group("Model")
      .Text("model,m", &path, "DIR|FILE", "model or checkpoint directory, or model file")
      .Output("output,o", &output, "DIR|FILE.safetensors",
              "a model directory to make, or the model file alone")
      .Choice("precision", &precision, {{"int8", Precision::kInt8}}, "of the matrices");
  line.Positional("model");
  line.Require("model");
  line.Require("output");
  if (!line.Parse(arguments)) return;
  const std::string file = ModelFileOf(path);
  const bool file_alone = fs::path(output).extension() == ".safetensors";
  RequireName(output);
  std::optional<AtomicDirectory> directory;
  if (!file_alone) directory.emplace(output);
  const LoadedModel model = LoadModel(file, precision);
  if (model.metadata.frozen) {
    throw CheckpointError({.where = file, .what = "its weights are frozen in int8 already"});
  }
  std::string output_file = output;
  if (directory) {
    const ModelDirectory to(directory->temporary_path());
    WriteFrozenCompanions(RunOfModelFile(file), to);
    output_file = to.Model();
  }
  SaveFrozenModel(output_file, model.model->parameters(), model.metadata);
  const std::uintmax_t size = fs::file_size(output_file);
  if (directory) directory->Commit();
  Log().info("{}: {} parameters in {} bytes", output,
             GroupDigits(model.model->parameters().num_values()),
             GroupDigits(static_cast<Index>(size)));
}

constexpr std::array kModelCommands = {
    Command{"info", "say what a model is", Info},
    Command{"verify", "compare checksums of models and checkpoints", Verify},
    Command{"average", "average the weights of several models", Average},
    Command{"convert", "freeze a model in 8 bits", Convert},
};

}  // namespace

void RunModelCommand(const Arguments& arguments) {
  RunSubcommand("talmach model", "Looks into models, combines and converts them.", kModelCommands,
                arguments);
}

}  // namespace talmach
