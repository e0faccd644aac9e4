// Tested by tests/integration/program_test.py.
// talmach config init|check|show|keys
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "cli/command.h"
#include "cli/command_steps.h"
#include "cli/console.h"
#include "cli/training_run.h"
#include "config/config.h"
#include "config/config_keys.h"
#include "config/config_template.h"

namespace talmach {
namespace {

struct FileOptions {
  std::vector<std::string> paths;
  std::vector<std::string> changes;
};

void DeclareFiles(FileOptions& options, CommandLine& line) {
  line.Group("Configuration")
      .List("config,c", &options.paths, "FILE.yaml…", "files; later ones override earlier ones")
      .List("set", &options.changes, "KEY=VALUE…", "override a key");
  line.Positional("config");
  line.Mandatory({"config"});
}

Config Load(const FileOptions& options, Files files) {
  std::vector<ConfigOverride> overrides;
  for (const std::string& change : options.changes) overrides.push_back(ParseOverride(change));
  return LoadConfig(options.paths, overrides, files);
}

void RunCheck(const Arguments& arguments) {
  RunSteps<FileOptions>(
      {.usage = "talmach config check FILE.yaml… [--set KEY=VALUE]…",
       .summary = "Reports every mistake and every missing file; says nothing if there is none.",
       .declare = DeclareFiles,
       .run =
           [](const FileOptions& options, const CommandLine& /*line*/) {
             WarnOfIdleKeys(Load(options, Files::kMustExist));
           }},
      arguments);
}

void RunShow(const Arguments& arguments) {
  RunSteps<FileOptions>({.usage = "talmach config show FILE.yaml… [--set KEY=VALUE]…",
                         .summary = "Prints the resolved configuration with all defaults.",
                         .declare = DeclareFiles,
                         .run =
                             [](const FileOptions& options, const CommandLine& /*line*/) {
                               PrintResult(ToYaml(Load(options, Files::kMayBeMissing)));
                             }},
                        arguments);
}

struct KeysOptions {};

void RunKeys(const Arguments& arguments) {
  RunSteps<KeysOptions>(
      {.usage = "talmach config keys",
       .summary = "Prints every key with values, default and meaning, in Markdown.",
       .declare = [](KeysOptions& /*options*/, CommandLine& /*line*/) {},
       .run = [](const KeysOptions& /*options*/,
                 const CommandLine& /*line*/) { PrintResult(ConfigKeysAsMarkdown()); }},
      arguments);
}

struct InitOptions {
  ConfigSize size = ConfigSize::kMedium;
  std::string output = {};
};

void DeclareInitFlags(InitOptions& options, CommandLine& line) {
  line.Group("Configuration")
      .Choice("size", &options.size,
              {{"small", ConfigSize::kSmall},
               {"medium", ConfigSize::kMedium},
               {"large", ConfigSize::kLarge}},
              "of the model: for thousands, tens of thousands or millions of pairs")
      .Text("output,o", &options.output, "FILE.yaml", "a new file; by default standard output");
}

void Init(const InitOptions& options, const CommandLine& /*line*/) {
  const std::string text = ConfigTemplate(options.size);
  if (options.output.empty() || options.output == "-") {
    PrintResult(text);
    return;
  }
  if (std::filesystem::exists(options.output)) {
    throw ConfigError(
        {.where = options.output, .what = "exists already", .hint = "give -o another name"});
  }
  WriteFileAtomically(options.output, text);
}

void RunInit(const Arguments& arguments) {
  RunSteps<InitOptions>({.usage = "talmach config init [--size small|medium|large] [-o FILE.yaml]",
                         .summary = "Writes a commented configuration for your own text.",
                         .declare = DeclareInitFlags,
                         .run = Init},
                        arguments);
}

constexpr std::array kConfigCommands = {
    Command{"init", "write a commented configuration for your own text", RunInit},
    Command{"check", "report all mistakes of a configuration and missing files", RunCheck},
    Command{"show", "print the resolved configuration with defaults", RunShow},
    Command{"keys", "explain every key", RunKeys},
};

}  // namespace

void RunConfigCommand(const Arguments& arguments) {
  RunSubcommand("talmach config", "Checks and shows configuration files.", kConfigCommands,
                arguments);
}

}  // namespace talmach
