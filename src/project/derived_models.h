// Models made of other models: the mean of several, and one frozen in 8 bits.
//
// Models are given as model or checkpoint directories or as model files. The output is the model
// file alone if its name ends in .safetensors; else a model directory, which appears whole or not
// at all, with the tokenizers and the configuration of the (first) model's run.
#pragma once

#include <string>
#include <vector>

#include "base/types.h"
#include "kernels/precision.h"

namespace talmach {

/// Writes the mean of the weights of several models (at least one) of the same shape. Throws
/// CheckpointError, before anything is written, if one of them is no model; other errors as
/// AverageModels.
void WriteAverage(const std::vector<std::string>& models, const std::string& output);

struct FrozenModel {
  Index num_parameters = 0;
  Index file_size = 0;  // of the model file, in bytes
};

/// Freezes a model in the precision, which a directory then translates in by default. Throws
/// CheckpointError if it is frozen already; other errors as LoadModel and LoadConfig.
FrozenModel WriteFrozen(const std::string& model, Precision precision, const std::string& output);

}  // namespace talmach
