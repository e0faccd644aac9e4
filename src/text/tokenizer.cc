#include "text/tokenizer.h"

#include <fmt/format.h>
#include <sentencepiece_processor.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <mutex>
#include <utility>

#include "base/checksum.h"
#include "base/descriptor_io.h"
#include "base/error.h"
#include "text/byte_source.h"
#include "text/segmentation_sampler.h"
#include "text/sentencepiece_guard.h"

namespace talmach {
namespace {

using sentencepiece::SentencePieceProcessor;

std::string ReadModelFile(const std::string& path) try {
  constexpr Index kChunk = 1 << 16;
  RequireRegularFile<CheckpointError>(path, "cannot be opened: ");
  ByteSource source(path);
  std::string bytes;
  for (Index count = 1; count > 0;) {
    const std::size_t size = bytes.size();
    if (static_cast<Index>(size) > Tokenizer::kMaxFileBytes) {
      throw CheckpointError(
          Complaint{.where = path,
                    .what = "too large for a SentencePiece model",
                    .expected = fmt::format("at most {} bytes", Tokenizer::kMaxFileBytes)});
    }
    bytes.resize(size + kChunk);
    count = source.Read(bytes.data() + size, kChunk);
    bytes.resize(size + static_cast<std::size_t>(count));
  }
  return bytes;
} catch (const DataError& error) {
  // The tokenizer is a part of the model: its absence is the model's fault.
  throw CheckpointError(Complaint{.where = error.what()});
}

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

void CheckReservedIds(const std::string& path, const SentencePieceProcessor& processor) {
  const int ids[] = {processor.unk_id(), processor.bos_id(), processor.eos_id(),
                     processor.pad_id()};
  if (ids[0] == kUnknownId && ids[1] == kBeginId && ids[2] == kEndId && ids[3] < 0) return;
  throw CheckpointError(
      Complaint{.where = path,
                .what = "the model reserves other ids",
                .expected = "<unk> 0, <s> 1, </s> 2, <pad> -1",
                .got = fmt::format("{}, {}, {}, {}", ids[0], ids[1], ids[2], ids[3]),
                .hint = "train it with `talmach tokenizer train`"});
}

void CheckScores(const std::string& path, const SentencePieceProcessor& processor) {
  for (int id = 0; id < processor.GetPieceSize(); ++id) {
    if (std::isfinite(processor.GetScore(id))) continue;
    throw CheckpointError(
        Complaint{.where = path, .what = fmt::format("damaged: piece {} has no score", id)});
  }
}

// Pieces with their lengths before them: ["ab", "c"] and ["a", "bc"] differ.
std::string HashPieces(const SentencePieceProcessor& processor) {
  Checksum checksum;
  for (int id = 0; id < processor.GetPieceSize(); ++id) {
    const std::string& piece = processor.IdToPiece(id);
    checksum.Update(fmt::format("{}:", piece.size()));
    checksum.Update(piece);
  }
  return checksum.Hex();
}

std::unique_ptr<SegmentationSampler> MakeSampler(const SentencePieceProcessor& processor) {
  std::vector<ScoredPiece> pieces;
  for (int id = 0; id < processor.GetPieceSize(); ++id) {
    if (processor.IsUnknown(id) || processor.IsControl(id) || processor.IsUnused(id) ||
        processor.IsByte(id)) {
      continue;
    }
    pieces.push_back({.text = processor.IdToPiece(id), .id = id, .score = processor.GetScore(id)});
  }
  // Only unigram models know an n-best list.
  std::vector<std::vector<int>> ignored;
  const bool unigram = processor.NBestEncode("a", 2, &ignored).ok();
  return std::make_unique<SegmentationSampler>(
      unigram ? SegmentationSampler::Type::kUnigram : SegmentationSampler::Type::kBpe,
      std::move(pieces));
}

// How models with byte fallback spell a byte.
std::string BytePiece(char byte) {
  return fmt::format("<0x{:02X}>", static_cast<unsigned char>(byte));
}

// The text as SentencePiece sees it, spaces as ▁: its pieces, side by side, are exactly that.
std::string Normalize(const SentencePieceProcessor& processor, std::string_view text) {
  std::string normalized;
  for (const std::string& piece : processor.EncodeAsPieces(text)) {
    if (processor.IsByte(processor.PieceToId(piece))) {
      normalized += static_cast<char>(std::stoi(piece.substr(3, 2), nullptr, 16));
    } else {
      normalized += piece;
    }
  }
  return normalized;
}

// A line stays a line, whatever pieces a model has.
std::string WithoutLineBreaks(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::replace(text.begin(), text.end(), '\r', ' ');
  return text;
}

}  // namespace

struct Tokenizer::LazySampler {
  std::once_flag once;
  std::unique_ptr<SegmentationSampler> sampler;
};

Tokenizer::Tokenizer(std::string path, std::unique_ptr<SentencePieceProcessor> processor)
    : path_(std::move(path)),
      hash_(HashPieces(*processor)),
      processor_(std::move(processor)),
      sampler_(std::make_unique<LazySampler>()) {}

Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Tokenizer Tokenizer::Load(const std::string& path) {
  Tokenizer tokenizer = LoadForeign(path);
  CheckReservedIds(path, *tokenizer.processor_);
  return tokenizer;
}

Tokenizer Tokenizer::LoadForeign(const std::string& path) {
  const std::string bytes = ReadModelFile(path);
  auto processor = LoadProcessor(path, bytes);
  CheckScores(path, *processor);
  Tokenizer tokenizer(path, std::move(processor));
  tokenizer.file_checksum_ = ChecksumOf(bytes);
  return tokenizer;
}

std::vector<TokenId> Tokenizer::Encode(std::string_view text) const {
  return processor_->EncodeAsIds(text);
}

std::vector<std::string> Tokenizer::EncodePieces(std::string_view text) const {
  return processor_->EncodeAsPieces(text);
}

std::vector<TokenId> Tokenizer::Sample(std::string_view text, float alpha,
                                       std::uint64_t key) const {
  Require(alpha > 0, "sampling takes a positive alpha");
  std::call_once(sampler_->once, [&] { sampler_->sampler = MakeSampler(*processor_); });
  const std::string normalized = Normalize(*processor_, text);
  const bool byte_fallback = processor_->IsByte(IdOf(BytePiece(0)));
  std::vector<TokenId> ids;
  for (const auto& token : sampler_->sampler->Sample(normalized, alpha, key)) {
    if (token.id == kUnknownId && byte_fallback) {
      for (const char byte : token.text) ids.push_back(IdOf(BytePiece(byte)));
    } else {
      ids.push_back(token.id);
    }
  }
  return ids;
}

std::string Tokenizer::Decode(std::span<const TokenId> ids) const {
  for (const TokenId id : ids) Require(0 <= id && id < size(), "a token is in the vocabulary");
  return WithoutLineBreaks(processor_->DecodeIds({ids.begin(), ids.end()}));
}

std::string Tokenizer::DecodePieces(std::span<const std::string> pieces) const {
  return WithoutLineBreaks(processor_->DecodePieces(std::vector(pieces.begin(), pieces.end())));
}

const std::string& Tokenizer::PieceOf(TokenId id) const {
  Require(0 <= id && id < size(), "a token is in the vocabulary");
  return processor_->IdToPiece(id);
}

TokenId Tokenizer::IdOf(std::string_view piece) const { return processor_->PieceToId(piece); }

Index Tokenizer::size() const { return processor_->GetPieceSize(); }

}  // namespace talmach
