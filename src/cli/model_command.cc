// Tested by tests/integration/program_test.py.
// talmach model info|verify|average|convert
//
// Four small commands on finished models; none of them builds the network. `info` shows what the
// model file says, `verify` compares checksums (project/verifier.cc), `average` and `convert` write
// new models (project/derived_models.cc).
#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/group_digits.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/command_steps.h"
#include "cli/console.h"
#include "io/safetensors.h"
#include "model/model_directory.h"
#include "model/model_file.h"
#include "project/derived_models.h"
#include "project/verifier.h"

namespace talmach {
namespace {

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
      "checksum            {}\n"
      "updates             {}\n"
      "parameters          {}\n"
      "precision           {}\n"
      "source vocabulary   {} pieces, hash {}\n"
      "target vocabulary   {} pieces, hash {}\n"
      "config              {}\n",
      file.path(), file.checksum().empty() ? "none" : file.checksum(), metadata.updates,
      GroupDigits(CountParameters(file)), metadata.frozen ? "int8, frozen" : "float32",
      metadata.vocabulary.source, metadata.source_vocabulary_hash, metadata.vocabulary.target,
      metadata.target_vocabulary_hash, ToJson(metadata.config).dump());
  if (const ModelOrigin& origin = metadata.initial_model; !origin.path.empty()) {
    text += fmt::format("initial model       {}, checksum {}\n", origin.path,
                        origin.checksum.empty() ? "none" : origin.checksum);
  }
  if (tensors) {
    for (const std::string& name : file.names()) {
      const AnyView& tensor = file.Layout(name);
      text += fmt::format("{:<48} {:<3} {}\n", name, TypeName(tensor), ShapeText(tensor));
    }
  }
  PrintResult(text);
}

struct InfoOptions {
  std::vector<std::string> paths;
  bool tensors = false;
};

void DeclareInfoFlags(InfoOptions& options, CommandLine& line) {
  line.Group("Model")
      .List("model,m", &options.paths, "DIR|FILE…", "model or checkpoint directory, or model file")
      .Switch("tensors", &options.tensors, "list the tensors with their shapes");
  line.Positional("model");
  line.Mandatory({"model"});
}

void Info(const InfoOptions& options, const CommandLine& /*line*/) {
  for (const std::string& path : options.paths) PrintInfo(path, options.tensors);
}

void RunInfo(const Arguments& arguments) {
  RunSteps<InfoOptions>({.usage = "talmach model info DIR|FILE… [--tensors]",
                         .summary = "Says what a model is.",
                         .declare = DeclareInfoFlags,
                         .run = Info},
                        arguments);
}

void PrintFinding(const Finding& finding) {
  if (finding.verdict == Finding::Verdict::kBad) {
    PrintError(finding.text);
  } else {
    PrintResult(finding.text + "\n");
  }
}

struct VerifyOptions {
  std::vector<std::string> paths;
};

void DeclareVerifyFlags(VerifyOptions& options, CommandLine& line) {
  line.Group("Model").List("model,m", &options.paths, "DIR|FILE…",
                           "model directory, with all it holds, checkpoint, or model file");
  line.Positional("model");
  line.Mandatory({"model"});
}

void Verify(const VerifyOptions& options, const CommandLine& /*line*/) {
  Index num_bad = 0;
  for (const std::string& path : options.paths) num_bad += VerifyModel(path, PrintFinding);
  if (num_bad == 0) return;
  throw CheckpointError({.where = fmt::format("{}", fmt::join(options.paths, ", ")),
                         .what = fmt::format("{} of the files are damaged or missing", num_bad)});
}

void RunVerify(const Arguments& arguments) {
  RunSteps<VerifyOptions>(
      {.usage = "talmach model verify DIR|FILE…",
       .summary = "Reads models and checkpoints completely and compares checksums.",
       .declare = DeclareVerifyFlags,
       .run = Verify},
      arguments);
}

void RequireName(const std::string& output) {
  if (!output.empty()) return;
  throw ConfigError({.where = "--output", .expected = "a directory or a file", .got = "nothing"});
}

struct AverageOptions {
  std::vector<std::string> paths;
  std::string output;
};

void DeclareAverageFlags(AverageOptions& options, CommandLine& line) {
  line.Group("Models")
      .List("model,m", &options.paths, "DIR|FILE…",
            "model or checkpoint directories, or model files")
      .Output("output,o", &options.output, "DIR|FILE.safetensors",
              "a model directory to make, or the model file alone");
  line.Positional("model");
  line.Mandatory({"model", "output"});
}

void Average(const AverageOptions& options, const CommandLine& /*line*/) {
  RequireName(options.output);
  WriteAverage(options.paths, options.output);
  Log().info("{}: the mean of {} models", options.output, options.paths.size());
}

void RunAverage(const Arguments& arguments) {
  RunSteps<AverageOptions>(
      {.usage = "talmach model average DIR|FILE… -o DIR|FILE.safetensors",
       .summary = "Writes the mean of the weights of several models of the same shape.",
       .declare = DeclareAverageFlags,
       .run = Average},
      arguments);
}

struct ConvertOptions {
  std::string path;
  std::string output;
  Precision precision = Precision::kInt8;
};

void DeclareConvertFlags(ConvertOptions& options, CommandLine& line) {
  line.Group("Model")
      .Text("model,m", &options.path, "DIR|FILE", "model or checkpoint directory, or model file")
      .Output("output,o", &options.output, "DIR|FILE.safetensors",
              "a model directory to make, or the model file alone")
      .Choice("precision", &options.precision, {{"int8", Precision::kInt8}}, "of the matrices");
  line.Positional("model");
  line.Mandatory({"model", "output"});
}

void Convert(const ConvertOptions& options, const CommandLine& /*line*/) {
  RequireName(options.output);
  const FrozenModel frozen = WriteFrozen(options.path, options.precision, options.output);
  Log().info("{}: {} parameters in {} bytes", options.output, GroupDigits(frozen.num_parameters),
             GroupDigits(frozen.file_size));
}

void RunConvert(const Arguments& arguments) {
  RunSteps<ConvertOptions>(
      {.usage = "talmach model convert -m DIR|FILE --precision int8 -o DIR|FILE.safetensors",
       .summary = "Freezes a model: its matrices become 8-bit numbers, a quarter of the size. It "
                  "translates as `--precision int8` does with the original, and cannot be trained.",
       .declare = DeclareConvertFlags,
       .run = Convert},
      arguments);
}

constexpr std::array kModelCommands = {
    Command{"info", "say what a model is", RunInfo},
    Command{"verify", "compare checksums of models and checkpoints", RunVerify},
    Command{"average", "average the weights of several models", RunAverage},
    Command{"convert", "freeze a model in 8 bits", RunConvert},
};

}  // namespace

void RunModelCommand(const Arguments& arguments) {
  RunSubcommand("talmach model", "Inspects, combines and converts models.", kModelCommands,
                arguments);
}

}  // namespace talmach
