#include "training/initial_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "model/model_directory.h"
#include "model/model_layers.h"
#include "support/message_of.h"
#include "training/checkpoint.h"
#include "training/toy_training.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::function<bool(Index)> StopAt(Index last) {
  return [last](Index update) { return update >= last; };
}

std::vector<float> TensorOf(const std::string& file, const std::string& name) {
  const SafetensorsFile model(file);
  const std::span<const float> values = model.Get(name).span();
  return {values.begin(), values.end()};
}

class InitialModelTest : public ::testing::Test {
 protected:
  InitialModelTest() {
    TrainingSetup setup = ParentSetup();
    setup.should_stop = StopAt(5);
    Train(setup);
  }

  TrainingSetup ParentSetup() const {
    TrainingSetup setup = ToySetup(directory_.Path("parent"));
    setup.model.tied_embeddings = TiedEmbeddings::kNone;
    setup.model.readout.size = 6;
    return setup;
  }

  InitialModel Parent() const {
    return {.path = "the/parent",
            .file = ParentFile(),
            .source_tokenizer = ToyCorpus::Get().tokenizer(),
            .target_tokenizer = ToyCorpus::Get().tokenizer()};
  }
  std::string ParentFile() const {
    return ModelDirectory(directory_.Path("parent")).Checkpoint(5).Model();
  }

  TrainingSetup ChildSetup(const std::string& name, const InitialModel& initial) const {
    TrainingSetup setup = ParentSetup();
    setup.directory = directory_.Path(name);
    setup.training.initial_model = initial.path;
    setup.initial_model = std::make_shared<const InitialModel>(initial);
    setup.training.learning_rate = 1e-3;
    setup.training.seed = 3;
    setup.training.keep_last = 10;
    return setup;
  }

  // Tokenizers of other pieces than the parent's, though not only.
  std::shared_ptr<const Tokenizer> OtherTokenizer(const std::string& text, Index size) {
    const std::string path = directory_.Write("other.txt", text);
    const TokenizerTrainerResult result = TrainTokenizer(
        {.inputs = {path}, .model_prefix = directory_.Path("other"), .vocabulary_size = size});
    return Tokenizer::Load(result.model_path);
  }

  std::string CheckpointFile(const std::string& name, Index update) const {
    return ModelDirectory(directory_.Path(name)).Checkpoint(update).Model();
  }

  TemporaryDirectory directory_;
};

TEST_F(InitialModelTest, TheSameVocabularyTakesEveryBit) {
  TrainingSetup setup = ChildSetup("child", Parent());
  setup.should_stop = StopAt(1);
  Train(setup);
  const std::vector<std::string> names = SafetensorsFile(ParentFile()).names();
  const std::string start = CheckpointFile("child", 0);
  const std::string after = CheckpointFile("child", 1);
  ASSERT_EQ(SafetensorsFile(start).names(), names);
  for (const std::string& name : names) {
    EXPECT_EQ(TensorOf(start, name), TensorOf(ParentFile(), name)) << name;
    EXPECT_NE(TensorOf(after, name), TensorOf(ParentFile(), name)) << name;
  }
  EXPECT_THAT(directory_.Read("child/train.log"), HasSubstr("all weights are taken"));
}

// Each row is that of its piece, or the one that a run from nothing begins with.
TEST_F(InitialModelTest, AnotherVocabularyTakesRowsByPiece) {
  const auto other =
      OtherTokenizer("ba be bi xy xy yx di yy x ke mo\nbo bu da yo xo xo ke ki\n", 26);
  TrainingSetup setup = ChildSetup("child", Parent());
  setup.target_tokenizer = other;
  const std::shared_ptr<Seq2SeqModel> fresh = NewModel(setup);
  const std::shared_ptr<Seq2SeqModel> model = NewModel(setup);
  const TakenWeights taken =
      TakeWeights(Parent(), *setup.source_tokenizer, *setup.target_tokenizer, model.get());

  const Tokenizer& before = *ToyCorpus::Get().tokenizer();
  Index num_taken = 0;
  const auto expect_rows = [&](const Parameter* parameter, Index width) {
    const std::vector<float> old_rows = TensorOf(ParentFile(), parameter->name);
    const float* rows = model->parameters().Value(parameter).data();
    const float* fresh_rows = fresh->parameters().Value(parameter).data();
    num_taken = 0;
    for (TokenId id = 0; id < other->size(); ++id) {
      const TokenId old_id = id <= kEndId ? id : before.IdOf(other->PieceOf(id));
      const bool is_taken = id <= kEndId || old_id != kUnknownId;
      num_taken += is_taken ? 1 : 0;
      const float* expected = is_taken ? old_rows.data() + old_id * width : fresh_rows + id * width;
      EXPECT_TRUE(std::equal(expected, expected + width, rows + id * width))
          << parameter->name << " " << other->PieceOf(id);
    }
  };
  const ModelLayers& layers = model->layers();
  expect_rows(layers.embeddings.target, setup.model.embedding_size);
  expect_rows(layers.embeddings.output, setup.model.readout.size);
  expect_rows(layers.output.bias(), 1);
  EXPECT_GT(num_taken, 5);
  EXPECT_LT(num_taken, other->size());
  EXPECT_EQ(taken.rows, (TakenRows{.source = before.size(),
                                   .source_size = before.size(),
                                   .target = num_taken,
                                   .target_size = other->size()}));
  EXPECT_EQ(CountSharedRows(Parent(), before, *other), taken.rows);
  EXPECT_THAT(Describe(taken.rows), HasSubstr(std::to_string(num_taken) + " of " +
                                              std::to_string(other->size()) + " target"));

  for (const ParameterSet::StoredTensor& tensor : model->parameters().StoredTensors()) {
    if (tensor.name.starts_with("target_embedding") || tensor.name.starts_with("output")) continue;
    std::vector<float> values(TensorOf(ParentFile(), tensor.name).size());
    ParameterSet::ExtractStored(tensor, model->parameters().slab(), values);
    EXPECT_EQ(values, TensorOf(ParentFile(), tensor.name)) << tensor.name;
  }
}

TEST_F(InitialModelTest, VocabulariesWithoutACommonPieceAreRefused) {
  const auto other = OtherTokenizer("жук шёл\nшум жил\n", 12);
  EXPECT_THAT(
      MessageOf<ConfigError>(
          [&] { CountSharedRows(Parent(), *ToyCorpus::Get().tokenizer(), *other); }),
      AllOf(HasSubstr("tokenizer.target_model: it shares no piece with the target vocabulary"),
            HasSubstr("the/parent")));
}

TEST_F(InitialModelTest, AModelFileAloneServesItsOwnVocabulariesOnly) {
  const InitialModel alone{.path = "alone", .file = ParentFile()};
  const Tokenizer& same = *ToyCorpus::Get().tokenizer();
  EXPECT_TRUE(CountSharedRows(alone, same, same).all());
  const auto other = OtherTokenizer("ba be bi xy xy yx di yy x ke mo\n", 20);
  EXPECT_THAT(MessageOf<ConfigError>([&] { CountSharedRows(alone, *other, same); }),
              HasSubstr("the source vocabulary is another one"));
}

TEST_F(InitialModelTest, EachTensorOfAnotherShapeIsNamedWithBothShapes) {
  ModelConfig config = ParentSetup().model;
  config.encoder.hidden_size = 10;
  config.attention.bias = false;
  const std::string message =
      MessageOf<ConfigError>([&] { CheckInitialModel(ParentFile(), config); });
  EXPECT_THAT(
      message,
      AllOf(HasSubstr("tensor encoder.layers.0.backward.weight_hh: the configuration makes it "
                      "another one; expected [30, 10], got [21, 7]"),
            HasSubstr("encoder.layers.0.forward.bias_ih: the configuration makes it another one; "
                      "expected [30], got [21]"),
            HasSubstr("decoder.attention.key.weight: the configuration makes it another one; "
                      "expected [6, 20], got [6, 14]"),
            HasSubstr("decoder.attention.bias: the configuration makes it another one; expected "
                      "none, got [6]")));
  EXPECT_THAT(message, ::testing::Not(HasSubstr("output.weight")));
}

TEST_F(InitialModelTest, AFrozenModelIsRefused) {
  const LoadedModel loaded = LoadModel(ParentFile(), Precision::kInt8);
  const std::string path = directory_.Path("frozen.safetensors");
  SaveFrozenModel(path, loaded.model->parameters(), loaded.metadata);
  EXPECT_THAT(
      MessageOf<CheckpointError>([&] { CheckInitialModel(path, ParentSetup().model); }),
      AllOf(HasSubstr("frozen in int8"), HasSubstr("take the model it was converted from")));
}

TEST_F(InitialModelTest, OtherComputationsWithTheSameShapesAreReported) {
  TrainingSetup setup = ChildSetup("child", Parent());
  setup.model.attention.activation = AttentionActivation::kRelu;
  setup.model.dropout = {};
  setup.should_stop = StopAt(1);
  Train(setup);
  EXPECT_THAT(directory_.Read("child/train.log"),
              HasSubstr("model.attention.activation: the/parent was trained with tanh, this is "
                        "relu"));
}

// A run that is resumed goes on without its initial model, to the bit.
TEST_F(InitialModelTest, AResumedRunDoesNotNeedIt) {
  TrainingSetup whole = ChildSetup("whole", Parent());
  whole.should_stop = StopAt(7);
  Train(whole);
  TrainingSetup parts = ChildSetup("parts", Parent());
  parts.should_stop = StopAt(3);
  Train(parts);
  const std::string checksum = SafetensorsFile(ParentFile()).checksum();
  fs::remove_all(directory_.Path("parent"));
  parts.initial_model = nullptr;
  parts.should_stop = StopAt(7);
  Train(parts);
  for (const char* file : {"model.safetensors", "checkpoints/update-00000007/model.safetensors",
                           "checkpoints/update-00000007/optimizer.safetensors"}) {
    EXPECT_EQ(directory_.Read(std::string("whole/") + file),
              directory_.Read(std::string("parts/") + file))
        << file;
  }
  const ModelMetadata metadata = ReadModelMetadata(SafetensorsFile(CheckpointFile("parts", 7)));
  EXPECT_EQ(metadata.initial_model.path, "the/parent");
  EXPECT_EQ(metadata.initial_model.checksum, checksum);
}

}  // namespace
}  // namespace talmach
