// The flags of `talmach evaluate`, named as sacreBLEU's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/evaluate_options.h"

namespace talmach {

class EvaluateFlags {
 public:
  void Declare(CommandLine& line);
  /// What the flags on the command line and sacreBLEU's environment variables ask for, checked.
  EvaluateOptions Resolve(const CommandLine& line) const;

 private:
  void DeclareFiles(CommandLine& line);
  void DeclareBleu(CommandLine& line);
  void DeclareChrfAndTer(CommandLine& line);
  void DeclareSignificance(CommandLine& line);
  void DeclareOutput(CommandLine& line);

  // How these are used depends on other flags.
  EvaluateOptions options_;
  std::optional<ScoreFormat> format_;
  bool paired_bootstrap_ = false;
  bool paired_randomisation_ = false;
  Index randomisation_resamples_ = -1;  // none
  std::vector<std::string> compare_;
};

}  // namespace talmach
