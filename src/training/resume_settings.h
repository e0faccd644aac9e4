// The settings of a run as its checkpoints note them, compared when it is resumed.
//
// The table of configuration keys says which keys are noted, and whether a change of one is refused
// or reported (config/resume_rule.h). Beside them stand the hashes of the vocabularies and, once
// the text has been read, its checksums (TrainingSession::CheckCorpus), whose change is refused.
#pragma once

#include <string>
#include <vector>

#include "text/training_corpus.h"
#include "training/checkpoint.h"
#include "training/training_setup.h"

namespace talmach {

/// The settings whose change is refused or reported, by their dotted key.
TrainingSettings SettingsOf(const TrainingSetup& setup);

/// The checksums of the training texts as settings.
TrainingSettings CorpusSettings(const Config& config,
                                const std::vector<CorpusChecksums>& checksums);

/// Compares the settings of a checkpoint with the current ones; settings it does not know are
/// ignored. Throws ConfigError naming the first key whose change is refused; returns one line for
/// each other change. `path` names the checkpoint.
std::vector<std::string> CompareSettings(const TrainingSettings& saved,
                                         const TrainingSettings& current, const std::string& path);

}  // namespace talmach
