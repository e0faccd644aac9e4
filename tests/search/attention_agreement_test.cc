// Attention is one thing, whoever asks for it: over 500 lines the rows that come out of beam search
// are those of forced decoding, every row sums to 1, and padding gets exactly 0.
#include <gtest/gtest.h>

#include <numeric>

#include "base/random.h"
#include "search/beam_search.h"
#include "search/ensemble.h"
#include "search/toy_model.h"

namespace talmach {
namespace {

constexpr Index kLines = 500;
constexpr std::size_t kBatch = 50;
constexpr VocabularySizes kVocabulary = {23, 19};

// Sentences of 1 to 25 tokens, `</s>` included, in batches of unequal lengths.
std::vector<std::vector<TokenId>> RandomSources() {
  RandomStream random(7);
  std::vector<std::vector<TokenId>> sources(kLines);
  for (auto& source : sources) {
    for (auto length = random.Below(25); length > 0; --length) {
      source.push_back(static_cast<TokenId>(3 + random.Below(kVocabulary.source - 3)));
    }
    source.push_back(kEndId);
  }
  return sources;
}

class AttentionAgreementTest : public testing::TestWithParam<DecoderType> {
 protected:
  std::shared_ptr<const InferenceModel> model_ = MakeToyModel(11, kVocabulary, GetParam());
};

TEST_P(AttentionAgreementTest, BeamSearchSeesWhatForcedDecodingSees) {
  const std::vector<std::vector<TokenId>> sources = RandomSources();
  const Ensemble ensemble({model_});
  EnsembleWorkspace workspace;
  Arena arena;
  Index num_rows = 0;
  for (std::size_t begin = 0; begin < sources.size(); begin += kBatch) {
    const std::span batch = std::span(sources).subspan(begin, kBatch);
    const auto found = BeamSearch(ensemble, {.sources = batch},
                                  {.beam_size = 5, .max_length_factor = 1}, workspace);
    Batch pairs;
    std::vector<Index> lengths;  // of what was found; forced decoding wants an end behind it
    for (std::size_t i = 0; i < batch.size(); ++i) {
      std::vector<TokenId> tokens = found[i].front().tokens;
      lengths.push_back(std::ssize(tokens));
      if (tokens.back() != kEndId) tokens.push_back(kEndId);
      pairs.pairs.push_back({batch[i], tokens, static_cast<Index>(i)});
    }
    arena.Reset();
    const std::vector<ForcedDecoding> forced = model_->model().ForceDecode(pairs, arena);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const auto source_length = std::ssize(batch[i]);
      const std::vector<float>& searched = found[i].front().attention;
      ASSERT_EQ(std::ssize(searched), lengths[i] * source_length);
      ASSERT_GE(forced[i].attention.size(), searched.size());
      for (Index t = 0; t < lengths[i]; ++t, ++num_rows) {
        const auto row = static_cast<std::size_t>(t * source_length);
        double sum = 0;
        for (std::size_t k = row; k < row + batch[i].size(); ++k) {
          ASSERT_NEAR(searched[k], forced[i].attention[k], 1e-5) << "line " << begin + i;
          sum += searched[k];
        }
        ASSERT_NEAR(sum, 1, 1e-5) << "line " << begin + i << ", token " << t;
      }
    }
  }
  EXPECT_GT(num_rows, 2 * kLines);
}

TEST_P(AttentionAgreementTest, PaddingGetsExactlyZero) {
  const std::vector<std::vector<TokenId>> sources = RandomSources();
  Arena arena;
  for (std::size_t begin = 0; begin < sources.size(); begin += kBatch) {
    const std::span batch = std::span(sources).subspan(begin, kBatch);
    arena.Reset();
    const EncodedSources encoded = model_->Encode(batch, arena);
    const auto num_sources = static_cast<Index>(kBatch);
    const Index width = encoded.longest() + 3;
    std::vector<Index> source_of(kBatch);
    std::iota(source_of.begin(), source_of.end(), Index{0});
    const std::vector<TokenId> last(kBatch, kBeginId);
    Tensor<float> states({num_sources, model_->state_size()});
    Tensor<float> log_probabilities({num_sources, model_->target_vocabulary_size()});
    Tensor<float> attention({num_sources, width});
    for (float& weight : attention.view().span()) weight = 0.5f;
    arena.Reset();
    model_->Step(encoded,
                 {.source_of = source_of,
                  .last_token = last,
                  .states = encoded.initial_states(),
                  .next_states = states.view(),
                  .attention = attention.view()},
                 log_probabilities.view(), arena);
    for (Index i = 0; i < num_sources; ++i) {
      double sum = 0;
      for (Index j = 0; j < width; ++j) {
        const float weight = attention.view()(i, j);
        if (j >= encoded.length(i)) {
          ASSERT_EQ(weight, 0.0f);
        }
        sum += weight;
      }
      ASSERT_NEAR(sum, 1, 1e-5);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Decoders, AttentionAgreementTest,
                         testing::Values(DecoderType::kBahdanau, DecoderType::kConditional),
                         [](const auto& decoder) {
                           return decoder.param == DecoderType::kBahdanau ? "Bahdanau"
                                                                          : "Conditional";
                         });

}  // namespace
}  // namespace talmach
