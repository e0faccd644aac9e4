// The flags of the commands that load models and search or score with them. Flags that are not
// given take their values from the section `translation` of the (first) model's config.yaml.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/counted.h"
#include "cli/command_line.h"
#include "config/config.h"
#include "project/open_translator.h"

namespace talmach {

/// How many models a command can use at once.
enum class Models { kOne, kEnsemble };

class TranslationFlags {
 public:
  /// -m, --precision, --mini-batch, --max-length.
  void DeclareModel(CommandLine& line, Models models = Models::kEnsemble);
  /// -b, -n, --max-length-factor, --unk.
  void DeclareSearch(CommandLine& line);
  /// --shortlist.
  void DeclareShortlist(CommandLine& line);

  /// The flags that were given, and the model's configuration for the rest; `line` has been parsed.
  /// Throws ConfigError and CheckpointError.
  TranslationConfig Resolve(const CommandLine& line) const;
  /// The same with the configuration of the model in `directory`.
  TranslationConfig Resolve(const CommandLine& line, const std::string& directory) const;

  /// How to open the models for a resolved configuration, with the shortlist that was asked for.
  OpenOptions MakeOpenOptions(const TranslationConfig& config, Index threads) const;

  const std::vector<std::string>& models() const { return models_; }

 private:
  std::vector<std::string> models_;
  std::string shortlist_;
  TranslationConfig given_;
  bool allows_ensemble_ = true;
};

/// Warns that those lines or pairs (`unit`: "line", "pair") of an input were longer than
/// --max-length, if any was.
void WarnOfCuts(const std::string& input, const LineNumbers& cut, std::string_view unit,
                Index max_length);

}  // namespace talmach
