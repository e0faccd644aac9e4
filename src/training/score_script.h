// The validation metric `script`: a command of the user's that scores translations.
//
//   COMMAND SOURCE REFERENCE TRANSLATION
// The arguments are text files, a sentence per line, raw as in the validation set; they are gone
// when the command has ended. The last line that it prints, blank ones aside, is the score. It runs
// in the current directory, in /bin/sh; what it writes to its standard error goes to the log. If it
// fails, there is no score, and training goes on.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace talmach {

/// The files a script gets; line i of one belongs to line i of the others.
struct ScoredTexts {
  const std::vector<std::string>& source;
  const std::vector<std::string>& reference;
  const std::vector<std::string>& translation;
};

struct ScriptVerdict {
  std::optional<double> score = {};        // none if it failed
  std::string failure = {};                // why
  std::vector<std::string> messages = {};  // the last lines of its standard error
};

/// Runs the script. None if `should_stop` said true or a stop was requested, which end it.
std::optional<ScriptVerdict> RunScoreScript(const std::string& command, const ScoredTexts& texts,
                                            const std::function<bool()>& should_stop);

}  // namespace talmach
