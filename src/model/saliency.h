// What a model's decisions depend on: for each target token y_i and source token x_j, a number that
// says how much x_j counted for the probability of y_i, to be compared with the attention weight
// α_ij. Targets are given (teacher forcing), as in Seq2SeqModel::ForceDecode.
//   gradient        |x_j · ∂ log p(y_i | y_{<i}, x) / ∂ x_j| with x_j the embedding: gradient times
//                   input (Denil et al. 2014; for translation Ding, Xu, Koehn 2019). What log p
//                   would change, to first order, if the embedding faded to zero.
//   leave-one-out   log p(y_i | y_{<i}, x) − log p(y_i | y_{<i}, x without x_j): the source is one
//                   token shorter, all else stays (erasure; Li, Monroe, Jurafsky 2016). Positive
//                   where x_j helped. 0 for the only token of a source, which cannot be left out.
//   norm            α_ij ‖h_j‖ with h_j the annotation: what attention lets through weighs by its
//                   length, too (Kobayashi et al. 2020).
// The first two are in nats.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "model/seq2seq_model.h"

namespace talmach {

enum class SaliencyMethod { kGradient, kLeaveOneOut, kNorm };

inline constexpr std::array kSaliencyMethods = {
    SaliencyMethod::kGradient, SaliencyMethod::kLeaveOneOut, SaliencyMethod::kNorm};

/// "gradient", "leave-one-out", "norm": the method's name in flags, and that of its layer in
/// attention records.
std::string ToString(SaliencyMethod method);

/// A matrix [T, S], row-major, for each pair of the batch; both sides end in `</s>`. The cost of a
/// pair is that of T (gradient) or S (leave-one-out) pairs in training or scoring, which run
/// together in batches of bounded size. kGradient needs weights that are packed for the backward
/// pass, and more than 8 bits.
std::vector<std::vector<float>> ComputeSaliency(const Seq2SeqModel& model, const Batch& batch,
                                                SaliencyMethod method, Arena& arena);

}  // namespace talmach
