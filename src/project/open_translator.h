// Opens model directories (docs/model.md) as translators. A checkpoint's directory,
// DIR/checkpoints/update-…, can be given wherever a model directory can: the tokenizers are those
// of its run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "kernels/precision.h"
#include "model/inference_model.h"
#include "model/model_directory.h"
#include "search/translator.h"
#include "text/tokenizer.h"

namespace talmach {

struct TokenizerPair {
  std::shared_ptr<const Tokenizer> source;
  std::shared_ptr<const Tokenizer> target;  // the same object if the models are equal
};

/// The directory with the tokenizers and the configuration that belong to a model: the directory
/// itself, or, of a checkpoint, that of its run.
ModelDirectory RunDirectoryOf(const std::string& directory);

/// Loads both tokenizers of a model directory. Throws CheckpointError.
TokenizerPair LoadTokenizers(const ModelDirectory& directory);

/// Copies their files from one model directory to another. Throws Error.
void CopyTokenizers(const ModelDirectory& from, const ModelDirectory& to);

/// One or several models with their common tokenizers.
struct OpenedModels {
  std::vector<std::shared_ptr<const InferenceModel>> models;
  TokenizerPair tokenizers;
  Precision precision = Precision::kFloat32;  // of the products
};

/// Loads the models of the directories. Where the processor has no fast bfloat16, float32 is used
/// instead, with a warning. Throws CheckpointError if a directory or file is missing or damaged, or
/// if vocabularies differ, naming both files. The weights are packed for `passes`; int8, which has
/// no backward pass, for the forward pass only.
OpenedModels OpenModels(const std::vector<std::string>& directories, Precision precision,
                        Passes passes = Passes::kForward);

struct OpenOptions {
  Precision precision = Precision::kFloat32;  // of the products
  Passes passes = Passes::kForward;           // both for saliency by gradients
  std::string shortlist = {};                 // the file of one; empty: none
  TranslatorOptions translator = {};          // its shortlist is the one opened
};

/// What the configuration that belongs to a model says about translations; the defaults if the
/// directory has none. Throws ConfigError.
TranslationConfig ReadTranslationConfig(const std::string& directory);

/// The options of a Translator for a resolved configuration.
TranslatorOptions MakeTranslatorOptions(const TranslationConfig& config, Index threads);

/// Opens the shortlist in a file. Throws CheckpointError if it cannot be read or is for other
/// vocabularies.
std::shared_ptr<const Shortlist> OpenShortlist(const std::string& path,
                                               const TokenizerPair& tokenizers);

/// A translator with the models of the directories; several form an ensemble. Errors as OpenModels,
/// OpenShortlist and Translator.
Translator OpenTranslator(const std::vector<std::string>& directories,
                          const OpenOptions& options = {});

}  // namespace talmach
