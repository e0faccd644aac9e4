// A load that fails leaves what it was to replace as it was, and usable.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "attention/attention_reader.h"
#include "base/error.h"
#include "model/inference_model.h"
#include "search/translator.h"
#include "text/text_reader.h"
#include "training/checkpoint.h"
#include "training/toy_training.h"

namespace talmach {
namespace {

// A trained toy model, and files that cannot be loaded.
class FailedLoadTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = std::make_unique<TemporaryDirectory>();
    TrainingSetup setup = ToySetup(directory_->Path("run"));
    setup.training.max_updates = 5;
    model_path_ = Train(setup).model_path;
  }
  static void TearDownTestSuite() { directory_.reset(); }

  // The first half of a file, as another file.
  static std::string HalfOf(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    return directory_->Write("half", bytes.substr(0, bytes.size() / 2));
  }

  static std::vector<std::string> TextsOf(const Translator& translator) {
    const std::vector<std::string> lines = {"ba be bi", "", "du de"};
    std::vector<std::string> texts;
    for (const Translation& line : translator.Translate(lines)) {
      texts.push_back(line.best().text);
    }
    return texts;
  }

  static std::unique_ptr<TemporaryDirectory> directory_;
  static std::string model_path_;
};

std::unique_ptr<TemporaryDirectory> FailedLoadTest::directory_;
std::string FailedLoadTest::model_path_;

TEST_F(FailedLoadTest, ASafetensorsFileKeepsItsTensors) {
  SafetensorsFile file(model_path_);
  const std::vector<std::string> names = file.names();
  EXPECT_THROW(file = SafetensorsFile(HalfOf(model_path_)), CheckpointError);
  EXPECT_EQ(file.names(), names);
  EXPECT_GT(file.Verify(), 0);
}

TEST_F(FailedLoadTest, ATokenizerKeepsItsPieces) {
  const std::string path = ToyCorpus::Get().Path("toy.model");
  std::shared_ptr<const Tokenizer> tokenizer = Tokenizer::Load(path);
  const std::vector<TokenId> tokens = tokenizer->Encode("ba be bi");
  EXPECT_THROW(tokenizer = Tokenizer::Load(HalfOf(path)), CheckpointError);
  EXPECT_EQ(tokenizer->Encode("ba be bi"), tokens);
}

TEST_F(FailedLoadTest, ATranslatorTranslatesOn) {
  LoadedModel loaded = LoadModel(model_path_, Precision::kFloat32);
  const auto tokenizer = ToyCorpus::Get().tokenizer();
  const Translator translator({std::make_shared<InferenceModel>(loaded.model)}, tokenizer,
                              tokenizer, {});
  const Index updates = loaded.metadata.updates;
  const std::vector<std::string> before = TextsOf(translator);
  EXPECT_THROW(loaded = LoadModel(HalfOf(model_path_), Precision::kFloat32), CheckpointError);
  EXPECT_EQ(loaded.metadata.updates, updates);
  EXPECT_EQ(TextsOf(translator), before);
}

TEST_F(FailedLoadTest, SlabsTakeTheNextCheckpoint) {
  CheckpointStore store(directory_->Path("run"), 2);
  const Index pieces = ToyCorpus::Get().tokenizer()->size();
  Seq2SeqModel model(ToyModel(), {.source = pieces, .target = pieces}, Precision::kFloat32);
  Adam adam(model.parameters(), {});
  store.ReadSlabs(5, model.parameters(), adam);
  const std::vector<float> expected(model.parameters().slab().span().begin(),
                                    model.parameters().slab().span().end());
  const std::string optimizer = store.PathOf(0) + "/optimizer.safetensors";
  std::filesystem::copy_file(HalfOf(optimizer), optimizer,
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THROW(store.ReadSlabs(0, model.parameters(), adam), CheckpointError);
  store.ReadSlabs(5, model.parameters(), adam);
  EXPECT_TRUE(std::ranges::equal(model.parameters().slab().span(), expected));
}

TEST_F(FailedLoadTest, AReaderOfTextKeepsItsPlace) {
  TextReader reader(directory_->Write("text", "one\ntwo\n"));
  std::string line;
  ASSERT_TRUE(reader.ReadLine(&line));
  EXPECT_THROW(reader = TextReader(directory_->Path("nothing")), DataError);
  ASSERT_TRUE(reader.ReadLine(&line));
  EXPECT_EQ(line, "two");
}

TEST_F(FailedLoadTest, AReaderOfAttentionGoesOnAfterABadLine) {
  const AttentionMap map{.source = {"</s>"}, .target = {"</s>"}, .weights = {1}, .score = -1};
  std::istringstream input("{\"line\":[[[\n" + ToJsonLine(map) + "\n");
  AttentionReader reader(input, "a.jsonl");
  AttentionMap read;
  EXPECT_THROW(reader.Next(&read), DataError);
  ASSERT_TRUE(reader.Next(&read));
  EXPECT_EQ(read.weights, map.weights);
}

}  // namespace
}  // namespace talmach
