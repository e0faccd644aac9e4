#include "training/initial_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "base/error.h"
#include "base/group_digits.h"
#include "base/log.h"
#include "config/config_keys.h"
#include "model/model_layers.h"

namespace talmach {
namespace {

// The pieces whose rows a parameter consists of, if it does.
enum class RowsOf { kNoPieces, kSourcePieces, kTargetPieces };

RowsOf PiecesOf(const Parameter* parameter, const ModelLayers& layers) {
  const EmbeddingMatrices& matrices = layers.embeddings;
  for (const Parameter* of_target : {matrices.target, matrices.output, layers.output.bias()}) {
    if (parameter == of_target) return RowsOf::kTargetPieces;
  }
  return parameter == matrices.source ? RowsOf::kSourcePieces : RowsOf::kNoPieces;
}

void CheckNotFrozen(const std::string& file, const ModelMetadata& metadata) {
  if (!metadata.frozen) return;
  throw CheckpointError({.where = file,
                         .what = "its weights are frozen in int8, and training cannot start there",
                         .expected = "float32",
                         .got = "int8",
                         .hint = "take the model it was converted from"});
}

std::string Mismatch(const SafetensorsFile& file, const std::string& name,
                     const std::string& expected, const std::string& got) {
  return ToString({.where = file.path() + ": tensor " + name,
                   .what = "the configuration makes it another one",
                   .expected = expected,
                   .got = got});
}

// `parameters` have the vocabularies of the file.
void CheckShapes(const SafetensorsFile& file, const ParameterSet& parameters) {
  std::vector<std::string> mismatches;
  std::set<std::string> known;
  for (const ParameterSet::StoredTensor& tensor : parameters.StoredTensors()) {
    known.insert(tensor.name);
    const std::string expected = fmt::format("[{}]", fmt::join(tensor.shape, ", "));
    const std::string got = file.Has(tensor.name) ? ShapeText(file.Layout(tensor.name)) : "none";
    if (got != expected) mismatches.push_back(Mismatch(file, tensor.name, expected, got));
  }
  for (const std::string& name : file.names()) {
    if (known.contains(name)) continue;
    mismatches.push_back(Mismatch(file, name, "none", ShapeText(file.Layout(name))));
  }
  if (mismatches.empty()) return;
  throw ConfigError(
      {.what = fmt::format("{}", fmt::join(mismatches, "\n")),
       .hint = "the model must have the shape of the one it starts from; `talmach model info` "
               "shows its configuration"});
}

ModelMetadata CheckFile(const SafetensorsFile& file, const ModelConfig& config) {
  ModelMetadata metadata = ReadModelMetadata(file);
  CheckNotFrozen(file.path(), metadata);
  const ModelLayers layers(config, metadata.vocabulary, Precision::kFloat32);
  CheckShapes(file, layers.parameters);
  return metadata;
}

// For each id of a vocabulary, the row of its piece in the initial model; −1: there is none.
using OldRows = std::vector<TokenId>;

OldRows SameRows(Index size) {
  OldRows rows(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<TokenId>(i);
  return rows;
}

OldRows RowsByPiece(const Tokenizer& before, const Tokenizer& now) {
  OldRows rows = SameRows(now.size());
  for (TokenId id = kEndId + 1; id < now.size(); ++id) {  // the reserved ones mean the same
    const TokenId row = before.IdOf(now.PieceOf(id));
    rows[static_cast<std::size_t>(id)] = row > kEndId ? row : -1;
  }
  return rows;
}

struct RowsOfSides {
  OldRows source;
  OldRows target;
};

// Whether it says something about a text. Nearly every vocabulary has the mark of words, and bytes
// if it has them, to fall back on.
bool IsOfText(const std::string& piece) {
  return piece != "▁" && !(piece.starts_with("<0x") && piece.size() == std::size("<0x00>") - 1);
}

Index NumTaken(const OldRows& rows) {
  return std::ranges::count_if(rows, [](TokenId row) { return row >= 0; });
}

TakenRows Count(const RowsOfSides& rows) {
  return {.source = NumTaken(rows.source),
          .source_size = std::ssize(rows.source),
          .target = NumTaken(rows.target),
          .target_size = std::ssize(rows.target)};
}

// One side of an initial model and of the new one.
struct Side {
  const char* name;
  const std::string& key;  // of the file with its vocabulary
  const std::string& hash_before;
  const std::shared_ptr<const Tokenizer>& before;
  const Tokenizer& now;
};

OldRows FindRows(const InitialModel& initial, const Side& side) {
  if (side.now.Hash() == side.hash_before) return SameRows(side.now.size());
  if (side.before == nullptr) {
    throw ConfigError({.where = initial.file,
                       .what = fmt::format("the {} vocabulary is another one, and its own is not "
                                           "beside it",
                                           side.name),
                       .expected = "its tokenizers, to take weights by piece",
                       .got = "the model file alone",
                       .hint = "give its model directory"});
  }
  OldRows rows = RowsByPiece(*side.before, side.now);
  for (TokenId id = kEndId + 1; id < side.now.size(); ++id) {
    if (rows[static_cast<std::size_t>(id)] >= 0 && IsOfText(side.now.PieceOf(id))) return rows;
  }
  throw ConfigError({.where = side.key,
                     .what = fmt::format("it shares no piece with the {} vocabulary of {}",
                                         side.name, initial.path),
                     .expected = "some pieces in both",
                     .got = "none",
                     .hint = "without named tokenizers, those of that model are used"});
}

RowsOfSides FindRows(const InitialModel& initial, const ModelMetadata& metadata,
                     const Tokenizer& source, const Tokenizer& target) {
  return {.source =
              FindRows(initial, {.name = "source",
                                 .key = KeyName(&Config::tokenizer, &TokenizerConfig::source_model),
                                 .hash_before = metadata.source_vocabulary_hash,
                                 .before = initial.source_tokenizer,
                                 .now = source}),
          .target =
              FindRows(initial, {.name = "target",
                                 .key = KeyName(&Config::tokenizer, &TokenizerConfig::target_model),
                                 .hash_before = metadata.target_vocabulary_hash,
                                 .before = initial.target_tokenizer,
                                 .now = target})};
}

// `value` has one row, or in a vector one number, for each piece.
void TakeRows(const OldRows& rows, ConstView before, View value, bool is_vector) {
  const Index width = is_vector ? 1 : value.cols();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] < 0) continue;
    std::copy_n(before.data() + rows[i] * width, width,
                value.data() + static_cast<Index>(i) * width);
  }
}

// Keys that leave shapes alone and change what is computed; dropout is for training only.
std::vector<std::string> Differences(const ModelConfig& before, const ModelConfig& now,
                                     const std::string& path) {
  Config old_config, new_config;
  old_config.model = before;
  new_config.model = now;
  old_config.model.dropout = new_config.model.dropout = {};
  std::vector<std::string> differences;
  for (const ConfigKey& key : ConfigKeys()) {
    const std::string old_value = ValueText(key, old_config);
    const std::string new_value = ValueText(key, new_config);
    if (old_value == new_value) continue;
    differences.push_back(fmt::format("{}: {} was trained with {}, this is {}", key.name, path,
                                      old_value, new_value));
  }
  return differences;
}

}  // namespace

ModelMetadata CheckInitialModel(const std::string& file, const ModelConfig& config) {
  return CheckFile(SafetensorsFile(file), config);
}

TakenRows CountSharedRows(const InitialModel& initial, const Tokenizer& source,
                          const Tokenizer& target) {
  return Count(FindRows(initial, ReadModelMetadata(SafetensorsFile(initial.file)), source, target));
}

TakenWeights TakeWeights(const InitialModel& initial, const Tokenizer& source,
                         const Tokenizer& target, Seq2SeqModel* model) {
  const SafetensorsFile file(initial.file);
  const ModelMetadata metadata = CheckFile(file, model->config());
  const RowsOfSides rows = FindRows(initial, metadata, source, target);
  if (file.Verify() == 0) {
    Log().warn("{}: it has no checksums, so that damage cannot be noticed", file.path());
  }
  ParameterSet& parameters = model->parameters();
  for (const ParameterSet::StoredTensor& tensor : parameters.StoredTensors()) {
    const ConstView before = file.Get(tensor.name);
    const Parameter* first = tensor.blocks.front();
    const RowsOf pieces = PiecesOf(first, model->layers());
    if (pieces == RowsOf::kNoPieces) {
      ParameterSet::InsertStored(tensor, before.span(), parameters.slab());
    } else {
      TakeRows(pieces == RowsOf::kSourcePieces ? rows.source : rows.target, before,
               parameters.Value(first), first->is_vector);
    }
  }
  return {.checksum = file.checksum(),
          .rows = Count(rows),
          .differences = Differences(metadata.config, model->config(), initial.path)};
}

std::string Describe(const TakenRows& rows) {
  if (rows.all()) return "all weights are taken";
  return fmt::format(
      "all weights are taken, but for the vocabularies, whose rows are taken for {} of {} source "
      "and {} of {} target pieces and start fresh for the others",
      GroupDigits(rows.source), GroupDigits(rows.source_size), GroupDigits(rows.target),
      GroupDigits(rows.target_size));
}

}  // namespace talmach
