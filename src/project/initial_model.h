// The model a new run starts from, found by its path: a model directory, a checkpoint or a model
// file.
#pragma once

#include <string>

#include "config/config.h"
#include "model/model_directory.h"
#include "training/initial_model.h"

namespace talmach {

/// Whether the run takes the tokenizers of its initial model: it has one, and none are named. What
/// the configuration says about building tokenizers does not count then.
bool UsesInitialTokenizers(const Config& config);

/// The directory with the tokenizers of the initial model. Throws ConfigError if there are none.
ModelDirectory InitialTokenizers(const Config& config);

/// Opens the model and its tokenizers, if there are some beside it. Throws CheckpointError if it is
/// no model, or frozen, or if its tokenizers are not those it was trained with, ConfigError if a
/// model of this configuration cannot start from it.
InitialModel OpenInitialModel(const Config& config);

/// Throws ConfigError if the initial model lies in the directory the run is to write to.
void RefuseInitialModelIn(const ModelDirectory& directory, const Config& config);

}  // namespace talmach
