#include "project/verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "base/file_operations.h"
#include "project/configuration_file.h"
#include "project/open_translator.h"
#include "support/temporary_directory.h"
#include "training/checkpoint.h"
#include "training/toy_training.h"

namespace talmach {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

Config ToyConfig() {
  Config config;
  config.data = ToySetup("").data;
  return config;
}

// A model directory with checkpoints 2 and 3, made once.
class VerifierTest : public ::testing::Test {
 protected:
  static const TemporaryDirectory& Made() {
    static const TemporaryDirectory directory;
    static const bool is_made = [] {
      TrainingSetup setup = ToySetup(directory.Path("model"));
      setup.training.max_updates = 3;
      setup.training.keep_last = 2;
      setup.training.save_every = {.count = 1, .unit = Period::Unit::kUpdates};
      Train(setup);
      const ModelDirectory model(setup.directory);
      for (const std::string& path : {model.SourceTokenizer(), model.TargetTokenizer()}) {
        CopyFile(ToyCorpus::Get().tokenizer()->path(), path);
      }
      directory.Write("model/config.yaml", ConfigurationText(ToyConfig()));
      return true;
    }();
    EXPECT_TRUE(is_made);
    return directory;
  }

  VerifierTest() : model_(directory_.Path("model")) {
    fs::copy(Made().Path("model"), model_.path, fs::copy_options::recursive);
  }

  // What is not simply "ok".
  static std::vector<std::string> Findings(const std::string& path) {
    std::vector<std::string> findings;
    VerifyModel(path, [&](const Finding& finding) {
      if (finding.verdict != Finding::Verdict::kOk) findings.push_back(finding.text);
    });
    return findings;
  }

  // Flips bits of a file one by one, and expects that verifying `path` reports each: every bit if
  // TALMACH_EVERY_BIT is set, else so many of them, spread over all bytes and bits.
  void ExpectFlipsReported(const std::string& file, const std::string& path, std::size_t num_bits) {
    const std::string good = ReadFile(file);
    const std::size_t all = 8 * good.size();
    const bool every = std::getenv("TALMACH_EVERY_BIT") != nullptr;
    const std::size_t step = every ? 1 : std::max<std::size_t>(1, all / num_bits) | 1;
    for (std::size_t bit = 0; bit < all; bit += step) {
      std::string bad = good;
      bad[bit / 8] ^= static_cast<char>(1 << bit % 8);
      std::ofstream(file, std::ios::binary) << bad;
      ASSERT_FALSE(Findings(path).empty()) << file << ", bit " << bit;
    }
    std::ofstream(file, std::ios::binary) << good;
    EXPECT_THAT(Findings(path), IsEmpty());
  }

  TemporaryDirectory directory_;
  ModelDirectory model_;
};

TEST_F(VerifierTest, NothingIsToBeSaidOfWhatTrainingHasWritten) {
  EXPECT_THAT(Findings(model_.path), IsEmpty());
}

TEST_F(VerifierTest, EveryFlippedBitOfAModelDirectoryIsReported) {
  fs::remove_all(model_.Checkpoints());
  for (const std::string& file : {model_.Model(), model_.SourceTokenizer(),
                                  model_.TargetTokenizer(), model_.Configuration()}) {
    ExpectFlipsReported(file, model_.path, 400);
  }
}

TEST_F(VerifierTest, EveryFlippedBitOfACheckpointIsReported) {
  const CheckpointDirectory checkpoint = model_.Checkpoint(3);
  ExpectFlipsReported(checkpoint.State(), checkpoint.path, 4000);
  ExpectFlipsReported(checkpoint.Model(), checkpoint.path, 1000);
  ExpectFlipsReported(checkpoint.Optimizer(), checkpoint.path, 1000);
}

TEST_F(VerifierTest, EveryFlippedBitOfTheNameOfTheNewestCheckpointIsReported) {
  ExpectFlipsReported(model_.Latest(), model_.path, 8 * 16);
}

TEST_F(VerifierTest, EveryFlippedBitOfAConfigurationShows) {
  const std::string good = ReadFile(model_.Configuration());
  EXPECT_TRUE(IsAsWritten(good));
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] ^= static_cast<char>(1 << bit % 8);
    ASSERT_FALSE(IsAsWritten(bad)) << bit;
  }
}

TEST_F(VerifierTest, AnEditedConfigurationIsReportedAndNotBad) {
  directory_.Write("model/config.yaml", ConfigurationText(ToyConfig()) + "# my notes\n");
  ASSERT_EQ(Findings(model_.path).size(), 1u);
  EXPECT_THAT(Findings(model_.path).front(), HasSubstr("edited"));
  EXPECT_EQ(VerifyModel(model_.path, [](const Finding&) {}), 0);
}

TEST_F(VerifierTest, FilesOfOtherCheckpointsAreRefusedNamingBoth) {
  const CheckpointDirectory newest = model_.Checkpoint(3);
  const CheckpointDirectory other = model_.Checkpoint(2);
  Seq2SeqModel model(ToyModel(),
                     {.source = ToyCorpus::Get().tokenizer()->size(),
                      .target = ToyCorpus::Get().tokenizer()->size()},
                     Precision::kFloat32);
  Adam adam(model.parameters(), {});
  const CheckpointStore store(model_.path, 2);
  for (const auto& [file, from] :
       {std::pair(newest.Model(), other.Model()), std::pair(newest.Optimizer(), other.Optimizer()),
        std::pair(newest.State(), other.State())}) {
    const std::string good = ReadFile(file);
    CopyFile(from, file);
    EXPECT_EQ(Findings(newest.path).size(), 1u);
    EXPECT_THAT(Findings(newest.path).front(), HasSubstr(newest.State()));
    EXPECT_THAT(Findings(newest.path).front(), HasSubstr("does not belong to"));
    EXPECT_THAT([&] { store.ReadSlabs(3, model.parameters(), adam); },
                ThrowsMessage<CheckpointError>(HasSubstr("does not belong to")));
    std::ofstream(file, std::ios::binary) << good;
  }
  store.ReadSlabs(3, model.parameters(), adam);
}

TEST_F(VerifierTest, ATokenizerOfOtherScoresIsNotTranslatedWith) {
  const std::string good = ReadFile(model_.SourceTokenizer());
  std::string bad = good;
  bad[bad.size() / 2] ^= 1;
  directory_.Write("model/source.spm", bad);
  EXPECT_THROW(OpenTranslator({model_.path}), CheckpointError);
  directory_.Write("model/source.spm", good);
  OpenTranslator({model_.path});
}

}  // namespace
}  // namespace talmach
