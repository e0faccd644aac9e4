// Whether an output would destroy a model.
#pragma once

#include <string>

namespace talmach {

/// Whether `path`, a file or a directory that need not exist, is one of the files of a model
/// directory or of a checkpoint, or lies inside the checkpoints of a run; links are followed.
bool IsFileOfModel(const std::string& path);

/// Whether the existing file `path` is, under whatever name, one of the files of the model
/// directory, checkpoint or single file `model`.
bool IsFileOf(const std::string& model, const std::string& path);

}  // namespace talmach
