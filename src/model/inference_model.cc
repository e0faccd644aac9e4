// Tested by tests/model/seq2seq_model_test.cc and tests/model/pytorch_fixture_test.cc.
//
// A step costs one attention, one recurrent product, the readout and the output layer; the last is
// the largest. It is computed 32 rows at a time, so that the logits are still in the cache when the
// best of them are chosen, and never for more tokens than needed: with candidates, the rows of W_y
// for the union of all candidates of the batch are packed as a smaller layer once, and each
// hypothesis picks the columns of its own source. The softmax is over these alone, so a hypothesis
// does not see the candidates of its neighbours.
//
// Encode copies annotations and keys out of the arena into tensors of their own, since the arena is
// reset by every step.
#include "model/inference_model.h"

#include <algorithm>
#include <limits>

#include "base/random.h"
#include "base/stop.h"
#include "kernels/softmax.h"
#include "model/model_layers.h"

namespace talmach {
namespace {

// A key for each source that no other source has.
std::vector<std::uint64_t> PermutationKeys(const AttentionIntervention& intervention,
                                           std::span<const std::vector<TokenId>> sources) {
  std::vector<std::uint64_t> keys;
  if (intervention.change != AttentionChange::kPermuted) return keys;
  for (const std::vector<TokenId>& source : sources) {
    keys.push_back(intervention.seed);
    for (const TokenId token : source) {
      keys.back() = DeriveKey(keys.back(), static_cast<std::uint64_t>(token));
    }
  }
  return keys;
}

// Rows whose logits exist at a time: few enough to stay in the cache.
constexpr Index kOutputRows = 32;
// Selected outputs are padded to multiples of this, so that few primitives serve all batches.
constexpr std::size_t kOutputPadding = 256;

// All tokens of the lists, each once, ascending.
std::vector<TokenId> Union(std::span<const std::vector<TokenId>> lists) {
  std::vector<TokenId> tokens;
  for (const std::vector<TokenId>& list : lists) {
    tokens.insert(tokens.end(), list.begin(), list.end());
  }
  std::ranges::sort(tokens);
  tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
  return tokens;
}

// Calls body(begin, end) for rows [0, num_rows), a few at a time.
template <typename Body>
void ForEachChunk(Index num_rows, const Body& body) {
  for (Index begin = 0; begin < num_rows; begin += kOutputRows) {
    StopPoint();
    body(begin, std::min(begin + kOutputRows, num_rows));
  }
}

void Pick(const float* row, std::span<const Index> columns, std::vector<float>& picked) {
  picked.resize(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) picked[i] = row[columns[i]];
}

}  // namespace

InferenceModel::InferenceModel(std::shared_ptr<const Seq2SeqModel> model)
    : model_(std::move(model)), table_(model_->layers().decoder, model_->vocabulary().target) {}

EncodedSources::Output InferenceModel::SelectOutput(
    std::span<const std::vector<TokenId>> candidates) const {
  std::vector<TokenId> tokens = Union(candidates);
  EncodedSources::Output output;
  for (const std::vector<TokenId>& list : candidates) {
    Require(!list.empty(), "a source has candidates");
    output.tokens.push_back(list);
    std::vector<Index>& columns = output.columns.emplace_back();
    auto place = tokens.begin();
    for (const TokenId token : list) {
      place = std::lower_bound(place, tokens.end(), token);
      columns.push_back(place - tokens.begin());
    }
  }
  tokens.resize((tokens.size() + kOutputPadding - 1) / kOutputPadding * kOutputPadding,
                tokens.back());
  output.layer = model_->layers().output.Select(tokens);
  return output;
}

EncodedSources InferenceModel::Encode(std::span<const std::vector<TokenId>> sources, Arena& arena,
                                      const AttentionIntervention& intervention,
                                      std::span<const std::vector<TokenId>> candidates) const {
  const ModelLayers& layers = model_->layers();
  arena.Reset();
  std::vector<const std::vector<TokenId>*> pointers;
  for (const std::vector<TokenId>& source : sources) pointers.push_back(&source);
  const PackedSources packed = PackSources(pointers);
  const Index num_tokens = packed.packing.num_tokens();

  EncoderActivations encoder = layers.encoder.Allocate(arena, packed.packing, /*keep=*/false);
  encoder.embedding.tokens = packed.tokens;
  layers.encoder.Forward(packed, DropoutKeys(), arena, encoder);
  const View annotations = encoder.annotations();
  const View keys = arena.AllocateRows(num_tokens, layers.decoder.attention_size());
  layers.decoder.Keys(encoder.annotation_operand(), keys);

  EncodedSources result;
  result.annotations_ = Tensor<float>({num_tokens, annotations.cols()});
  result.keys_ = Tensor<float>({num_tokens, keys.cols()});
  std::copy_n(annotations.data(), result.annotations_.size(), result.annotations_.data());
  std::copy_n(keys.data(), result.keys_.size(), result.keys_.data());
  if (layers.decoder.allows_exponential_keys()) ExponentialKeys(result.keys_.view());
  result.begins_ = packed.begins;
  result.lengths_ = packed.lengths;
  result.longest_ = std::ranges::max(packed.lengths);
  result.attention_change_ = intervention.change;
  result.permutation_keys_ = PermutationKeys(intervention, sources);
  result.initial_states_ = Tensor<float>({result.num_sources(), state_size()});
  const AttendedSource source{.annotations = annotations,
                              .annotation_operand = encoder.annotation_operand(),
                              .keys = keys,
                              .spans = packed.spans()};
  layers.decoder.InitialStates(source, arena, result.initial_states_.view());
  if (!candidates.empty()) {
    Require(candidates.size() == sources.size(), "candidates for each source");
    result.output_ = SelectOutput(candidates);
  }
  return result;
}

// Everything up to the readout t_i, which lies in the arena: M rows and some that only products
// read.
Operand InferenceModel::Advance(const EncodedSources& sources, const HypothesisStep& step,
                                Arena& arena) const {
  const Decoder& decoder = model_->layers().decoder;
  arena.Reset();
  const Index rows = step.states.rows();
  std::vector<Index> begins, lengths;
  for (const Index source : step.source_of) {
    begins.push_back(sources.begins_[source]);
    lengths.push_back(sources.lengths_[source]);
  }
  std::vector<std::uint64_t> permutations;
  if (sources.attention_change_ == AttentionChange::kPermuted) {
    for (Index i = 0; i < rows; ++i) {
      permutations.push_back(DeriveKey(sources.permutation_keys_[step.source_of[i]],
                                       static_cast<std::uint64_t>(step.last_token[i])));
    }
  }
  const AttendedSource source{.annotations = sources.annotations_.view(),
                              .annotation_operand = Operand(),
                              .keys = sources.keys_.view(),
                              .spans = {begins, lengths},
                              .exponential_keys = decoder.allows_exponential_keys(),
                              .intervention = {sources.attention_change_, permutations}};
  DecoderActivations a = decoder.AllocateStep(arena, rows);
  const ReadoutActivations readout = decoder.readout().Allocate(arena, rows);
  table_.Gather(step.last_token, arena, decoder.EmbeddingGates(a).Rows(0, rows),
                readout.sums.Rows(0, rows));
  decoder.Step(source, step.states, step.attention, a);
  std::copy_n(a.cell.state.data(), step.next_states.size(), step.next_states.data());
  const Index product_rows = ProductRows(rows);
  decoder.readout().ForwardRest(a.state_operand.Rows(0, product_rows),
                                a.context_operand.Rows(0, product_rows),
                                readout.Rows(0, product_rows));
  return readout.operand;
}

void InferenceModel::Step(const EncodedSources& sources, const HypothesisStep& step,
                          View log_probabilities, Arena& arena) const {
  const Operand readout = Advance(sources, step, arena);
  if (sources.output_) {
    return StepCandidates(*sources.output_, step.source_of, readout, log_probabilities, arena);
  }
  ForEachChunk(step.states.rows(), [&](Index begin, Index end) {
    const View rows = log_probabilities.Rows(begin, end);
    model_->layers().output.Logits(readout.Rows(begin, end), rows);
    LogSoftmax(rows, rows);
  });
}

void InferenceModel::StepCandidates(const EncodedSources::Output& output,
                                    std::span<const Index> source_of, const Operand& readout,
                                    View log_probabilities, Arena& arena) const {
  const Index num_rows = log_probabilities.rows();
  const View logits = arena.Allocate<float>({num_rows, output.layer.outputs()});
  output.layer.Forward(readout.Rows(0, num_rows), logits);
  std::ranges::fill(log_probabilities.span(), -std::numeric_limits<float>::infinity());
  std::vector<float> values;
  for (Index i = 0; i < logits.rows(); ++i) {
    const std::vector<TokenId>& tokens = output.tokens[source_of[i]];
    Pick(logits.row(i), output.columns[source_of[i]], values);
    const View row(values.data(), {1, std::ssize(values)});
    LogSoftmax(row, row);
    for (std::size_t k = 0; k < tokens.size(); ++k) log_probabilities(i, tokens[k]) = values[k];
  }
}

void InferenceModel::StepBest(const EncodedSources& sources, const HypothesisStep& step,
                              const TokenChoice& choice, const BestTokens& best,
                              Arena& arena) const {
  const Operand readout = Advance(sources, step, arena);
  const Index num_outputs =
      sources.output_ ? sources.output_->layer.outputs() : target_vocabulary_size();
  const View logits = arena.Allocate<float>({kOutputRows, num_outputs});
  std::vector<float> values;
  ForEachChunk(step.states.rows(), [&](Index begin, Index end) {
    const View chunk = logits.Rows(0, end - begin);
    const Index product_rows = ProductRows(end - begin);
    const Operand rows = readout.Rows(begin, begin + product_rows);
    if (!sources.output_) {
      model_->layers().output.Logits(rows, logits.Rows(0, product_rows));
      return FindBest(chunk, choice, begin, best);
    }
    sources.output_->layer.Forward(rows, logits.Rows(0, product_rows));
    for (Index row = begin; row < end; ++row) {
      const Index source = step.source_of[row];
      Pick(chunk.row(row - begin), sources.output_->columns[source], values);
      FindBestCandidates(values, sources.output_->tokens[source], choice, row, best);
    }
  });
}

}  // namespace talmach
