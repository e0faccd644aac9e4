// Logits, attention, loss and all gradients against files made by PyTorch
// (scripts/make_pytorch_fixture.py).
#include <gtest/gtest.h>

#include <cmath>

#include "io/safetensors.h"
#include "model/inference_model.h"
#include "model/seq2seq_model.h"
#include "support/reference_model.h"

namespace talmach {
namespace {

// ‖actual − expected‖ ≤ tolerance · ‖expected‖.
void ExpectClose(std::span<const float> actual, std::span<const float> expected, double tolerance,
                 const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    difference += std::pow(double{actual[i]} - expected[i], 2);
    norm += std::pow(double{expected[i]}, 2);
  }
  EXPECT_GT(norm, 0) << what;
  EXPECT_LE(std::sqrt(difference), tolerance * std::sqrt(norm)) << what;
}

std::vector<TokenId> Tokens(ConstView values) {
  std::vector<TokenId> tokens;
  for (const float value : values.span()) tokens.push_back(static_cast<TokenId>(value));
  return tokens;
}

// Logits less the logarithm of their sum of exponentials, row by row: as the program gives them.
std::vector<float> LogSoftmax(ConstView logits) {
  std::vector<float> result;
  for (Index t = 0; t < logits.rows(); ++t) {
    double sum = 0;
    for (Index v = 0; v < logits.cols(); ++v) sum += std::exp(double{logits(t, v)});
    for (Index v = 0; v < logits.cols(); ++v) {
      result.push_back(static_cast<float>(logits(t, v) - std::log(sum)));
    }
  }
  return result;
}

class PytorchFixtureTest : public testing::TestWithParam<const char*> {
 protected:
  PytorchFixtureTest()
      : file_("tests/golden/pytorch_" + std::string(GetParam()) + ".safetensors"),
        model_(Config(), {13, 13}, Precision::kFloat32) {
    ParameterSet& parameters = model_.parameters();
    for (const ParameterSet::StoredTensor& tensor : parameters.StoredTensors()) {
      ParameterSet::InsertStored(tensor, file_.Get(tensor.name).span(), parameters.slab());
    }
    model_.PackWeights();
    for (Index i = 0; file_.Has("batch.source." + std::to_string(i)); ++i) {
      batch_.pairs.push_back({Tokens(file_.Get("batch.source." + std::to_string(i))),
                              Tokens(file_.Get("batch.target." + std::to_string(i))), i});
    }
  }

  static ModelConfig Config() {
    const std::string name = GetParam();
    ModelConfig config;
    config.embedding_size = 6;
    config.encoder = {.layers = 2, .hidden_size = 5, .layer_norm = name.ends_with("layer_norm")};
    config.decoder.type =
        name.starts_with("bahdanau") ? DecoderType::kBahdanau : DecoderType::kConditional;
    config.decoder.hidden_size = 5;
    config.decoder.layer_norm = config.encoder.layer_norm;
    config.attention.size = 7;
    config.readout.size = 6;
    return config;
  }

  SafetensorsFile file_;
  Seq2SeqModel model_;
  Batch batch_;
  Arena arena_;
};

TEST_P(PytorchFixtureTest, LogProbabilitiesAndAttentionMatch) {
  ASSERT_EQ(batch_.pairs.size(), 3u);
  const std::vector<ForcedDecoding> decodings = model_.ForceDecode(batch_, arena_);
  for (std::size_t i = 0; i < batch_.pairs.size(); ++i) {
    const ConstView logits = file_.Get("logits." + std::to_string(i));
    const std::vector<float> of_all = LogSoftmax(logits);
    std::vector<float> expected;
    for (Index t = 0; t < logits.rows(); ++t) {
      expected.push_back(of_all[t * logits.cols() + batch_.pairs[i].target[t]]);
    }
    ExpectClose(decodings[i].log_probabilities, expected, 1e-5, "log-probabilities");
    ExpectClose(decodings[i].attention, file_.Get("attention." + std::to_string(i)).span(), 1e-5,
                "attention");
  }
}

// Step by step, as a search does it: the scores of every piece, not of the right one alone.
TEST_P(PytorchFixtureTest, ScoresOfEveryPieceMatchInSteps) {
  const auto model =
      std::make_shared<Seq2SeqModel>(Config(), VocabularySizes{13, 13}, Precision::kFloat32);
  std::ranges::copy(model_.parameters().slab().span(), model->parameters().slab().data());
  model->PackWeights();
  const InferenceModel inference(model);
  for (std::size_t i = 0; i < batch_.pairs.size(); ++i) {
    const std::vector<std::vector<TokenId>> sources = {batch_.pairs[i].source};
    const EncodedSources encoded = inference.Encode(sources, arena_);
    Tensor<float> states({1, 5}), next({1, 5}), scores({1, 13}), weights({1, encoded.longest()});
    std::copy_n(encoded.initial_states().row(0), 5, states.data());
    std::vector<float> all_scores, all_weights;
    const std::vector<Index> source_of{0};
    TokenId last = kBeginId;
    for (const TokenId token : batch_.pairs[i].target) {
      inference.Step(encoded,
                     {.source_of = source_of,
                      .last_token = std::span(&last, 1),
                      .states = states.view(),
                      .next_states = next.view(),
                      .attention = weights.view()},
                     scores.view(), arena_);
      const auto append = [](std::vector<float>& all, const Tensor<float>& row) {
        all.insert(all.end(), row.data(), row.data() + row.size());
      };
      append(all_scores, scores);
      append(all_weights, weights);
      last = token;
      std::swap(states, next);
    }
    const std::string number = std::to_string(i);
    ExpectClose(all_scores, LogSoftmax(file_.Get("logits." + number)), 1e-5, "scores");
    ExpectClose(all_weights, file_.Get("attention." + number).span(), 1e-5, "attention");
  }
}

TEST_P(PytorchFixtureTest, LossAndGradientsMatch) {
  Gradients gradients(model_.parameters());
  const LossSums sums =
      model_.ForwardBackward(batch_, {.label_smoothing = 0.1f}, arena_, gradients);
  EXPECT_NEAR(sums.loss, file_.Get("loss")[0], 1e-5 * file_.Get("loss")[0]);
  for (const auto& [name, matrix] : reference::Export(model_.parameters(), gradients.slab())) {
    const std::vector<float> actual(matrix.values.begin(), matrix.values.end());
    ExpectClose(actual, file_.Get("gradient." + name).span(), 1e-5, name);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, PytorchFixtureTest,
                         testing::Values("bahdanau", "bahdanau_layer_norm", "conditional",
                                         "conditional_layer_norm"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace talmach
