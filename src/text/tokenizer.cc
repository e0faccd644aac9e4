#include "text/tokenizer.h"

#include <fmt/format.h>

#include "base/checksum.h"
#include "base/descriptor_io.h"
#include "base/error.h"
#include "text/byte_source.h"
#include "text/given_tokenizer.h"
#include "text/given_vocabulary.h"
#include "text/sentencepiece_tokenizer.h"

namespace talmach {
namespace {

std::string ReadTokenizerFile(const std::string& path) try {
  constexpr Index kChunk = 1 << 16;
  RequireRegularFile<CheckpointError>(path, "cannot be opened: ");
  ByteSource source(path);
  std::string bytes;
  for (Index count = 1; count > 0;) {
    const std::size_t size = bytes.size();
    if (static_cast<Index>(size) > Tokenizer::kMaxFileBytes) {
      throw CheckpointError(
          Complaint{.where = path,
                    .what = "too large for a tokenizer",
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

// Pieces with their lengths before them: ["ab", "c"] and ["a", "bc"] differ.
std::string HashPieces(const Tokenizer& tokenizer) {
  Checksum checksum;
  for (TokenId id = 0; id < tokenizer.size(); ++id) {
    const std::string& piece = tokenizer.PieceOf(id);
    checksum.Update(fmt::format("{}:", piece.size()));
    checksum.Update(piece);
  }
  return checksum.Hex();
}

}  // namespace

std::shared_ptr<const Tokenizer> Tokenizer::Load(const std::string& path) {
  const std::string bytes = ReadTokenizerFile(path);
  const std::shared_ptr<Tokenizer> tokenizer = IsPieceList(bytes)
                                                   ? MakeGivenTokenizer(path, bytes)
                                                   : MakeSentencePieceTokenizer(path, bytes);
  tokenizer->path_ = path;
  tokenizer->hash_ = HashPieces(*tokenizer);
  tokenizer->file_checksum_ = ChecksumOf(bytes);
  return tokenizer;
}

}  // namespace talmach
