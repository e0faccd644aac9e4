#include "model/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "support/random_batch.h"
#include "support/temporary_directory.h"
#include "text/tokenizer.h"
#include "text/tokenizer_trainer.h"

namespace talmach {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

ModelConfig SmallConfig() {
  ModelConfig config;
  config.embedding_size = 6;
  config.encoder = {.layers = 2, .hidden_size = 5, .layer_norm = true};
  config.decoder = {.type = DecoderType::kConditional,
                    .hidden_size = 7,
                    .initial_state = InitialState::kMean,
                    .layer_norm = true};
  config.attention.size = 4;
  config.readout.size = 6;
  return config;
}

// Every combination of the choices that change names or shapes.
std::vector<ModelConfig> AllKinds() {
  std::vector<ModelConfig> configs;
  for (const DecoderType decoder : {DecoderType::kBahdanau, DecoderType::kConditional}) {
    for (const TiedEmbeddings tied :
         {TiedEmbeddings::kAll, TiedEmbeddings::kDecoder, TiedEmbeddings::kNone}) {
      for (const bool plain : {false, true}) {
        ModelConfig config = SmallConfig();
        config.decoder.type = decoder;
        config.tied_embeddings = tied;
        config.encoder.layer_norm = config.decoder.layer_norm = !plain;
        config.attention.bias = !plain;
        config.attention.scale = plain ? AttentionScale::kNone : AttentionScale::kVector;
        config.decoder.initial_state = plain ? InitialState::kZero : InitialState::kFirstBackward;
        config.readout.activation = plain ? ReadoutActivation::kMaxout : ReadoutActivation::kTanh;
        configs.push_back(config);
      }
    }
  }
  return configs;
}

VocabularySizes Vocabulary(const ModelConfig& config) {
  return {.source = config.tied_embeddings == TiedEmbeddings::kAll ? 13 : 11, .target = 13};
}

std::vector<float> Values(ConstView slab) { return {slab.span().begin(), slab.span().end()}; }

class ModelFileTest : public ::testing::Test {
 protected:
  ModelMetadata Metadata(const ModelConfig& config) const {
    return {.config = config,
            .vocabulary = Vocabulary(config),
            .source_vocabulary_hash = "0123456789abcdef",
            .target_vocabulary_hash = "fedcba9876543210",
            .updates = 77};
  }

  // Saves a model with random weights and returns it.
  std::unique_ptr<Seq2SeqModel> Save(const ModelConfig& config) const {
    auto model = std::make_unique<Seq2SeqModel>(config, Vocabulary(config), Precision::kFloat32);
    model->parameters().Initialize(3);
    SaveModel(path_, model->parameters(), model->parameters().slab(), Metadata(config));
    return model;
  }

  // Writes the saved file again after `change` has had its way with it.
  template <typename Change>
  void Rewrite(const Change& change) const {
    // The file stays mapped where it was while another one takes its place.
    const SafetensorsFile file(path_);
    SafetensorsMetadata metadata = file.metadata();
    std::vector<NamedTensor> tensors;
    for (const std::string& name : file.names()) tensors.push_back({name, file.GetAny(name)});
    change(tensors, metadata);
    WriteSafetensors(path_, tensors, metadata);
  }

  // Loads the saved float32 model as int8 and saves it frozen in its place.
  LoadedModel Freeze() const {
    LoadedModel rounded = LoadModel(path_, Precision::kInt8);
    SaveFrozenModel(path_, rounded.model->parameters(), rounded.metadata);
    return rounded;
  }

  void ExpectRefused(const std::string& text) const {
    EXPECT_THAT([&] { LoadModel(path_, Precision::kFloat32); },
                ThrowsMessage<CheckpointError>(AllOf(HasSubstr(path_), HasSubstr(text))));
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_.Path("model.safetensors");
};

using Tensors = std::vector<NamedTensor>;

TEST_F(ModelFileTest, EveryKindOfModelComesBackToTheBit) {
  for (const ModelConfig& config : AllKinds()) {
    const std::unique_ptr<Seq2SeqModel> saved = Save(config);
    const LoadedModel loaded = LoadModel(path_, Precision::kFloat32);
    EXPECT_EQ(ToJson(loaded.model->config()), ToJson(config));
    EXPECT_EQ(loaded.model->vocabulary().source, Vocabulary(config).source);
    EXPECT_EQ(loaded.model->vocabulary().target, 13);
    EXPECT_EQ(loaded.metadata.updates, 77);
    EXPECT_EQ(loaded.metadata.source_vocabulary_hash, "0123456789abcdef");
    EXPECT_EQ(loaded.metadata.target_vocabulary_hash, "fedcba9876543210");
    EXPECT_EQ(Values(loaded.model->parameters().slab()), Values(saved->parameters().slab()));
  }
}

TEST_F(ModelFileTest, NamesAndShapesAreThoseOfTheContract) {
  Save(SmallConfig());
  const SafetensorsFile file(path_);
  const std::pair<const char*, const char*> expected[] = {
      {"embedding.weight", "[13, 6]"},
      {"encoder.layers.0.forward.weight_ih", "[15, 6]"},
      {"encoder.layers.1.backward.weight_ih", "[15, 10]"},
      {"encoder.layers.1.backward.weight_hh", "[15, 5]"},
      {"encoder.layers.0.backward.bias_hh", "[15]"},
      {"encoder.layers.0.forward.layer_norm_ih.weight", "[15]"},
      {"decoder.initial_state.weight", "[7, 10]"},
      {"decoder.initial_state.bias", "[7]"},
      {"decoder.attention.query.weight", "[4, 7]"},
      {"decoder.attention.key.weight", "[4, 10]"},
      {"decoder.attention.bias", "[4]"},
      {"decoder.attention.scale", "[4]"},
      {"decoder.cell1.weight_ih", "[21, 6]"},
      {"decoder.cell2.weight_ih", "[21, 10]"},
      {"decoder.cell2.layer_norm_hh.bias", "[21]"},
      {"decoder.readout.state.weight", "[6, 7]"},
      {"decoder.readout.embedding.weight", "[6, 6]"},
      {"decoder.readout.context.weight", "[6, 10]"},
      {"decoder.readout.bias", "[6]"},
      {"output.bias", "[13]"},
  };
  for (const auto& [name, shape] : expected) {
    ASSERT_TRUE(file.Has(name)) << name;
    EXPECT_EQ(file.Get(name).ShapeText(), shape) << name;
  }
  EXPECT_EQ(file.Metadata("format"), "talmach");
  EXPECT_EQ(nlohmann::json::parse(file.Metadata("config")), ToJson(SmallConfig()));
}

TEST_F(ModelFileTest, AColumnBlockLiesWhereTheContractPutsIt) {
  ModelConfig config = SmallConfig();
  config.decoder.type = DecoderType::kBahdanau;
  const std::unique_ptr<Seq2SeqModel> model = Save(config);
  const SafetensorsFile file(path_);
  const ConstView stored = file.Get("decoder.cell.weight_ih");
  ASSERT_EQ(stored.ShapeText(), "[21, 16]");
  const ParameterSet& parameters = model->parameters();
  Index columns = 0;
  for (const Parameter& parameter : parameters.list()) {
    if (parameter.name != "decoder.cell.weight_ih") continue;
    const ConstView block = parameters.Value(&parameter);
    EXPECT_EQ(block(20, 0), stored(20, parameter.stored_column));
    EXPECT_EQ(block(3, block.cols() - 1), stored(3, parameter.stored_column + block.cols() - 1));
    columns += block.cols();
  }
  EXPECT_EQ(columns, 16);
}

TEST_F(ModelFileTest, AMissingTensorIsNamed) {
  Save(SmallConfig());
  Rewrite([](Tensors& tensors, auto&) {
    std::erase_if(tensors, [](const auto& t) { return t.name == "decoder.attention.scale"; });
  });
  ExpectRefused("'decoder.attention.scale' is missing; expected shape [4]");
}

TEST_F(ModelFileTest, AnUnknownTensorIsNamed) {
  Save(SmallConfig());
  const Tensor<float> extra({2, 3});
  Rewrite([&](Tensors& tensors, auto&) { tensors.push_back({"encoder.extra", extra.view()}); });
  ExpectRefused("'encoder.extra' does not belong to this model");
}

TEST_F(ModelFileTest, AnotherShapeIsNamedWithBothShapes) {
  Save(SmallConfig());
  const Tensor<float> other({5});
  Rewrite([&](Tensors& tensors, auto&) {
    for (auto& tensor : tensors) {
      if (tensor.name == "decoder.attention.bias") tensor.tensor = other.view();
    }
  });
  ExpectRefused("'decoder.attention.bias' has another shape; expected [4], got [5]");
}

TEST_F(ModelFileTest, AHugeConfigurationIsRefusedBeforeMemoryIsAskedFor) {
  for (const char* key : {"embedding_size", "encoder/hidden_size", "encoder/layers",
                          "decoder/hidden_size", "attention/size", "readout/size"}) {
    Save(SmallConfig());
    Rewrite([&](Tensors&, SafetensorsMetadata& metadata) {
      auto config = nlohmann::json::parse(metadata["config"]);
      config[nlohmann::json::json_pointer(std::string("/") + key)] = Index{1} << 40;
      metadata["config"] = config.dump();
    });
    EXPECT_THROW(LoadModel(path_, Precision::kFloat32), CheckpointError) << key;
  }
}

TEST_F(ModelFileTest, DamagedMetadataAreNamed) {
  const std::pair<std::string, std::string> damages[] = {
      {"format", "other"}, {"format_version", "2"}, {"format_version", "x"},
      {"updates", "-3"},   {"updates", "12 "},      {"config", "{"},
      {"config", "[1]"},   {"config", "{}"},        {"config", "null"},
  };
  for (const auto& damage : damages) {
    Save(SmallConfig());
    Rewrite(
        [&](Tensors&, SafetensorsMetadata& metadata) { metadata[damage.first] = damage.second; });
    EXPECT_THAT([&] { LoadModel(path_, Precision::kFloat32); },
                ThrowsMessage<CheckpointError>(HasSubstr(path_)))
        << damage.first << " = " << damage.second;
  }
  Save(SmallConfig());
  Rewrite([](Tensors&, SafetensorsMetadata& metadata) { metadata.erase("format"); });
  ExpectRefused("not a Talmach model");
}

TEST_F(ModelFileTest, AChangedByteIsFound) {
  Save(SmallConfig());
  std::string bytes = directory_.Read("model.safetensors");
  bytes[bytes.size() - 30] ^= 1;
  directory_.Write("model.safetensors", bytes);
  EXPECT_THROW(LoadModel(path_, Precision::kFloat32), CheckpointError);
}

TEST_F(ModelFileTest, AFailedLoadLeavesTheSlabAlone) {
  const std::unique_ptr<Seq2SeqModel> model = Save(SmallConfig());
  Rewrite([](Tensors& tensors, auto&) { tensors.pop_back(); });
  const SafetensorsFile file(path_);
  ParameterSet& parameters = model->parameters();
  parameters.Initialize(99);
  const std::vector<float> before = Values(parameters.slab());
  EXPECT_THROW(LoadSlab(file, parameters, "", parameters.slab()), CheckpointError);
  EXPECT_EQ(Values(parameters.slab()), before);
}

// What the model computes, to the bit.
std::vector<float> Outputs(const Seq2SeqModel& model) {
  Batch batch;
  batch.pairs = {{.source = {3, 10, 5, 2}, .target = {4, 9, 2}}, {.source = {7, 2}, .target = {2}}};
  Arena arena;
  std::vector<float> outputs;
  for (const ForcedDecoding& sentence : model.ForceDecode(batch, arena)) {
    std::ranges::copy(sentence.log_probabilities, std::back_inserter(outputs));
    std::ranges::copy(sentence.attention, std::back_inserter(outputs));
  }
  return outputs;
}

TEST_F(ModelFileTest, AFrozenModelComputesWhatRoundingAtLoadComputes) {
  for (const ModelConfig& config : AllKinds()) {
    Save(config);
    const std::vector<float> expected = Outputs(*LoadModel(path_, Precision::kInt8).model);
    const std::vector<float> exact = Outputs(*LoadModel(path_, Precision::kFloat32).model);
    Freeze();
    const LoadedModel frozen = LoadModel(path_, Precision::kInt8);
    EXPECT_TRUE(frozen.metadata.frozen);
    EXPECT_EQ(frozen.metadata.updates, 77);
    EXPECT_EQ(ToJson(frozen.model->config()), ToJson(config));
    EXPECT_EQ(Outputs(*frozen.model), expected);
    EXPECT_NE(expected, exact);
    for (std::size_t i = 0; i < exact.size(); ++i) EXPECT_NEAR(expected[i], exact[i], 0.1);
  }
}

TEST_F(ModelFileTest, AFrozenFileHoldsBytesAndAScaleForEachRow) {
  ModelConfig config = SmallConfig();
  config.decoder.type = DecoderType::kBahdanau;  // with a matrix of two blocks of columns
  const std::unique_ptr<Seq2SeqModel> model = Save(config);
  const ParameterSet& parameters = model->parameters();
  Freeze();
  const SafetensorsFile file(path_);
  EXPECT_EQ(file.Metadata("precision"), "int8");
  for (const ParameterSet::StoredTensor& tensor : parameters.StoredTensors()) {
    Tensor<float> exact({tensor.shape[0], tensor.is_matrix() ? tensor.shape[1] : 1});
    ParameterSet::ExtractStored(tensor, parameters.slab(), exact.view().span());
    if (!tensor.is_matrix()) {
      EXPECT_TRUE(std::ranges::equal(file.Get(tensor.name).span(), exact.view().span()));
      EXPECT_FALSE(file.Has(ScaleName(tensor.name)));
      continue;
    }
    const ConstInt8View values = file.GetInt8(tensor.name);
    const ConstView scales = file.Get(ScaleName(tensor.name));
    ASSERT_TRUE(SameShape(values, exact.view())) << tensor.name;
    for (Index r = 0; r < values.rows(); ++r) {
      for (Index c = 0; c < values.cols(); ++c) {
        ASSERT_NEAR(scales[r] * values(r, c), exact.view()(r, c), 0.501 * scales[r]);
      }
    }
  }
}

TEST_F(ModelFileTest, AFrozenModelIsOfUseInInt8Alone) {
  Save(SmallConfig());
  EXPECT_FALSE(IsFrozenModel(path_));
  const LoadedModel rounded = Freeze();
  EXPECT_TRUE(IsFrozenModel(path_));
  ExpectRefused("frozen in int8 and can only be used as such; expected precision int8");
  const std::unique_ptr<Seq2SeqModel> trained =
      std::make_unique<Seq2SeqModel>(SmallConfig(), Vocabulary(SmallConfig()), Precision::kFloat32);
  ParameterSet& parameters = trained->parameters();
  EXPECT_THROW(LoadSlab(SafetensorsFile(path_), parameters, "", parameters.slab()),
               CheckpointError);
  Arena arena;
  Gradients gradients(rounded.model->parameters());
  Batch batch;
  batch.pairs = {{.source = {3, 2}, .target = {2}}};
  EXPECT_THROW(rounded.model->ForwardBackward(batch, {}, arena, gradients), std::logic_error);
}

TEST_F(ModelFileTest, DamagedFrozenFilesAreNamed) {
  const Tensor<float> floats({13, 6});
  const std::pair<std::function<void(Tensors&, SafetensorsMetadata&)>, const char*> damages[] = {
      {[](Tensors&, SafetensorsMetadata& metadata) { metadata["precision"] = "int4"; }, "'int4'"},
      {[](Tensors&, SafetensorsMetadata& metadata) { metadata.erase("precision"); },
       "another type; expected F32, got I8"},
      {[](Tensors& tensors, SafetensorsMetadata&) {
         std::erase_if(tensors, [](const auto& t) { return t.name == "embedding.weight_scale"; });
       },
       "'embedding.weight_scale' is missing; expected shape [13]"},
      {[&](Tensors& tensors, SafetensorsMetadata&) {
         std::erase_if(tensors, [](const auto& t) { return t.name == "embedding.weight"; });
         tensors.insert(tensors.begin(), {"embedding.weight", ConstView(floats.view())});
       },
       "'embedding.weight' has another type; expected I8, got F32"}};
  for (const auto& [damage, text] : damages) {
    Save(SmallConfig());
    Freeze();
    Rewrite(damage);
    EXPECT_THAT([&] { LoadModel(path_, Precision::kInt8); },
                ThrowsMessage<CheckpointError>(AllOf(HasSubstr(path_), HasSubstr(text))));
  }
}

TEST_F(ModelFileTest, WeightsArePackedForThePassesAskedFor) {
  Save(SmallConfig());
  const Batch batch = RandomBatch({{4, 3}, {2, 5}}, Vocabulary(SmallConfig()), 1);
  const auto gradients_of = [&](const LoadedModel& loaded) {
    Arena arena;
    Gradients gradients(loaded.model->parameters());
    loaded.model->ForwardBackward(batch, {}, arena, gradients);
    return Values(gradients.slab());
  };
  const LoadedModel loaded = LoadModel(path_, Precision::kFloat32, Passes::kForwardAndBackward);
  LoadedModel packed_later = LoadModel(path_, Precision::kFloat32);
  packed_later.model->PackWeights();
  EXPECT_EQ(gradients_of(loaded), gradients_of(packed_later));
  EXPECT_THROW(LoadModel(path_, Precision::kInt8, Passes::kForwardAndBackward), std::logic_error);
}

TEST_F(ModelFileTest, AVocabularyOfAnotherModelIsRefusedNamingBoth) {
  const std::string text = directory_.Write("text", "aa ab ba bb\nab ab\nba aa\n");
  const TokenizerTrainerResult trained = TrainTokenizer(
      {.inputs = {text}, .model_prefix = directory_.Path("spm"), .vocabulary_size = 8});
  const auto loaded = Tokenizer::Load(trained.model_path);
  const Tokenizer& tokenizer = *loaded;
  ModelMetadata metadata = Metadata(SmallConfig());
  metadata.vocabulary = {.source = tokenizer.size(), .target = tokenizer.size()};
  metadata.source_vocabulary_hash = metadata.target_vocabulary_hash = tokenizer.Hash();
  EXPECT_NO_THROW(CheckVocabularies(path_, metadata, tokenizer, tokenizer));
  metadata.target_vocabulary_hash = "0000000000000000";
  EXPECT_THAT([&] { CheckVocabularies(path_, metadata, tokenizer, tokenizer); },
              ThrowsMessage<CheckpointError>(
                  AllOf(HasSubstr(path_), HasSubstr(tokenizer.path()), HasSubstr("target"),
                        HasSubstr("0000000000000000"), HasSubstr(tokenizer.Hash()))));
}

}  // namespace
}  // namespace talmach
