// talmach model info|verify|average|convert
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
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

  // A model directory with its checkpoints, or a single checkpoint.
  void CheckDirectory(const std::string& path) {
    const CheckpointDirectory checkpoint(path);
    if (fs::exists(checkpoint.State()) || fs::exists(checkpoint.Optimizer())) {
      CheckCheckpoint(path);
      return;
    }
    const ModelDirectory directory(path);
    RequireFiles(directory);
    if (fs::exists(directory.Model())) CheckTensors(directory.Model());
    CheckTokenizers(directory);
    if (fs::exists(directory.Configuration())) {
      Check(directory.Configuration(), [&] { return CheckConfiguration(directory); });
    }
    for (const std::string& one : NamesIn(directory.Checkpoints())) CheckCheckpoint(one);
    for (const std::string& file : NamesIn(directory.BestModels())) {
      if (file.ends_with(".safetensors")) CheckTensors(file);  // not what a killed process left
    }
    if (fs::exists(directory.Latest())) CheckLatest(directory);
  }

  Index num_bad() const { return num_bad_; }

 private:
  static std::string CheckConfiguration(const ModelDirectory& directory) {
    try {
      LoadConfig({directory.Configuration()}, {});
    } catch (const ConfigError& error) {
      throw CheckpointError(
          {.where = directory.Configuration(),
           .what = std::string("not the configuration of a run: ") + error.what()});
    }
    return "a configuration";
  }

  // Complains of each file that is not there although translating or training needs it.
  void RequireFiles(const ModelDirectory& directory) {
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
    require(directory.SourceTokenizer(), "the SentencePiece model of the source", copy);
    require(directory.TargetTokenizer(), "the SentencePiece model of the target", copy);
    if (is_run) require(directory.Configuration(), "the configuration of the checkpoints", copy);
  }

  // Whether a run has come to its first save after the start, when it also writes its model, unless
  // its updates were failing. What is wrong with its checkpoints is told where they are checked.
  static bool HasTrained(const ModelDirectory& directory) {
    const std::vector<std::string> checkpoints = NamesIn(directory.Checkpoints());
    return std::ranges::any_of(checkpoints, [](const std::string& checkpoint) {
      try {
        const TrainingState state = ReadCheckpointRecord(checkpoint).state;
        return state.update > 0 && state.skipped_in_row == 0;
      } catch (const Error&) {
        return false;
      }
    });
  }

  void CheckTokenizers(const ModelDirectory& directory) {
    if (!fs::exists(directory.SourceTokenizer()) || !fs::exists(directory.TargetTokenizer())) {
      return;  // as was told
    }
    Check(directory.SourceTokenizer(), [&] {
      const TokenizerPair tokenizers = LoadTokenizers(directory);
      if (!fs::exists(directory.Model())) return std::string("tokenizers");
      CheckVocabularies(directory.Model(), ReadModelMetadata(SafetensorsFile(directory.Model())),
                        *tokenizers.source, *tokenizers.target);
      return std::string("tokenizers belong to the model");
    });
  }

  void CheckCheckpoint(const std::string& path) {
    const CheckpointDirectory checkpoint(path);
    CheckTensors(checkpoint.Model());
    CheckTensors(checkpoint.Optimizer());
    Check(checkpoint.State(), [&] {
      const Index update = ReadCheckpointRecord(path).state.update;
      const SafetensorsFile model(checkpoint.Model());
      const Index of_model = ReadModelMetadata(model).updates;
      if (of_model != update) {
        throw CheckpointError({.where = checkpoint.State(),
                               .what = "it does not belong to " + model.path(),
                               .expected = fmt::format("update {}", of_model),
                               .got = fmt::format("update {}", update)});
      }
      CheckMoments(model, SafetensorsFile(checkpoint.Optimizer()));
      return fmt::format("update {}", update);
    });
  }

  void CheckLatest(const ModelDirectory& directory) {
    const std::string path = directory.Latest();
    Check(path, [&] {
      std::string name;
      std::getline(std::ifstream(path), name);
      if (!name.starts_with(kUpdatePrefix) ||
          !fs::is_directory(directory.Checkpoints() + "/" + name)) {
        throw CheckpointError({.where = path,
                               .expected = "the name of a checkpoint beside it",
                               .got = "'" + name.substr(0, 100) + "'"});
      }
      return name;
    });
  }

  // The paths in a folder that are named after updates, sorted; none if there is no such folder.
  static std::vector<std::string> NamesIn(const std::string& folder) {
    std::vector<std::string> paths;
    if (!fs::is_directory(folder)) return paths;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().filename().string().starts_with(kUpdatePrefix))
        paths.push_back(entry.path());
    }
    std::ranges::sort(paths);
    return paths;
  }

  template <typename Body>
  void Check(const std::string& path, const Body& body) {
    std::string found;
    try {
      found = body();
    } catch (const Error& error) {
      AddError(error);
      return;
    }
    PrintResult(fmt::format("{}: ok, {}\n", path, found));
  }

  void AddError(const Error& error) {
    ++num_bad_;
    PrintError(error.what());
  }

  Index num_bad_ = 0;
};

void Verify(const Arguments& arguments) {
  std::vector<std::string> paths;
  CommandLine line("talmach model verify DIR|FILE…",
                   "Reads models and checkpoints completely and compares checksums.");
  line.Group("Model").List("model,m", &paths, "DIR|FILE…",
                           "model directory, with all it holds, checkpoint, or model file");
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

// The directory with the tokenizers of a model file.
ModelDirectory RunOfModelFile(const std::string& file) {
  return RunDirectoryOf(fs::absolute(file).parent_path());
}

void CopyTokenizers(const ModelDirectory& from, const ModelDirectory& to) {
  CopyFile(from.SourceTokenizer(), to.SourceTokenizer());
  CopyFile(from.TargetTokenizer(), to.TargetTokenizer());
}

// Whether writing the path, a file or a directory, would change what a training has saved.
bool BelongsToTraining(const std::string& path) {
  const fs::path output = ResolvePath(path);
  const ModelDirectory beside(output.parent_path());
  if (output == beside.Model() && HasCheckpoints(beside.path)) return true;
  for (fs::path part = output; part.has_relative_path(); part = part.parent_path()) {
    const ModelDirectory above(part.parent_path());
    if (part == above.Checkpoints() && HasCheckpoints(above.path)) return true;
  }
  return false;
}

// Throws if a model would be written over one it is made of, or into a training.
void CheckOutput(const std::vector<std::string>& inputs, const std::string& output) {
  for (const std::string& input : inputs) {
    std::error_code ignored;  // of outputs that do not exist
    if (!fs::equivalent(input, output, ignored)) continue;
    throw ConfigError({.where = "--output", .what = "this is the model itself", .got = output});
  }
  if (output.empty() || BelongsToTraining(output)) {
    throw ConfigError({.where = "--output",
                       .expected = "a directory or a file that no training keeps for itself",
                       .got = output.empty() ? "nothing" : output});
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
  CheckOutput(files, output);
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

// What a model directory holds beside the model: it translates in int8 unless told otherwise.
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
      .Text("output,o", &output, "DIR|FILE.safetensors",
            "a model directory to make, or the model file alone")
      .Choice("precision", &precision, {{"int8", Precision::kInt8}}, "of the matrices");
  line.Positional("model");
  line.Require("model");
  line.Require("output");
  if (!line.Parse(arguments)) return;
  const std::string file = ModelFileOf(path);
  const bool file_alone = fs::path(output).extension() == ".safetensors";
  CheckOutput({file}, output);
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
