#include "support/reference_model.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace talmach::reference {
namespace {

double Sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

double LogSumExp(const Vector& x) {
  const double top = *std::ranges::max_element(x);
  double sum = 0;
  for (const double value : x) sum += std::exp(value - top);
  return top + std::log(sum);
}

const Matrix& Find(const Parameters& parameters, const std::string& name) {
  const auto found = parameters.find(name);
  if (found == parameters.end()) throw std::logic_error("reference: no parameter " + name);
  return found->second;
}

}  // namespace

Vector Add(Vector a, const Vector& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

Vector Join(Vector a, const Vector& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Vector Affine(const Parameters& parameters, const std::string& weight, const std::string& bias,
              const Vector& x) {
  const Matrix& w = Find(parameters, weight);
  if (w.cols != static_cast<Index>(x.size()))
    throw std::logic_error("reference: width of " + weight);
  Vector y(w.rows, 0.0);
  for (Index r = 0; r < w.rows; ++r) {
    for (Index c = 0; c < w.cols; ++c) y[r] += w(r, c) * x[c];
    if (!bias.empty()) y[r] += Find(parameters, bias)(0, r);
  }
  return y;
}

Vector Normalise(const Parameters& parameters, const std::string& name, const Vector& x,
                 Index blocks) {
  const Index size = static_cast<Index>(x.size()) / blocks;
  Vector y(x.size());
  for (Index block = 0; block < blocks; ++block) {
    double mean = 0, variance = 0;
    for (Index i = 0; i < size; ++i) mean += x[block * size + i] / static_cast<double>(size);
    for (Index i = 0; i < size; ++i) {
      variance += std::pow(x[block * size + i] - mean, 2) / static_cast<double>(size);
    }
    for (Index i = block * size; i < (block + 1) * size; ++i) {
      y[i] = Find(parameters, name + ".weight")(0, i) * (x[i] - mean) / std::sqrt(variance + 1e-5) +
             Find(parameters, name + ".bias")(0, i);
    }
  }
  return y;
}

Vector Gru(const Parameters& parameters, const std::string& name, bool layer_norm, const Vector& x,
           const Vector& h) {
  Vector gi = Affine(parameters, name + ".weight_ih", name + ".bias_ih", x);
  Vector gh = Affine(parameters, name + ".weight_hh", name + ".bias_hh", h);
  if (layer_norm) {
    gi = Normalise(parameters, name + ".layer_norm_ih", gi, 3);
    gh = Normalise(parameters, name + ".layer_norm_hh", gh, 3);
  }
  const std::size_t size = h.size();
  Vector next(size);
  for (std::size_t i = 0; i < size; ++i) {
    const double r = Sigmoid(gi[i] + gh[i]);
    const double z = Sigmoid(gi[size + i] + gh[size + i]);
    const double n = std::tanh(gi[2 * size + i] + r * gh[2 * size + i]);
    next[i] = (1 - z) * n + z * h[i];
  }
  return next;
}

Vector Model::Embed(bool target, TokenId token) const {
  std::string name = target ? "target_embedding.weight" : "source_embedding.weight";
  if (config_.tied_embeddings == TiedEmbeddings::kAll) name = "embedding.weight";
  const Matrix& table = Find(parameters_, name);
  Vector x(table.cols);
  for (Index c = 0; c < table.cols; ++c) x[c] = table(token, c);
  return x;
}

std::vector<Vector> Model::Encode(const std::vector<TokenId>& source) const {
  std::vector<Vector> x;
  for (const TokenId token : source) x.push_back(Embed(false, token));
  const auto length = static_cast<Index>(source.size());
  for (Index layer = 0; layer < config_.encoder.layers; ++layer) {
    const std::string name = "encoder.layers." + std::to_string(layer);
    std::vector<Vector> forward(length), backward(length);
    Vector h(config_.encoder.hidden_size, 0.0);
    for (Index j = 0; j < length; ++j) {
      forward[j] = h = Gru(parameters_, name + ".forward", config_.encoder.layer_norm, x[j], h);
    }
    h.assign(config_.encoder.hidden_size, 0.0);
    for (Index j = length - 1; j >= 0; --j) {
      backward[j] = h = Gru(parameters_, name + ".backward", config_.encoder.layer_norm, x[j], h);
    }
    for (Index j = 0; j < length; ++j) x[j] = Join(forward[j], backward[j]);
  }
  return x;
}

Vector Model::InitialState(const std::vector<Vector>& annotations) const {
  const Index hidden = config_.encoder.hidden_size;
  Vector summary;
  switch (config_.decoder.initial_state) {
    case InitialState::kZero:
      return Vector(config_.decoder.hidden_size, 0.0);
    case InitialState::kMean:
      summary.assign(2 * hidden, 0.0);
      for (const Vector& annotation : annotations) {
        for (Index c = 0; c < 2 * hidden; ++c) {
          summary[c] += annotation[c] / static_cast<double>(annotations.size());
        }
      }
      break;
    case InitialState::kFirstBackward:
      summary.assign(annotations[0].begin() + hidden, annotations[0].end());
      break;
  }
  Vector state =
      Affine(parameters_, "decoder.initial_state.weight", "decoder.initial_state.bias", summary);
  for (double& s : state) s = std::tanh(s);
  return state;
}

Vector Model::Attend(const Vector& query, const std::vector<Vector>& annotations,
                     Vector& context) const {
  const AttentionConfig& attention = config_.attention;
  const std::string name = "decoder.attention";
  const Vector projected = Affine(parameters_, name + ".query.weight", "", query);
  Vector weights;
  for (const Vector& annotation : annotations) {
    const Vector key =
        Affine(parameters_, name + ".key.weight", attention.bias ? name + ".bias" : "", annotation);
    double energy = 0;
    for (Index a = 0; a < attention.size; ++a) {
      const double sum = projected[a] + key[a];
      const double unit =
          attention.activation == AttentionActivation::kTanh ? std::tanh(sum) : std::max(sum, 0.0);
      energy += attention.scale == AttentionScale::kVector
                    ? Find(parameters_, name + ".scale")(0, a) * unit
                    : unit;
    }
    weights.push_back(energy / attention.temperature);
  }
  const double log_sum = LogSumExp(weights);
  context.assign(annotations[0].size(), 0.0);
  for (std::size_t j = 0; j < weights.size(); ++j) {
    weights[j] = std::exp(weights[j] - log_sum);
    for (std::size_t c = 0; c < context.size(); ++c) context[c] += weights[j] * annotations[j][c];
  }
  return weights;
}

Vector Readout(const Parameters& parameters, const std::string& name, ReadoutActivation activation,
               const Vector& state, const Vector& embedding, const Vector& context) {
  const Vector sums = Add(Add(Affine(parameters, name + ".state.weight", name + ".bias", state),
                              Affine(parameters, name + ".embedding.weight", "", embedding)),
                          Affine(parameters, name + ".context.weight", "", context));
  if (activation == ReadoutActivation::kTanh) {
    Vector readout = sums;
    for (double& t : readout) t = std::tanh(t);
    return readout;
  }
  Vector readout(sums.size() / 2);
  for (std::size_t r = 0; r < readout.size(); ++r) {
    readout[r] = std::max(sums[2 * r], sums[2 * r + 1]);
  }
  return readout;
}

double CrossEntropy(const Vector& logits, TokenId label, double label_smoothing) {
  const double log_sum = LogSumExp(logits);
  double mean = 0;
  for (const double logit : logits) mean += (log_sum - logit) / static_cast<double>(logits.size());
  return (1 - label_smoothing) * (log_sum - logits[label]) + label_smoothing * mean;
}

Result Model::Run(const SentencePair& pair, double label_smoothing) const {
  const std::vector<Vector> annotations = Encode(pair.source);
  const bool norm = config_.decoder.layer_norm;
  Vector state = InitialState(annotations);
  std::string output = "target_embedding.weight";
  if (config_.tied_embeddings == TiedEmbeddings::kAll) output = "embedding.weight";
  if (config_.tied_embeddings == TiedEmbeddings::kNone) output = "output.weight";

  Result result;
  TokenId previous = kBeginId;
  for (const TokenId label : pair.target) {
    const Vector embedding = Embed(true, previous);
    Vector context;
    if (config_.decoder.type == DecoderType::kBahdanau) {
      result.attention.push_back(Attend(state, annotations, context));
      state = Gru(parameters_, "decoder.cell", norm, Join(embedding, context), state);
    } else {
      const Vector moved = Gru(parameters_, "decoder.cell1", norm, embedding, state);
      result.attention.push_back(Attend(moved, annotations, context));
      state = Gru(parameters_, "decoder.cell2", norm, context, moved);
    }
    const Vector logits = Affine(parameters_, output, "output.bias",
                                 Readout(parameters_, "decoder.readout", config_.readout.activation,
                                         state, embedding, context));
    result.loss += CrossEntropy(logits, label, label_smoothing);
    result.logits.push_back(logits);
    previous = label;
  }
  return result;
}

double AlignmentCost(const std::vector<Vector>& attention, const Alignment& links) {
  double cost = 0;
  for (std::size_t t = 0; t < attention.size(); ++t) {
    double sum = 0, num_links = 0;
    for (const AlignmentLink& link : links) {
      if (link.target != static_cast<Index>(t)) continue;
      sum -= std::log(attention[t][link.source]);
      ++num_links;
    }
    if (num_links > 0) cost += sum / num_links;
  }
  return cost;
}

double Model::Loss(const Batch& batch, double label_smoothing, double guided_weight) const {
  double loss = 0;
  for (const SentencePair& pair : batch.pairs) {
    const Result result = Run(pair, label_smoothing);
    loss += result.loss + guided_weight * AlignmentCost(result.attention, pair.links);
  }
  return loss;
}

Parameters Export(const ParameterSet& set, ConstView slab) {
  Parameters parameters;
  for (const ParameterSet::StoredTensor& tensor : set.StoredTensors()) {
    Matrix matrix;
    matrix.rows = tensor.shape.size() == 2 ? tensor.shape[0] : 1;
    matrix.cols = tensor.shape.back();
    std::vector<float> values(matrix.rows * matrix.cols);
    ParameterSet::ExtractStored(tensor, slab, values);
    matrix.values.assign(values.begin(), values.end());
    parameters[tensor.name] = std::move(matrix);
  }
  return parameters;
}

}  // namespace talmach::reference
