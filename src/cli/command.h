// The subcommands of the program. A command is a name, a line of help and a function that takes
// the arguments behind its name, does everything, and returns when done; what goes wrong is thrown
// (see base/error.h). main turns exceptions into exit codes.
//
// A new command: a file <name>_command.cc that defines one of the functions below by the steps of
// command_steps.h, and a row in main's table. A command with subcommands calls RunSubcommand.
// tokenizer_command.cc is a short example.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace talmach {

using Arguments = std::vector<std::string>;

struct Command {
  std::string_view name;
  std::string_view summary;  // one line for the list of commands
  void (*run)(const Arguments& arguments);
};

/// Runs the command that arguments[0] names with the rest. Prints the list of commands for --help
/// and, with `parent` "talmach", the version for --version. Throws ConfigError if there is no
/// such command. `parent` is what the user typed before, e.g. "talmach tokenizer".
void RunSubcommand(std::string_view parent, std::string_view summary,
                   std::span<const Command> commands, const Arguments& arguments);

void RunAlignCommand(const Arguments& arguments);
void RunAttentionCommand(const Arguments& arguments);
void RunBenchmarkCommand(const Arguments& arguments);
void RunConfigCommand(const Arguments& arguments);
void RunCorpusCommand(const Arguments& arguments);
void RunEvaluateCommand(const Arguments& arguments);
void RunHeatmapCommand(const Arguments& arguments);
void RunModelCommand(const Arguments& arguments);
void RunProbeCommand(const Arguments& arguments);
void RunScoreCommand(const Arguments& arguments);
void RunServeCommand(const Arguments& arguments);
void RunShortlistCommand(const Arguments& arguments);
void RunTokenizerCommand(const Arguments& arguments);
void RunTrainCommand(const Arguments& arguments);
void RunTranslateCommand(const Arguments& arguments);

}  // namespace talmach
