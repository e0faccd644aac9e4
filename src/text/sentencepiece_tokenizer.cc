// Tested by tests/text/tokenizer_test.cc.
#include "text/sentencepiece_tokenizer.h"

#include <fmt/format.h>
#include <sentencepiece_processor.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <mutex>
#include <utility>

#include "base/error.h"
#include "base/piece_marks.h"
#include "base/random.h"
#include "text/segmentation_sampler.h"
#include "text/sentencepiece_guard.h"
#include "text/sentencepiece_model.h"

namespace talmach {
namespace {

using sentencepiece::SentencePieceProcessor;

std::unique_ptr<SentencePieceProcessor> LoadProcessor(const std::string& path,
                                                      const std::string& model) {
  SilenceSentencePiece();
  std::string problem = FindDanger(model);
  auto processor = std::make_unique<SentencePieceProcessor>();
  try {
    if (problem.empty() && processor->LoadFromSerializedProto(model).ok()) return processor;
  } catch (const std::exception& error) {  // from its tries, for doubled or empty pieces
    problem = error.what();
  }
  throw CheckpointError(
      Complaint{.where = path, .what = "not a SentencePiece model, or damaged", .hint = problem});
}

// Its names stand for its reserved pieces alone, or else the model would have them twice.
void CheckReservedNames(const std::string& path, const SentencePieceProcessor& processor,
                        const ReservedIds& ids) {
  for (const char* name : {"<unk>", "<s>", "</s>"}) {
    const int id = processor.PieceToId(name);
    if (processor.IdToPiece(id) != name || id == ids.unknown || id == ids.begin || id == ids.end ||
        id == ids.padding) {
      continue;
    }
    throw CheckpointError(Complaint{
        .where = path,
        .what = fmt::format("piece {} is called {}, but the model does not reserve it", id, name),
        .hint = "such a model cannot be taken: train one without that piece"});
  }
}

// The model with this program's reserved ids, and what it says of itself.
struct OwnModel {
  std::unique_ptr<SentencePieceProcessor> processor;
  SentencePieceOutline outline;
};

OwnModel LoadOwnModel(const std::string& path, const std::string& model) {
  auto processor = LoadProcessor(path, model);
  const ReservedIds ids{.unknown = processor->unk_id(),
                        .begin = processor->bos_id(),
                        .end = processor->eos_id(),
                        .padding = processor->pad_id()};
  if (ids == kOwnReservedIds) return {std::move(processor), ReadOutline(model)};
  CheckReservedNames(path, *processor, ids);
  const std::string own = WithOwnReservedIds(model, ids);
  return {LoadProcessor(path, own), ReadOutline(own)};
}

void CheckScores(const std::string& path, const SentencePieceProcessor& processor) {
  for (int id = 0; id < processor.GetPieceSize(); ++id) {
    if (std::isfinite(processor.GetScore(id))) continue;
    throw CheckpointError(
        Complaint{.where = path, .what = fmt::format("damaged: piece {} has no score", id)});
  }
}

std::unique_ptr<SegmentationSampler> MakeSampler(const SentencePieceProcessor& processor,
                                                 SentencePieceOutline::Type type) {
  std::vector<ScoredPiece> pieces;
  for (int id = 0; id < processor.GetPieceSize(); ++id) {
    if (processor.IsUnknown(id) || processor.IsControl(id) || processor.IsUnused(id) ||
        processor.IsByte(id)) {
      continue;
    }
    pieces.push_back({.text = processor.IdToPiece(id), .id = id, .score = processor.GetScore(id)});
  }
  return std::make_unique<SegmentationSampler>(type == SentencePieceOutline::kUnigram
                                                   ? SegmentationSampler::Type::kUnigram
                                                   : SegmentationSampler::Type::kBpe,
                                               std::move(pieces));
}

// A line stays a line, whatever pieces a model has.
std::string WithoutLineBreaks(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::replace(text.begin(), text.end(), '\r', ' ');
  return text;
}

class SentencePieceTokenizer : public Tokenizer {
 public:
  explicit SentencePieceTokenizer(OwnModel model)
      : processor_(std::move(model.processor)), outline_(std::move(model.outline)) {}

  std::vector<TokenId> Encode(std::string_view text) const override {
    return processor_->EncodeAsIds(text);
  }
  std::vector<std::string> EncodePieces(std::string_view text) const override {
    return processor_->EncodeAsPieces(text);
  }

  bool CanSample() const override {
    return outline_.type == SentencePieceOutline::kUnigram ||
           outline_.type == SentencePieceOutline::kBpe;
  }
  std::vector<TokenId> Sample(std::string_view text, float alpha, std::uint64_t key) const override;

  std::string Decode(std::span<const TokenId> ids) const override;
  std::string DecodePieces(std::span<const std::string> pieces) const override {
    return WithoutLineBreaks(processor_->DecodePieces(std::vector(pieces.begin(), pieces.end())));
  }

  std::vector<std::string> WithWordMarks(std::vector<std::string> pieces) const override {
    return pieces;
  }
  bool FollowsSpace(TokenId id) const override { return PieceOf(id).starts_with(kWordMark); }

  const std::string& PieceOf(TokenId id) const override {
    Require(0 <= id && id < size(), "a token is in the vocabulary");
    return processor_->IdToPiece(id);
  }
  TokenId IdOf(std::string_view piece) const override { return processor_->PieceToId(piece); }
  Index size() const override { return processor_->GetPieceSize(); }

 private:
  void AppendSample(const std::string& normalized, float alpha, std::uint64_t key,
                    std::vector<TokenId>* ids) const;

  std::unique_ptr<SentencePieceProcessor> processor_;
  SentencePieceOutline outline_;
  // Made at the first Sample: only training draws, and it takes time.
  mutable std::once_flag sampler_once_;
  mutable std::unique_ptr<SegmentationSampler> sampler_;
};

std::string SentencePieceTokenizer::Decode(std::span<const TokenId> ids) const {
  for (const TokenId id : ids) Require(0 <= id && id < size(), "a token is in the vocabulary");
  return WithoutLineBreaks(processor_->DecodeIds({ids.begin(), ids.end()}));
}

// The pieces of the best segmentation, side by side, are the text as SentencePiece sees it, with
// spaces as ▁. Symbols stay as they are; what stands between them is divided anew.
std::vector<TokenId> SentencePieceTokenizer::Sample(std::string_view text, float alpha,
                                                    std::uint64_t key) const {
  Require(alpha > 0, "sampling takes a positive alpha");
  Require(CanSample(), "sampling takes a model that can divide a text in several ways");
  std::call_once(sampler_once_, [&] { sampler_ = MakeSampler(*processor_, outline_.type); });
  std::vector<TokenId> ids;
  std::string normalized;
  for (const std::string& piece : processor_->EncodeAsPieces(text)) {
    const TokenId id = IdOf(piece);
    if (outline_.is_symbol[id]) {
      AppendSample(normalized, alpha, key, &ids);
      normalized.clear();
      ids.push_back(id);
    } else if (const auto byte = ByteOfPiece(piece); byte && processor_->IsByte(id)) {
      normalized += *byte;
    } else {
      normalized += piece;
    }
  }
  AppendSample(normalized, alpha, key, &ids);
  return ids;
}

// Each part of a text between symbols has draws of its own.
void SentencePieceTokenizer::AppendSample(const std::string& normalized, float alpha,
                                          std::uint64_t key, std::vector<TokenId>* ids) const {
  if (!ids->empty()) key = DeriveKey(key, ids->size());
  const bool byte_fallback = processor_->IsByte(IdOf(BytePiece(0)));
  for (const auto& token : sampler_->Sample(normalized, alpha, key)) {
    if (token.id == kUnknownId && byte_fallback) {
      for (const char byte : token.text) ids->push_back(IdOf(BytePiece(byte)));
    } else {
      ids->push_back(token.id);
    }
  }
}

}  // namespace

std::shared_ptr<Tokenizer> MakeSentencePieceTokenizer(const std::string& path,
                                                      const std::string& model) {
  OwnModel own = LoadOwnModel(path, model);
  CheckScores(path, *own.processor);
  return std::make_shared<SentencePieceTokenizer>(std::move(own));
}

}  // namespace talmach
