// Loading distrusts the file. The header is parsed and checked first (io/safetensors), then the
// metadata, then, before any memory is asked for, that the sizes in the configuration agree with
// the tensors that are there; only then is the model built and filled. Every stored tensor must be
// present with its exact shape, and no other may be. Int8 may come from a frozen file or be rounded
// here by the same function, which is why both give the same bits.
//
// Writing goes the other way: blocks of columns are joined to whole tensors, which need memory;
// tensors of a single block are written straight from the slab.
#include "model/model_file.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>

#include "base/error.h"
#include "base/log.h"
#include "io/json_outline.h"
#include "text/tokenizer.h"

namespace talmach {
namespace {

constexpr char kFormat[] = "talmach";
constexpr char kPrecisionKey[] = "precision";
constexpr char kFrozenPrecision[] = "int8";
constexpr char kSourceChecksumKey[] = "source_tokenizer_checksum";
constexpr char kTargetChecksumKey[] = "target_tokenizer_checksum";
constexpr char kInitialModelKey[] = "initial_model";
constexpr char kInitialChecksumKey[] = "initial_model_checksum";

std::string TextOf(const std::vector<Index>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  }
  return text + "]";
}

// Throws unless the file holds the tensor in this shape.
void CheckTensor(const SafetensorsFile& file, const std::string& name,
                 const std::vector<Index>& shape) {
  if (!file.Has(name)) {
    throw CheckpointError({.where = file.path(),
                           .what = "tensor '" + name + "' is missing",
                           .expected = "shape " + TextOf(shape),
                           .got = "no such tensor"});
  }
  const AnyView& tensor = file.Layout(name);
  if (ShapeText(tensor) == TextOf(shape)) return;
  throw CheckpointError({.where = file.path(),
                         .what = "tensor '" + name + "' has another shape",
                         .expected = TextOf(shape),
                         .got = ShapeText(tensor)});
}

// Throws unless the file holds the tensor in this shape and as "F32" or "I8".
void CheckTensor(const SafetensorsFile& file, const std::string& name,
                 const std::vector<Index>& shape, std::string_view type) {
  CheckTensor(file, name, shape);
  const std::string_view got = TypeName(file.Layout(name));
  if (got == type) return;
  throw CheckpointError({.where = file.path(),
                         .what = "tensor '" + name + "' has another type",
                         .expected = std::string(type),
                         .got = std::string(got)});
}

// Throws unless the tensors of the file that start with `prefix` are those of the parameters.
// `frozen`: with a scale for each row of a matrix.
void CheckTensors(const SafetensorsFile& file,
                  const std::vector<ParameterSet::StoredTensor>& stored, const std::string& prefix,
                  bool frozen) {
  std::set<std::string> expected;
  const auto check = [&](const std::string& name, const std::vector<Index>& shape,
                         std::string_view type) {
    CheckTensor(file, name, shape, type);
    expected.insert(name);
  };
  for (const ParameterSet::StoredTensor& tensor : stored) {
    const bool is_int8 = frozen && tensor.is_matrix();
    check(prefix + tensor.name, tensor.shape, is_int8 ? "I8" : "F32");
    if (is_int8) check(ScaleName(tensor.name), {tensor.shape[0]}, "F32");
  }
  for (const std::string& name : file.names()) {
    if (!name.starts_with(prefix) || expected.contains(name)) continue;
    throw CheckpointError({.where = file.path(),
                           .what = "tensor '" + name + "' does not belong to this model",
                           .expected = "the tensors its configuration asks for",
                           .got = "shape " + ShapeText(file.Layout(name))});
  }
}

// Throws unless every size of the configuration is that of a tensor in the file. Done before a
// model is built, so that a hostile configuration cannot ask for memory the file does not justify.
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

bool ParseFrozen(const SafetensorsFile& file) {
  const auto found = file.metadata().find(kPrecisionKey);
  if (found == file.metadata().end()) return false;
  if (found->second == kFrozenPrecision) return true;
  throw CheckpointError({.where = file.path(),
                         .what = "unknown precision of the weights",
                         .expected = std::string(kFrozenPrecision) + " or none",
                         .got = "'" + found->second + "'"});
}

ModelConfig ParseConfig(const SafetensorsFile& file) {
  constexpr int kMaxDepth = 4;
  const std::string& text = file.Metadata("config");
  if (const std::string mistake = FindJsonMistake(text, kMaxDepth); !mistake.empty()) {
    throw CheckpointError({.where = file.path(), .what = "metadata 'config' " + mistake});
  }
  try {
    return ModelConfigFromJson(nlohmann::json::parse(text));
  } catch (const Error& error) {
    throw CheckpointError({.where = file.path() + ": config", .what = error.what()});
  }
}

// The number of rows of the first of two tensors that exists.
Index VocabularySize(const SafetensorsFile& file, const std::string& name) {
  const std::string& present = file.Has("embedding.weight") ? "embedding.weight" : name;
  const AnyView& weight = file.Layout(present);
  const auto num_rows = [](const auto& view) { return view.rank() == 2 ? view.dim(0) : Index{-1}; };
  if (const Index size = std::visit(num_rows, weight); size >= 0) return size;
  throw CheckpointError({.where = file.path(),
                         .what = "tensor '" + present + "' has another shape",
                         .expected = "[V, E]",
                         .got = ShapeText(weight)});
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

SafetensorsMetadata ToStrings(const ModelMetadata& metadata) {
  SafetensorsMetadata strings = {{"format", kFormat},
                                 {"format_version", std::to_string(kModelFormatVersion)},
                                 {"config", ToJson(metadata.config).dump()},
                                 {"source_vocabulary_hash", metadata.source_vocabulary_hash},
                                 {"target_vocabulary_hash", metadata.target_vocabulary_hash},
                                 {"updates", std::to_string(metadata.updates)}};
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) strings[key] = value;
  };
  add(kSourceChecksumKey, metadata.source_tokenizer_checksum);
  add(kTargetChecksumKey, metadata.target_tokenizer_checksum);
  add(kInitialModelKey, metadata.initial_model.path);
  add(kInitialChecksumKey, metadata.initial_model.checksum);
  return strings;
}

// Empty if the key is absent.
std::string MetadataOrNone(const SafetensorsFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  return found == file.metadata().end() ? "" : found->second;
}

// Rounds a stored matrix and puts it into frozen parameters.
void InsertRounded(const ParameterSet::StoredTensor& tensor, ConstView weight,
                   ParameterSet& parameters) {
  Tensor<std::int8_t> values({weight.rows(), weight.cols()});
  Tensor<float> scales({weight.rows()});
  QuantizeWeights(weight, values.view(), scales.view().span());
  parameters.InsertFrozen(tensor, {values.view(), scales.data()});
}

// Fills frozen parameters from a float32 or a frozen file.
void LoadFrozen(const SafetensorsFile& file, bool file_is_frozen, ParameterSet& parameters) {
  const std::vector<ParameterSet::StoredTensor> stored = parameters.StoredTensors();
  CheckTensors(file, stored, "", file_is_frozen);
  for (const ParameterSet::StoredTensor& tensor : stored) {
    if (!tensor.is_matrix()) {
      ParameterSet::InsertStored(tensor, file.Get(tensor.name).span(), parameters.slab());
    } else if (file_is_frozen) {
      parameters.InsertFrozen(tensor,
                              {file.GetInt8(tensor.name), file.Get(ScaleName(tensor.name)).data()});
    } else {
      InsertRounded(tensor, file.Get(tensor.name), parameters);
    }
  }
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

void CheckTokenizerFile(const std::string& model_path, const std::string& checksum,
                        const Tokenizer& tokenizer) {
  if (checksum.empty() || tokenizer.file_checksum() == checksum) return;
  throw CheckpointError({.where = tokenizer.path(),
                         .what = "damaged, or not the tokenizer of " + model_path,
                         .expected = "checksum " + checksum,
                         .got = tokenizer.file_checksum()});
}

}  // namespace

std::string ScaleName(const std::string& matrix) { return matrix + "_scale"; }

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
  WriteSafetensors(path, tensors, ToStrings(metadata), options);
}

void SaveFrozenModel(const std::string& path, const ParameterSet& parameters,
                     const ModelMetadata& metadata, const AtomicFileOptions& options) {
  Require(parameters.frozen(), "the parameters are frozen");
  std::vector<NamedTensor> tensors, matrices;
  std::vector<Tensor<float>> scales_memory;
  std::vector<Tensor<std::int8_t>> values_memory;
  for (const ParameterSet::StoredTensor& tensor : parameters.StoredTensors()) {
    if (!tensor.is_matrix()) {
      tensors.push_back({tensor.name, ConstView(parameters.Value(tensor.blocks.front()).data(),
                                                {tensor.shape[0]})});
      continue;
    }
    auto& values =
        values_memory.emplace_back(Tensor<std::int8_t>({tensor.shape[0], tensor.shape[1]}));
    auto& scales = scales_memory.emplace_back(Tensor<float>({tensor.shape[0]}));
    parameters.ExtractFrozen(tensor, values.view(), scales.view().span());
    tensors.push_back({ScaleName(tensor.name), ConstView(scales.view())});
    matrices.push_back({tensor.name, ConstInt8View(values.view())});
  }
  std::ranges::move(matrices, std::back_inserter(tensors));
  SafetensorsMetadata strings = ToStrings(metadata);
  strings[kPrecisionKey] = kFrozenPrecision;
  WriteSafetensors(path, tensors, strings, options);
}

ModelMetadata ReadModelMetadata(const SafetensorsFile& file) {
  CheckFormat(file);
  ModelMetadata metadata;
  metadata.config = ParseConfig(file);
  metadata.vocabulary.source = VocabularySize(file, "source_embedding.weight");
  metadata.vocabulary.target = VocabularySize(file, "target_embedding.weight");
  metadata.source_vocabulary_hash = file.Metadata("source_vocabulary_hash");
  metadata.target_vocabulary_hash = file.Metadata("target_vocabulary_hash");
  metadata.source_tokenizer_checksum = MetadataOrNone(file, kSourceChecksumKey);
  metadata.target_tokenizer_checksum = MetadataOrNone(file, kTargetChecksumKey);
  metadata.initial_model = {.path = MetadataOrNone(file, kInitialModelKey),
                            .checksum = MetadataOrNone(file, kInitialChecksumKey)};
  metadata.updates = ParseCount(file, "updates");
  metadata.frozen = ParseFrozen(file);
  return metadata;
}

bool IsFrozenModel(const std::string& path) {
  try {
    return ReadModelMetadata(SafetensorsFile(path)).frozen;
  } catch (const CheckpointError&) {
    return false;
  }
}

void LoadSlab(const SafetensorsFile& file, const ParameterSet& parameters,
              const std::string& prefix, View slab) {
  Require(slab.size() == parameters.slab_size(), "the slab has the layout of the parameters");
  const std::vector<ParameterSet::StoredTensor> stored = parameters.StoredTensors();
  CheckTensors(file, stored, prefix, /*frozen=*/false);
  for (const ParameterSet::StoredTensor& tensor : stored) {
    ParameterSet::InsertStored(tensor, file.Get(prefix + tensor.name).span(), slab);
  }
}

LoadedModel LoadModel(const std::string& path, Precision precision, Passes passes) {
  Require(precision != Precision::kInt8 || passes == Passes::kForward,
          "int8 weights are packed for the forward pass alone");
  std::optional<SafetensorsFile> file(path);
  if (file->Verify() == 0) {
    Log().warn("{}: it has no checksums, so that damage cannot be noticed", path);
  }
  LoadedModel loaded;
  loaded.metadata = ReadModelMetadata(*file);
  if (loaded.metadata.frozen && precision != Precision::kInt8) {
    throw CheckpointError({.where = path,
                           .what = "its weights are frozen in int8 and can only be used as such",
                           .expected = "precision int8",
                           .got = precision == Precision::kFloat32 ? "float32" : "bfloat16",
                           .hint = "take the model it was converted from"});
  }
  loaded.model = BuildModel(*file, loaded.metadata, precision);
  ParameterSet& parameters = loaded.model->parameters();
  if (precision == Precision::kInt8) {
    LoadFrozen(*file, loaded.metadata.frozen, parameters);
  } else {
    LoadSlab(*file, parameters, "", parameters.slab());
  }
  file.reset();  // its memory is that of the packed weights now
  loaded.model->PackWeights(passes);
  return loaded;
}

void CheckVocabularies(const std::string& model_path, const ModelMetadata& metadata,
                       const Tokenizer& source, const Tokenizer& target) {
  CheckVocabulary(model_path, "source", metadata.source_vocabulary_hash, metadata.vocabulary.source,
                  source);
  CheckVocabulary(model_path, "target", metadata.target_vocabulary_hash, metadata.vocabulary.target,
                  target);
}

void CheckTokenizerFiles(const std::string& model_path, const ModelMetadata& metadata,
                         const Tokenizer& source, const Tokenizer& target) {
  CheckTokenizerFile(model_path, metadata.source_tokenizer_checksum, source);
  CheckTokenizerFile(model_path, metadata.target_tokenizer_checksum, target);
}

}  // namespace talmach
