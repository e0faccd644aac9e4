// The mean of several models' weights: often better than each of them (Popel and Bojar 2018,
// section 4.10).
#pragma once

#include <string>
#include <vector>

#include "nn/parameter.h"

namespace talmach {

/// The mean of the weights in model files that have the tensors of `parameters`, summed in double
/// precision, into `slab`. Throws CheckpointError naming the file and what differs.
void AverageWeights(const std::vector<std::string>& paths, const ParameterSet& parameters,
                    View slab);

/// Writes the mean of the models in `inputs` (at least one) to `output`, atomically; its `updates`
/// are the most of any input. Throws CheckpointError naming the file and what differs unless all
/// have the same configuration, vocabularies and shapes.
void AverageModels(const std::vector<std::string>& inputs, const std::string& output);

}  // namespace talmach
