// Saliency against its definition, computed with the reference in double precision.
#include "model/saliency.h"

#include <gtest/gtest.h>

#include <cmath>
#include <ostream>

#include "support/gradient_check.h"
#include "support/random_batch.h"
#include "support/reference_model.h"

namespace talmach {
namespace {

struct Case {
  DecoderType decoder;
  bool layer_norm;
  Index layers;
};

void PrintTo(const Case& test, std::ostream* out) { *out << ToString(test.decoder); }

class SaliencyTest : public testing::TestWithParam<Case> {
 protected:
  SaliencyTest() : model_(Config(), {12, 11}, Precision::kFloat32) {
    RandomiseParameters(model_.parameters(), 0.4f, 3);
    model_.PackWeights();
    // No source token occurs twice in a pair, and source embeddings serve nothing else: the
    // gradient of an embedding is that of a row of the table.
    batch_.pairs = {{{5, 3, 8, kEndId}, {4, 4, 9, 3, kEndId}},
                    {{7, kEndId}, {6, kEndId}},
                    {{kEndId}, {5, kEndId}},
                    {{3, 4, 5, 6, 7, kEndId}, {10, 9, kEndId}}};
  }

  static ModelConfig Config() {
    ModelConfig config;
    config.embedding_size = 5;
    config.tied_embeddings = TiedEmbeddings::kNone;
    config.encoder = {
        .layers = GetParam().layers, .hidden_size = 4, .layer_norm = GetParam().layer_norm};
    config.decoder.hidden_size = 6;
    config.decoder.type = GetParam().decoder;
    config.decoder.layer_norm = GetParam().layer_norm;
    config.attention.size = 7;
    config.readout.size = 5;
    config.dropout.source_word = 0.3f;  // must not be applied
    return config;
  }

  reference::Model Reference() {
    return {Config(), reference::Export(model_.parameters(), model_.parameters().slab())};
  }

  // log p of each target token.
  static reference::Vector LogProbabilities(const reference::Model& model,
                                            const SentencePair& pair) {
    reference::Vector values;
    const reference::Result result = model.Run(pair, 0);
    for (std::size_t t = 0; t < pair.target.size(); ++t) {
      values.push_back(-reference::CrossEntropy(result.logits[t], pair.target[t], 0));
    }
    return values;
  }

  Seq2SeqModel model_;
  Batch batch_;
  Arena arena_;
};

TEST_P(SaliencyTest, GradientOfTheLastTokenMatchesCentralDifferences) {
  Gradients scratch(model_.parameters());
  const std::vector<SourceGradient> gradients = model_.LastTokenGradients(batch_, arena_, scratch);
  reference::Model reference = Reference();
  reference::Matrix& table = reference.parameters().at("source_embedding.weight");
  const Index size = Config().embedding_size;
  for (std::size_t p = 0; p < batch_.pairs.size(); ++p) {
    const SentencePair& pair = batch_.pairs[p];
    ASSERT_EQ(gradients[p].gradient.size(), pair.source.size() * size);
    for (std::size_t j = 0; j < pair.source.size(); ++j) {
      const reference::Vector original = Row(table.values, pair.source[j], size);
      reference::Vector embedding = original;
      const auto loss = [&] {
        std::ranges::copy(embedding, table.values.begin() + pair.source[j] * size);
        return LogProbabilities(reference, pair).back();
      };
      const auto begin = gradients[p].gradient.begin() + static_cast<Index>(j) * size;
      ExpectGradient(loss, embedding, {begin, begin + size}, "pair " + std::to_string(p), 1e-4);
      loss();  // puts the table back
      for (Index e = 0; e < size; ++e) {
        EXPECT_FLOAT_EQ(gradients[p].embeddings[static_cast<Index>(j) * size + e], original[e]);
      }
    }
  }
}

TEST_P(SaliencyTest, GradientTimesInputIsTheEffectOfScalingAnEmbedding) {
  const auto matrices = ComputeSaliency(model_, batch_, SaliencyMethod::kGradient, arena_);
  reference::Model reference = Reference();
  reference::Matrix& table = reference.parameters().at("source_embedding.weight");
  for (std::size_t p = 0; p < batch_.pairs.size(); ++p) {
    const SentencePair& pair = batch_.pairs[p];
    ASSERT_EQ(matrices[p].size(), pair.source.size() * pair.target.size());
    for (std::size_t j = 0; j < pair.source.size(); ++j) {
      const auto scaled = [&](double factor) {
        const reference::Vector values = table.values;
        for (Index e = 0; e < table.cols; ++e) table(pair.source[j], e) *= factor;
        const reference::Vector result = LogProbabilities(reference, pair);
        table.values = values;
        return result;
      };
      constexpr double kStep = 1e-5;
      const reference::Vector up = scaled(1 + kStep), down = scaled(1 - kStep);
      for (std::size_t t = 0; t < pair.target.size(); ++t) {
        EXPECT_NEAR(matrices[p][t * pair.source.size() + j],
                    std::abs(up[t] - down[t]) / (2 * kStep), 1e-5);
      }
    }
  }
}

TEST_P(SaliencyTest, LeaveOneOutIsTheLossWithoutTheToken) {
  const auto matrices = ComputeSaliency(model_, batch_, SaliencyMethod::kLeaveOneOut, arena_);
  const reference::Model reference = Reference();
  for (std::size_t p = 0; p < batch_.pairs.size(); ++p) {
    const SentencePair& pair = batch_.pairs[p];
    const reference::Vector whole = LogProbabilities(reference, pair);
    ASSERT_EQ(matrices[p].size(), pair.source.size() * pair.target.size());
    for (std::size_t j = 0; j < pair.source.size(); ++j) {
      reference::Vector without = whole;  // of a source that would be empty
      SentencePair shorter = pair;
      shorter.source.erase(shorter.source.begin() + static_cast<Index>(j));
      if (!shorter.source.empty()) without = LogProbabilities(reference, shorter);
      for (std::size_t t = 0; t < pair.target.size(); ++t) {
        EXPECT_NEAR(matrices[p][t * pair.source.size() + j], whole[t] - without[t], 1e-5);
      }
    }
  }
}

TEST_P(SaliencyTest, WeightedNormIsAttentionTimesTheLengthOfTheAnnotation) {
  const auto matrices = ComputeSaliency(model_, batch_, SaliencyMethod::kNorm, arena_);
  const reference::Model reference = Reference();
  for (std::size_t p = 0; p < batch_.pairs.size(); ++p) {
    const SentencePair& pair = batch_.pairs[p];
    const auto annotations = reference.Encode(pair.source);
    const auto attention = reference.Run(pair, 0).attention;
    for (std::size_t t = 0; t < pair.target.size(); ++t) {
      for (std::size_t j = 0; j < pair.source.size(); ++j) {
        double squares = 0;
        for (const double value : annotations[j]) squares += value * value;
        EXPECT_NEAR(matrices[p][t * pair.source.size() + j], attention[t][j] * std::sqrt(squares),
                    1e-5);
      }
    }
  }
}

// Long pairs are spread over many batches.
TEST_P(SaliencyTest, DoesNotDependOnTheBatch) {
  const Batch batch = RandomBatch({{40, 60}, {3, 2}, {25, 40}}, {12, 11}, 5);
  for (const auto method : {SaliencyMethod::kGradient, SaliencyMethod::kLeaveOneOut}) {
    const auto together = ComputeSaliency(model_, batch, method, arena_);
    for (std::size_t p = 0; p < batch.pairs.size(); ++p) {
      const auto alone = ComputeSaliency(model_, {{batch.pairs[p]}}, method, arena_);
      ASSERT_EQ(alone[0].size(), together[p].size());
      for (std::size_t i = 0; i < alone[0].size(); ++i) {
        ASSERT_NEAR(alone[0][i], together[p][i], 1e-5);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, SaliencyTest,
                         testing::Values(Case{DecoderType::kBahdanau, false, 1},
                                         Case{DecoderType::kConditional, true, 2}));

}  // namespace
}  // namespace talmach
