// Translating with attention that was changed on purpose.
#include "model/attention_intervention.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "search/ensemble.h"
#include "search/toy_model.h"

namespace talmach {
namespace {

using Sources = std::vector<std::vector<TokenId>>;

const Sources kSources = {{3, 4, 5, kEndId}, {6, kEndId}, {5, 5, 3, 4, 6, 3, kEndId}, {kEndId}};

// A model that cannot attend: v = 0 gives every source token the same energy.
std::shared_ptr<const InferenceModel> MakeIndifferentModel() {
  ModelConfig config;
  config.embedding_size = 6;
  config.tied_embeddings = TiedEmbeddings::kNone;
  config.encoder.hidden_size = 5;
  config.decoder.hidden_size = 7;
  config.attention.size = 4;
  config.readout.size = 6;
  auto model = std::make_shared<Seq2SeqModel>(config, VocabularySizes{7, 5}, Precision::kFloat32);
  model->parameters().Initialize(4);
  for (float& value : model->parameters().slab().span()) value *= 3.0f;
  for (const Parameter& parameter : model->parameters().list()) {
    if (parameter.name != "decoder.attention.scale") continue;
    std::ranges::fill(model->parameters().Value(&parameter).span(), 0.0f);
  }
  model->PackWeights();
  return std::make_shared<InferenceModel>(model);
}

std::vector<Hypothesis> Translate(const std::shared_ptr<const InferenceModel>& model,
                                  const AttentionIntervention& intervention,
                                  const Sources& sources = kSources) {
  const Ensemble ensemble({model}, intervention);
  EnsembleWorkspace workspace;
  std::vector<Hypothesis> best;
  for (auto& list : BeamSearch(ensemble, {.sources = sources}, {.beam_size = 3}, workspace)) {
    best.push_back(std::move(list.front()));
  }
  return best;
}

// Same tokens, and scores and attention up to rounding.
bool Alike(const std::vector<Hypothesis>& a, const std::vector<Hypothesis>& b) {
  const auto near = [](float x, float y) { return std::abs(x - y) < 1e-4f; };
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].tokens != b[i].tokens ||
        !std::ranges::equal(a[i].log_probabilities, b[i].log_probabilities, near) ||
        !std::ranges::equal(a[i].attention, b[i].attention, near)) {
      return false;
    }
  }
  return true;
}

constexpr AttentionIntervention kUniform = {.change = AttentionChange::kUniform};
constexpr AttentionIntervention kPermuted = {.change = AttentionChange::kPermuted, .seed = 5};

TEST(AttentionInterventionTest, AModelThatDoesNotAttendTranslatesTheSame) {
  const auto model = MakeIndifferentModel();
  const std::vector<Hypothesis> plain = Translate(model, {});
  EXPECT_TRUE(Alike(plain, Translate(model, kUniform)));
  EXPECT_TRUE(Alike(plain, Translate(model, kPermuted)));
}

TEST(AttentionInterventionTest, AModelThatAttendsDoesNot) {
  for (const auto decoder : {DecoderType::kBahdanau, DecoderType::kConditional}) {
    const auto model = MakeToyModel(2, {7, 5}, decoder);
    const std::vector<Hypothesis> plain = Translate(model, {});
    for (const AttentionIntervention& intervention : {kUniform, kPermuted}) {
      const std::vector<Hypothesis> changed = Translate(model, intervention);
      EXPECT_FALSE(Alike(plain, changed));
      // A source of one token has nothing to change.
      EXPECT_TRUE(Alike({plain.back()}, {changed.back()}));
    }
  }
}

TEST(AttentionInterventionTest, UniformWeightsAreEqual) {
  const std::vector<Hypothesis> best = Translate(MakeToyModel(2), kUniform);
  for (std::size_t i = 0; i < best.size(); ++i) {
    for (const float weight : best[i].attention) {
      EXPECT_FLOAT_EQ(weight, 1.0f / static_cast<float>(kSources[i].size()));
    }
  }
}

TEST(AttentionInterventionTest, PermutedWeightsAreTheSameNumbersInAnotherOrder) {
  // Before the first step nothing has changed: it computes the same weights.
  const auto model = MakeToyModel(2);
  const std::vector<Hypothesis> plain = Translate(model, {});
  const std::vector<Hypothesis> permuted = Translate(model, kPermuted);
  bool moved = false;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const auto first_row = [&](const Hypothesis& hypothesis) {
      return std::vector<float>(hypothesis.attention.begin(),
                                hypothesis.attention.begin() + kSources[i].size());
    };
    std::vector<float> before = first_row(plain[i]), after = first_row(permuted[i]);
    moved = moved || before != after;
    std::ranges::sort(before);
    std::ranges::sort(after);
    EXPECT_EQ(before, after);
  }
  EXPECT_TRUE(moved);
}

TEST(AttentionInterventionTest, PermutationsDependOnTheSeedAndNotOnTheBatch) {
  const auto model = MakeToyModel(2);
  const std::vector<Hypothesis> together = Translate(model, kPermuted);
  for (std::size_t i = 0; i < kSources.size(); ++i) {
    EXPECT_TRUE(Alike({together[i]}, Translate(model, kPermuted, {kSources[i]})));
  }
  EXPECT_FALSE(Alike(together, Translate(model, {.change = kPermuted.change, .seed = 6})));
}

TEST(AttentionInterventionTest, ContextsAreMadeOfTheChangedWeights) {
  const float annotations[] = {1, 2, 10, 20, 100, 200, 7, 7};
  const std::vector<Index> begins = {1, 0}, lengths = {2, 3};
  float weights[] = {0.5f, 0.5f, 0, 1, 0, 0};
  float contexts[4] = {};
  const View context(contexts, {2, 2});
  Intervene({.change = AttentionChange::kUniform}, {.annotations = ConstView(annotations, {4, 2}),
                                                    .spans = {begins, lengths},
                                                    .weights = View(weights, {2, 3}),
                                                    .context = context,
                                                    .context_operand = Operand(context)});
  EXPECT_FLOAT_EQ(contexts[0], 55);
  EXPECT_FLOAT_EQ(contexts[1], 110);
  EXPECT_FLOAT_EQ(contexts[2], 37);
  EXPECT_FLOAT_EQ(contexts[3], 74);
  EXPECT_EQ(weights[2], 0);  // past the source
}

}  // namespace
}  // namespace talmach
