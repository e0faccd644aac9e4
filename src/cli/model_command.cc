// talmach model info|verify|average
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/group_digits.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/console.h"
#include "cli/model_directory.h"
#include "io/safetensors.h"
#include "model/model_file.h"
#include "text/tokenizer.h"
#include "training/model_average.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModelName = "model.safetensors";

// A model file, or the one in a model or checkpoint directory.
std::string ModelFileOf(const std::string& path) {
  return fs::is_directory(path) ? path + "/" + kModelName : path;
}

void PrintInfo(const std::string& path, bool tensors) {
  const SafetensorsFile file(ModelFileOf(path));
  const ModelMetadata metadata = ReadModelMetadata(file);
  Index num_values = 0;
  for (const std::string& name : file.names()) num_values += file.Get(name).size();
  std::string text = fmt::format(
      "file                {}\n"
      "updates             {}\n"
      "parameters          {}\n"
      "source vocabulary   {} pieces, hash {}\n"
      "target vocabulary   {} pieces, hash {}\n"
      "config              {}\n",
      file.path(), metadata.updates, GroupDigits(num_values), metadata.vocabulary.source,
      metadata.source_vocabulary_hash, metadata.vocabulary.target, metadata.target_vocabulary_hash,
      ToJson(metadata.config).dump());
  if (tensors) {
    for (const std::string& name : file.names()) {
      text += fmt::format("{:<48} {}\n", name, file.Get(name).ShapeText());
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

// Checks files one by one and goes on after a bad one.
class Verifier {
 public:
  // Reads a file completely and compares its checksums.
  void CheckTensors(const std::string& path) {
    Check(path, [&] {
      const Index num_checked = SafetensorsFile(path).Verify();
      return num_checked > 0 ? fmt::format("{} tensors", num_checked) : std::string("no checksums");
    });
  }

  void CheckDirectory(const std::string& path) {
    const ModelDirectory directory(path);
    CheckTensors(directory.Model());
    if (fs::exists(directory.SourceTokenizer())) {
      Check(directory.SourceTokenizer(), [&] {
        const TokenizerPair tokenizers = LoadTokenizers(directory);
        CheckVocabularies(directory.Model(), ReadModelMetadata(SafetensorsFile(directory.Model())),
                          *tokenizers.source, *tokenizers.target);
        return std::string("tokenizers belong to the model");
      });
    }
    for (const std::string& checkpoint : Checkpoints(path + "/checkpoints")) {
      for (const auto& entry : fs::directory_iterator(checkpoint)) {
        if (entry.path().extension() == ".safetensors") CheckTensors(entry.path().string());
      }
    }
  }

  Index num_bad() const { return num_bad_; }

 private:
  static std::vector<std::string> Checkpoints(const std::string& path) {
    std::vector<std::string> checkpoints;
    if (!fs::is_directory(path)) return checkpoints;
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.is_directory()) checkpoints.push_back(entry.path().string());
    }
    std::ranges::sort(checkpoints);
    return checkpoints;
  }

  template <typename Body>
  void Check(const std::string& path, const Body& body) {
    std::string found;
    try {
      found = body();
    } catch (const Error& error) {
      ++num_bad_;
      PrintError(error.what());
      return;
    }
    PrintResult(fmt::format("{}: ok, {}\n", path, found));
  }

  Index num_bad_ = 0;
};

void Verify(const Arguments& arguments) {
  std::vector<std::string> paths;
  CommandLine line("talmach model verify DIR|FILE…",
                   "Reads models and checkpoints completely and compares checksums.");
  line.Group("Model").List("model,m", &paths, "DIR|FILE…", "model directory or model file");
  line.Positional("model");
  line.Require("model");
  if (!line.Parse(arguments)) return;
  Verifier verifier;
  for (const std::string& path : paths) {
    if (fs::is_directory(path)) {
      verifier.CheckDirectory(path);
    } else {
      verifier.CheckTensors(path);
    }
  }
  if (verifier.num_bad() == 0) return;
  throw CheckpointError(
      {.where = fmt::format("{}", fmt::join(paths, ", ")),
       .what = fmt::format("{} of the files are damaged or missing", verifier.num_bad())});
}

// The directory with the tokenizers of a model: its own, or that of the run of a checkpoint.
std::string RunDirectoryOf(const std::string& model_file) {
  const fs::path directory = fs::path(model_file).parent_path();
  if (fs::exists(directory / "source.spm")) return directory.string();
  return (directory / ".." / "..").lexically_normal().string();
}

void CopyCompanions(const std::string& model_file, const std::string& directory) {
  const ModelDirectory from(RunDirectoryOf(model_file));
  const ModelDirectory to(directory);
  for (const auto& [source, target] : {std::pair(from.SourceTokenizer(), to.SourceTokenizer()),
                                       std::pair(from.TargetTokenizer(), to.TargetTokenizer()),
                                       std::pair(from.Configuration(), to.Configuration())}) {
    std::error_code error;
    fs::copy_file(source, target, fs::copy_options::overwrite_existing, error);
    if (error) throw Error({.where = target, .what = "cannot copy: " + error.message()});
  }
}

void Average(const Arguments& arguments) {
  std::vector<std::string> paths;
  std::string output;
  CommandLine line("talmach model average DIR|FILE… -o DIR|FILE.safetensors",
                   "Writes the mean of the weights of several models of the same shape.");
  line.Group("Models")
      .List("model,m", &paths, "DIR|FILE…", "model or checkpoint directories, or model files")
      .Text("output,o", &output, "DIR|FILE.safetensors",
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
  if (fs::path(output).extension() == ".safetensors") {
    AverageModels(files, output);
  } else {
    std::error_code error;
    fs::create_directories(output, error);
    if (error) throw Error({.where = output, .what = "cannot make it: " + error.message()});
    AverageModels(files, output + "/" + kModelName);
    CopyCompanions(files.front(), output);
  }
  Log().info("{}: the mean of {} models", output, files.size());
}

constexpr std::array kModelCommands = {
    Command{"info", "say what a model is", Info},
    Command{"verify", "compare checksums of models and checkpoints", Verify},
    Command{"average", "average the weights of several models", Average},
};

}  // namespace

void RunModelCommand(const Arguments& arguments) {
  RunSubcommand("talmach model", "Looks into models and combines them.", kModelCommands, arguments);
}

}  // namespace talmach
