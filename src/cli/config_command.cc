// talmach config check|show|keys
#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/console.h"
#include "cli/training_run.h"
#include "config/config.h"
#include "config/config_keys.h"

namespace talmach {
namespace {

// Parses `FILE… [--set KEY=VALUE]` and loads them; false after --help.
bool Load(const std::string& name, const std::string& summary, const Arguments& arguments,
          Config* config) {
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
  *config = LoadConfig(paths, overrides);
  return true;
}

void Check(const Arguments& arguments) {
  Config config;
  if (Load("check", "Reports every mistake; says nothing if there is none.", arguments, &config)) {
    WarnOfIdleKeys(config);
  }
}

void Show(const Arguments& arguments) {
  Config config;
  if (!Load("show", "Prints the resolved configuration with all defaults.", arguments, &config)) {
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

constexpr std::array kConfigCommands = {
    Command{"check", "report all mistakes of a configuration", Check},
    Command{"show", "print the resolved configuration with defaults", Show},
    Command{"keys", "explain every key", Keys},
};

}  // namespace

void RunConfigCommand(const Arguments& arguments) {
  RunSubcommand("talmach config", "Looks into configuration files.", kConfigCommands, arguments);
}

}  // namespace talmach
