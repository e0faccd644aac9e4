// Tested by tests/integration/program_test.py.
#include "cli/command.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/did_you_mean.h"
#include "base/error.h"
#include "cli/console.h"

namespace talmach {
namespace {

std::string CommandList(std::string_view parent, std::string_view summary,
                        std::span<const Command> commands) {
  std::string text = fmt::format("Usage: {} COMMAND [FLAGS]\n{}\n\nCommands:\n", parent, summary);
  for (const Command& command : commands) {
    text += fmt::format("  {:<12} {}\n", command.name, command.summary);
  }
  return text + fmt::format("\n`{} COMMAND --help` explains a command.\n", parent);
}

}  // namespace

void RunSubcommand(std::string_view parent, std::string_view summary,
                   std::span<const Command> commands, const Arguments& arguments) {
  if (arguments.empty()) {
    throw ConfigError({.where = std::string(parent),
                       .what = "no command given",
                       .hint = fmt::format("see {} --help", parent)});
  }
  const std::string& name = arguments.front();
  if (name == "--help" || name == "-h" || name == "help") {
    PrintResult(CommandList(parent, summary, commands));
    return;
  }
  if (name == "--version" && parent == "talmach") {
    PrintResult(fmt::format("talmach {}\n", TALMACH_VERSION));
    return;
  }
  const auto found = std::ranges::find(commands, name, &Command::name);
  if (found == commands.end()) {
    std::vector<std::string> names;
    for (const Command& command : commands) names.emplace_back(command.name);
    const std::string hint = DidYouMean(name, names);
    throw ConfigError({.where = fmt::format("{} {}", parent, name),
                       .what = "unknown command",
                       .hint = hint.empty() ? fmt::format("see {} --help", parent) : hint});
  }
  found->run(Arguments(arguments.begin() + 1, arguments.end()));
}

}  // namespace talmach
