// Tested by tests/integration/program_test.py.
// talmach config init|check|show|keys
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/console.h"
#include "cli/training_run.h"
#include "config/config.h"
#include "config/config_keys.h"
#include "config/config_template.h"

namespace talmach {
namespace {

// Parses `FILE… [--set KEY=VALUE]` and loads them; false after --help.
bool Load(const std::string& name, const std::string& summary, const Arguments& arguments,
          Files files, Config* config) {
  std::vector<std::string> paths;
  std::vector<std::string> changes;
  CommandLine line(fmt::format("talmach config {} FILE.yaml… [--set KEY=VALUE]…", name), summary);
  line.Group("Configuration")
      .List("config,c", &paths, "FILE.yaml…", "files; later ones override earlier ones")
      .List("set", &changes, "KEY=VALUE…", "override a key");
  line.Positional("config");
  line.Require("config");
  if (!line.Parse(arguments)) return false;
  std::vector<ConfigOverride> overrides;
  for (const std::string& change : changes) overrides.push_back(ParseOverride(change));
  *config = LoadConfig(paths, overrides, files);
  return true;
}

void Check(const Arguments& arguments) {
  Config config;
  if (Load("check", "Reports every mistake and every missing file; says nothing if there is none.",
           arguments, Files::kMustExist, &config)) {
    WarnOfIdleKeys(config);
  }
}

void Show(const Arguments& arguments) {
  Config config;
  if (!Load("show", "Prints the resolved configuration with all defaults.", arguments,
            Files::kMayBeMissing, &config)) {
    return;
  }
  PrintResult(ToYaml(config));
}

void Keys(const Arguments& arguments) {
  CommandLine line("talmach config keys",
                   "Prints every key with values, default and meaning, in Markdown.");
  if (!line.Parse(arguments)) return;
  PrintResult(ConfigKeysAsMarkdown());
}

void Init(const Arguments& arguments) {
  ConfigSize size = ConfigSize::kMedium;
  std::string output;
  CommandLine line("talmach config init [--size small|medium|large] [-o FILE.yaml]",
                   "Writes a commented configuration for your own text.");
  line.Group("Configuration")
      .Choice("size", &size,
              {{"small", ConfigSize::kSmall},
               {"medium", ConfigSize::kMedium},
               {"large", ConfigSize::kLarge}},
              "of the model: for thousands, tens of thousands or millions of pairs")
      .Text("output,o", &output, "FILE.yaml", "a new file; by default standard output");
  if (!line.Parse(arguments)) return;
  const std::string text = ConfigTemplate(size);
  if (output.empty() || output == "-") {
    PrintResult(text);
    return;
  }
  if (std::filesystem::exists(output)) {
    throw ConfigError({.where = output, .what = "exists already", .hint = "give -o another name"});
  }
  WriteFileAtomically(output, text);
}

constexpr std::array kConfigCommands = {
    Command{"init", "write a commented configuration for your own text", Init},
    Command{"check", "report all mistakes of a configuration and missing files", Check},
    Command{"show", "print the resolved configuration with defaults", Show},
    Command{"keys", "explain every key", Keys},
};

}  // namespace

void RunConfigCommand(const Arguments& arguments) {
  RunSubcommand("talmach config", "Looks into configuration files.", kConfigCommands, arguments);
}

}  // namespace talmach
