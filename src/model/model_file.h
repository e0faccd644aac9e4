// A model as a file: all parameters under the names of docs/model.md, and metadata that says what
// they are. Everything needed to build the model again is in it; the vocabularies are not, only
// their hashes.
//
// Parameters are float32. In a frozen file, matrices are int8, and next to each matrix NAME stands
// NAME_scale, a float32 vector with the scale of each row: W[r, c] ≈ NAME_scale[r] · NAME[r, c].
// Such a model can translate but not train: it has lost the digits that training needs.
//
// Metadata (strings): `format` = `talmach`, `format_version`, `config` (JSON),
// `source_vocabulary_hash`, `target_vocabulary_hash`, `source_tokenizer_checksum`,
// `target_tokenizer_checksum`, `updates`; in frozen files `precision` = `int8`; in models that were
// not trained from nothing `initial_model` and `initial_model_checksum`.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/types.h"
#include "io/safetensors.h"
#include "kernels/precision.h"
#include "model/seq2seq_model.h"

namespace talmach {

class Tokenizer;

/// The version of the format that is written. Files of other versions are refused.
inline constexpr int kModelFormatVersion = 1;

/// The model whose weights a training began with; empty without one.
struct ModelOrigin {
  std::string path = {};      // as it was configured
  std::string checksum = {};  // SafetensorsFile::checksum
};

/// What a model file says about itself.
struct ModelMetadata {
  ModelConfig config = {};
  VocabularySizes vocabulary = {};          // from the shapes of the embeddings
  std::string source_vocabulary_hash = {};  // Tokenizer::Hash
  std::string target_vocabulary_hash = {};
  // Of the files the model was trained with; empty in models of earlier versions.
  std::string source_tokenizer_checksum = {};
  std::string target_tokenizer_checksum = {};
  ModelOrigin initial_model = {};
  Index updates = 0;    // training updates behind these weights
  bool frozen = false;  // matrices are int8
};

/// A model that is ready to compute, and what its file said.
struct LoadedModel {
  std::shared_ptr<Seq2SeqModel> model;
  ModelMetadata metadata;
};

/// Writes the weights in `slab` (the model's own values, or another slab of the same layout, such
/// as an average) atomically. Throws Error if the file cannot be written.
void SaveModel(const std::string& path, const ParameterSet& parameters, ConstView slab,
               const ModelMetadata& metadata, const AtomicFileOptions& options = {});

/// Writes frozen parameters (of a model loaded as int8) in the same way.
void SaveFrozenModel(const std::string& path, const ParameterSet& parameters,
                     const ModelMetadata& metadata, const AtomicFileOptions& options = {});

/// Reads the metadata and checks them. Throws CheckpointError.
ModelMetadata ReadModelMetadata(const SafetensorsFile& file);

/// The name of the tensor with the scales of a frozen matrix.
std::string ScaleName(const std::string& matrix);

/// Whether `path` is a readable file of a frozen model.
bool IsFrozenModel(const std::string& path);

/// Builds the model a file describes, with its weights packed in `precision` for `passes`. Int8
/// rounds float32 files exactly as SaveFrozenModel has done it for frozen ones; for those it is the
/// only precision. There is no backward pass in int8: asking for it is a std::logic_error. Throws
/// CheckpointError naming the file, and the tensor with both shapes, when anything is missing, left
/// over or of another shape or type.
LoadedModel LoadModel(const std::string& path, Precision precision,
                      Passes passes = Passes::kForward);

/// Fills a slab from the tensors `prefix` + name of a file, which must hold one for every stored
/// parameter and no others with this prefix. Errors as LoadModel; the slab is unchanged then.
void LoadSlab(const SafetensorsFile& file, const ParameterSet& parameters,
              const std::string& prefix, View slab);

/// The stored tensors of a slab, joined from its blocks, to be written. `memory` receives those
/// that consist of several blocks and must live as long as the result.
void AppendStoredTensors(const ParameterSet& parameters, ConstView slab, const std::string& prefix,
                         std::vector<NamedTensor>* tensors, std::vector<Tensor<float>>* memory);

/// Throws CheckpointError unless these are, to the byte, the tokenizers the model was trained with,
/// as far as its file records them.
void CheckTokenizerFiles(const std::string& model_path, const ModelMetadata& metadata,
                         const Tokenizer& source, const Tokenizer& target);

/// Throws CheckpointError, one line naming both files and hashes, unless the model was trained
/// with these vocabularies.
void CheckVocabularies(const std::string& model_path, const ModelMetadata& metadata,
                       const Tokenizer& source, const Tokenizer& target);

}  // namespace talmach
