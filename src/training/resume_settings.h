// Which settings may change when a run is resumed.
//
// Refused: what the state of training depends on (the shape of the model, vocabularies, batches,
// the objective, the optimizer and its schedule, the metric that decides what is best) and the text
// itself, by its checksum (TrainingSession::CheckCorpus, once it has been read).
// Taken with a notice: what changes the further course but makes sense (workers, threads,
// precision, the place of the corpus, and, under the cosine schedule, the limits). Taken silently:
// all the rest (limits, periods of display, validation and saving, patience).
#pragma once

#include <string>
#include <vector>

#include "training/checkpoint.h"
#include "training/trainer.h"

namespace talmach {

/// The settings of the first two kinds, by their dotted key.
TrainingSettings SettingsOf(const TrainingSetup& setup);

/// Compares settings of a checkpoint with those of now; what it does not know is no change. Throws
/// ConfigError naming the first key whose change is refused; returns one line for each other
/// change. `path` names the checkpoint.
std::vector<std::string> CompareSettings(const TrainingSettings& saved,
                                         const TrainingSettings& current, const std::string& path);

}  // namespace talmach
