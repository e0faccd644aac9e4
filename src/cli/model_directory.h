// What training leaves behind, as the commands that use a model need it:
//   DIR/model.safetensors, DIR/source.spm, DIR/target.spm, DIR/config.yaml (docs/model.md).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "kernels/precision.h"
#include "model/inference_model.h"
#include "model/model_file.h"
#include "text/tokenizer.h"

namespace talmach {

/// The names of the files of a model directory.
struct ModelDirectory {
  explicit ModelDirectory(std::string directory) : path(std::move(directory)) {}

  std::string path;
  std::string Model() const { return path + "/model.safetensors"; }
  std::string SourceTokenizer() const { return path + "/source.spm"; }
  std::string TargetTokenizer() const { return path + "/target.spm"; }
  std::string Configuration() const { return path + "/config.yaml"; }
};

struct TokenizerPair {
  std::shared_ptr<const Tokenizer> source;
  std::shared_ptr<const Tokenizer> target;  // the same object if the models are equal
};

/// Loads DIR/source.spm and DIR/target.spm. Throws CheckpointError.
TokenizerPair LoadTokenizers(const ModelDirectory& directory);

/// One or several models with their common tokenizers, ready for a Translator.
struct LoadedModels {
  std::vector<std::shared_ptr<const InferenceModel>> models;
  TokenizerPair tokenizers;
  Precision precision = Precision::kFloat32;  // of the products
};

/// Loads the models of the directories. Where the processor has no fast bfloat16, float32 is used
/// instead, with a warning. Throws CheckpointError if a directory or file is missing or damaged, or
/// if vocabularies differ, naming both files. The weights are packed for `passes`, but in int8,
/// which has no backward pass, for the forward pass alone.
LoadedModels LoadModels(const std::vector<std::string>& directories, Precision precision,
                        Passes passes = Passes::kForward);

/// The section `translation` of DIR/config.yaml; the defaults if there is no such file.
TranslationConfig ReadTranslationConfig(const ModelDirectory& directory);

}  // namespace talmach
