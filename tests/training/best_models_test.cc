#include "training/best_models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "model/seq2seq_model.h"
#include "support/temporary_directory.h"
#include "training/toy_training.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class BestModelsTest : public ::testing::Test {
 protected:
  BestModelsTest()
      : model_(ToyModel(), {.source = 20, .target = 20}, Precision::kFloat32),
        parameters_(model_.parameters()) {
    model_.parameters().Initialize(1);
  }

  void Offer(const BestModels& best, Index update, double score) {
    const ModelMetadata metadata{.config = model_.config(),
                                 .vocabulary = model_.vocabulary(),
                                 .source_vocabulary_hash = "s",
                                 .target_vocabulary_hash = "t",
                                 .updates = update};
    best.Offer(score, parameters_, parameters_.slab(), metadata, &ranking_);
  }

  std::vector<Index> Updates() const {
    std::vector<Index> updates;
    for (const RankedModel& model : ranking_) updates.push_back(model.update);
    return updates;
  }

  TemporaryDirectory directory_;
  Seq2SeqModel model_;
  const ParameterSet& parameters_;
  std::vector<RankedModel> ranking_;
};

TEST_F(BestModelsTest, TheBestAreKeptInOrderAndTheFilesOfOthersRemoved) {
  const BestModels best(directory_.Path("model"), 2, /*higher_is_better=*/false);
  Offer(best, 1, 3.0);
  Offer(best, 2, 1.0);
  Offer(best, 3, 2.0);
  Offer(best, 4, 2.0);  // the earlier one of equals stays ahead
  EXPECT_THAT(Updates(), ElementsAre(2, 3));
  const std::vector<std::string> paths = best.Paths(ranking_);
  ASSERT_EQ(paths.size(), 2u);
  EXPECT_EQ(fs::path(paths[0]).filename(), "update-00000002.safetensors");
  const fs::path folder = fs::path(paths[0]).parent_path();
  const fs::directory_iterator files(folder);
  EXPECT_EQ(std::distance(begin(files), end(files)), 2);
}

TEST_F(BestModelsTest, BleuIsBetterWhenItIsHigher) {
  const BestModels best(directory_.Path("model"), 2, /*higher_is_better=*/true);
  for (const Index update : {1, 2, 3}) Offer(best, update, static_cast<double>(update));
  EXPECT_THAT(Updates(), ElementsAre(3, 2));
}

TEST_F(BestModelsTest, ScoresThatAreNotFiniteAreNeverAmongTheBest) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const bool higher_is_better : {false, true}) {
    const BestModels best(directory_.Path("model"), 2, higher_is_better);
    for (const double score : {kInfinity, -kInfinity, kInfinity - kInfinity}) Offer(best, 1, score);
  }
  EXPECT_THAT(ranking_, IsEmpty());
  EXPECT_FALSE(fs::exists(directory_.Path("model/checkpoints/best")));
}

}  // namespace
}  // namespace talmach
