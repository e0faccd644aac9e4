// How every command is written: a struct of options whose values are the defaults, a function that
// declares the flags that set them, one that checks flags against each other, and one that does the
// work. tokenizer_command.cc is a short example.
#pragma once

#include <string>

#include "cli/command_line.h"

namespace talmach {

template <typename Options>
struct CommandSteps {
  std::string usage;  // the first line of --help
  std::string summary;
  void (*declare)(Options& options, CommandLine& line);
  /// Checks and resolves combinations of flags; not needed where each flag stands alone.
  void (*settle)(Options& options, const CommandLine& line) = nullptr;
  void (*run)(const Options& options, const CommandLine& line);
};

/// Runs these steps; after --help there is nothing left to do.
template <typename Options>
void RunSteps(const CommandSteps<Options>& steps, const Arguments& arguments) {
  Options options;
  CommandLine line(steps.usage, steps.summary);
  steps.declare(options, line);
  if (!line.Parse(arguments)) return;
  if (steps.settle != nullptr) steps.settle(options, line);
  steps.run(options, line);
}

}  // namespace talmach
