#include "model/model_file.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "text/tokenizer.h"

namespace talmach {
namespace {

constexpr char kFormat[] = "talmach";

std::string ShapeText(const std::vector<Index>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  }
  return text + "]";
}

bool HasShape(ConstView view, const std::vector<Index>& shape) {
  if (view.rank() != static_cast<int>(shape.size())) return false;
  for (int i = 0; i < view.rank(); ++i) {
    if (view.dim(i) != shape[static_cast<std::size_t>(i)]) return false;
  }
  return true;
}

/// Throws unless the file holds the tensor in this shape.
void CheckTensor(const SafetensorsFile& file, const std::string& name,
                 const std::vector<Index>& shape) {
  if (!file.Has(name)) {
    throw CheckpointError({.where = file.path(),
                           .what = "tensor '" + name + "' is missing",
                           .expected = "shape " + ShapeText(shape),
                           .got = "no such tensor"});
  }
  const ConstView view = file.Get(name);
  if (HasShape(view, shape)) return;
  throw CheckpointError({.where = file.path(),
                         .what = "tensor '" + name + "' has another shape",
                         .expected = ShapeText(shape),
                         .got = view.ShapeText()});
}

/// Throws unless the tensors of the file that start with `prefix` are those of the parameters.
void CheckTensors(const SafetensorsFile& file,
                  const std::vector<ParameterSet::StoredTensor>& stored,
                  const std::string& prefix) {
  std::set<std::string> expected;
  for (const ParameterSet::StoredTensor& tensor : stored) {
    CheckTensor(file, prefix + tensor.name, tensor.shape);
    expected.insert(prefix + tensor.name);
  }
  for (const std::string& name : file.names()) {
    if (!name.starts_with(prefix) || expected.contains(name)) continue;
    throw CheckpointError({.where = file.path(),
                           .what = "tensor '" + name + "' does not belong to this model",
                           .expected = "the tensors its configuration asks for",
                           .got = "shape " + file.Get(name).ShapeText()});
  }
}

/// Throws unless every size of the configuration is that of a tensor in the file. Done before a
/// model is built, so that a hostile configuration cannot ask for memory the file does not justify.
void CheckSizes(const SafetensorsFile& file, const ModelMetadata& metadata) {
  const ModelConfig& config = metadata.config;
  const bool tied = file.Has("embedding.weight");
  CheckTensor(file, tied ? "embedding.weight" : "source_embedding.weight",
              {metadata.vocabulary.source, config.embedding_size});
  const Index encoder_size = config.encoder.hidden_size;
  for (Index layer = 0; layer < config.encoder.layers; ++layer) {
    CheckTensor(file, "encoder.layers." + std::to_string(layer) + ".forward.weight_hh",
                {3 * encoder_size, encoder_size});
  }
  const Index decoder_size = config.decoder.hidden_size;
  const bool conditional = config.decoder.type == DecoderType::kConditional;
  CheckTensor(file, conditional ? "decoder.cell1.weight_hh" : "decoder.cell.weight_hh",
              {3 * decoder_size, decoder_size});
  CheckTensor(file, "decoder.attention.query.weight", {config.attention.size, decoder_size});
  const bool maxout = config.readout.activation == ReadoutActivation::kMaxout;
  CheckTensor(file, "decoder.readout.bias", {(maxout ? 2 : 1) * config.readout.size});
}

Index ParseCount(const SafetensorsFile& file, const std::string& key) {
  const std::string& text = file.Metadata(key);
  Index value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) {
    throw CheckpointError({.where = file.path(),
                           .what = "metadata '" + key + "' is not a count",
                           .expected = "a number ≥ 0",
                           .got = "'" + text + "'"});
  }
  return value;
}

void CheckFormat(const SafetensorsFile& file) {
  const auto found = file.metadata().find("format");
  if (found == file.metadata().end() || found->second != kFormat) {
    throw CheckpointError(
        {.where = file.path(),
         .what = "not a Talmach model",
         .expected = std::string("metadata format = ") + kFormat,
         .got = found == file.metadata().end() ? "none" : "'" + found->second + "'"});
  }
  if (ParseCount(file, "format_version") != kModelFormatVersion) {
    throw CheckpointError({.where = file.path(),
                           .what = "unknown version of the model format",
                           .expected = std::to_string(kModelFormatVersion),
                           .got = file.Metadata("format_version"),
                           .hint = "use the version of Talmach that wrote it, or a newer one"});
  }
}

ModelConfig ParseConfig(const SafetensorsFile& file) {
  const auto json = nlohmann::json::parse(file.Metadata("config"), nullptr, false);
  if (json.is_discarded()) {
    throw CheckpointError({.where = file.path(), .what = "metadata 'config' is not JSON"});
  }
  try {
    return ModelConfigFromJson(json);
  } catch (const Error& error) {
    throw CheckpointError({.where = file.path() + ": config", .what = error.what()});
  }
}

/// The number of rows of the first of two tensors that exists.
Index VocabularySize(const SafetensorsFile& file, const std::string& name) {
  const std::string& present = file.Has("embedding.weight") ? "embedding.weight" : name;
  const ConstView weight = file.Get(present);
  if (weight.rank() == 2) return weight.dim(0);
  throw CheckpointError({.where = file.path(),
                         .what = "tensor '" + present + "' has another shape",
                         .expected = "[V, E]",
                         .got = weight.ShapeText()});
}

std::shared_ptr<Seq2SeqModel> BuildModel(const SafetensorsFile& file, const ModelMetadata& metadata,
                                         Precision precision) {
  try {
    Validate(metadata.config, metadata.vocabulary);
  } catch (const ConfigError& error) {
    throw CheckpointError({.where = file.path() + ": config", .what = error.what()});
  }
  CheckSizes(file, metadata);
  return std::make_shared<Seq2SeqModel>(metadata.config, metadata.vocabulary, precision);
}

void CheckVocabulary(const std::string& model_path, const std::string& side,
                     const std::string& model_hash, Index model_size, const Tokenizer& tokenizer) {
  if (tokenizer.Hash() == model_hash && tokenizer.size() == model_size) return;
  throw CheckpointError(
      {.where = tokenizer.path(),
       .what = "this is not the " + side + " vocabulary of " + model_path,
       .expected = std::to_string(model_size) + " pieces with hash " + model_hash,
       .got = std::to_string(tokenizer.size()) + " pieces with hash " + tokenizer.Hash()});
}

}  // namespace

void AppendStoredTensors(const ParameterSet& parameters, ConstView slab, const std::string& prefix,
                         std::vector<NamedTensor>* tensors, std::vector<Tensor<float>>* memory) {
  for (const ParameterSet::StoredTensor& stored : parameters.StoredTensors()) {
    Index size = 1;
    for (const Index dim : stored.shape) size *= dim;
    const float* data = slab.data() + stored.blocks.front()->offset;
    if (stored.blocks.size() > 1) {
      memory->emplace_back(Tensor<float>({size}));
      ParameterSet::ExtractStored(stored, slab, memory->back().view().span());
      data = memory->back().data();
    }
    const ConstView view = stored.shape.size() == 1
                               ? ConstView(data, {stored.shape[0]})
                               : ConstView(data, {stored.shape[0], stored.shape[1]});
    tensors->push_back({prefix + stored.name, view});
  }
}

void SaveModel(const std::string& path, const ParameterSet& parameters, ConstView slab,
               const ModelMetadata& metadata, const AtomicFileOptions& options) {
  std::vector<NamedTensor> tensors;
  std::vector<Tensor<float>> memory;
  AppendStoredTensors(parameters, slab, "", &tensors, &memory);
  WriteSafetensors(path, tensors,
                   {{"format", kFormat},
                    {"format_version", std::to_string(kModelFormatVersion)},
                    {"config", ToJson(metadata.config).dump()},
                    {"source_vocabulary_hash", metadata.source_vocabulary_hash},
                    {"target_vocabulary_hash", metadata.target_vocabulary_hash},
                    {"updates", std::to_string(metadata.updates)}},
                   options);
}

ModelMetadata ReadModelMetadata(const SafetensorsFile& file) {
  CheckFormat(file);
  ModelMetadata metadata;
  metadata.config = ParseConfig(file);
  metadata.vocabulary.source = VocabularySize(file, "source_embedding.weight");
  metadata.vocabulary.target = VocabularySize(file, "target_embedding.weight");
  metadata.source_vocabulary_hash = file.Metadata("source_vocabulary_hash");
  metadata.target_vocabulary_hash = file.Metadata("target_vocabulary_hash");
  metadata.updates = ParseCount(file, "updates");
  return metadata;
}

void LoadSlab(const SafetensorsFile& file, const ParameterSet& parameters,
              const std::string& prefix, View slab) {
  Require(slab.size() == parameters.slab_size(), "the slab has the layout of the parameters");
  const std::vector<ParameterSet::StoredTensor> stored = parameters.StoredTensors();
  CheckTensors(file, stored, prefix);
  for (const ParameterSet::StoredTensor& tensor : stored) {
    ParameterSet::InsertStored(tensor, file.Get(prefix + tensor.name).span(), slab);
  }
}

LoadedModel LoadModel(const std::string& path, Precision precision) {
  const SafetensorsFile file(path);
  file.Verify();
  LoadedModel loaded;
  loaded.metadata = ReadModelMetadata(file);
  loaded.model = BuildModel(file, loaded.metadata, precision);
  LoadSlab(file, loaded.model->parameters(), "", loaded.model->parameters().slab());
  loaded.model->PackWeights();
  return loaded;
}

void CheckVocabularies(const std::string& model_path, const ModelMetadata& metadata,
                       const Tokenizer& source, const Tokenizer& target) {
  CheckVocabulary(model_path, "source", metadata.source_vocabulary_hash, metadata.vocabulary.source,
                  source);
  CheckVocabulary(model_path, "target", metadata.target_vocabulary_hash, metadata.vocabulary.target,
                  target);
}

}  // namespace talmach
