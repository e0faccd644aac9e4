// Tested by tests/text/tokenizer_test.cc.
#include "text/sentencepiece_model.h"

#include <cstdint>

#include "text/wire_format.h"

namespace talmach {
namespace {

// Fields of ModelProto, of its pieces and of its TrainerSpec, and types of pieces.
constexpr std::uint64_t kPieces = 1;
constexpr std::uint64_t kTrainerSpec = 2;
constexpr std::uint64_t kPieceText = 1;
constexpr std::uint64_t kPieceType = 3;
constexpr std::uint64_t kModelType = 3;
constexpr std::uint64_t kUnknown = 2;
constexpr std::uint64_t kControl = 3;
constexpr std::uint64_t kUserDefined = 4;

std::string Piece(std::string_view text, std::uint64_t type) {
  std::string piece;
  AppendField(kPieceText, text, &piece);
  AppendField(kPieceType, type, &piece);
  return piece;
}

bool IsSymbol(std::string_view piece) {
  std::uint64_t type = 0;
  WireReader fields(piece);
  while (const auto field = fields.Next()) {
    if (field->number == kPieceType && field->value) type = *field->value;
  }
  return type == kUserDefined;
}

// Of a field that is given several times, the last counts.
void ReadTrainerSpec(std::string_view spec, SentencePieceOutline* outline) {
  WireReader fields(spec);
  while (const auto field = fields.Next()) {
    if (field->number != kModelType || !field->value) continue;
    outline->type = static_cast<SentencePieceOutline::Type>(*field->value);
  }
}

}  // namespace

SentencePieceOutline ReadOutline(std::string_view model) {
  SentencePieceOutline outline;
  WireReader fields(model);
  while (const auto field = fields.Next()) {
    if (field->value) continue;  // unknown to SentencePiece
    if (field->number == kPieces) outline.is_symbol.push_back(IsSymbol(field->bytes));
    if (field->number == kTrainerSpec) ReadTrainerSpec(field->bytes, &outline);
  }
  return outline;
}

std::string WithOwnReservedIds(std::string_view model, const ReservedIds& ids) {
  std::string result;
  AppendField(kPieces, Piece("<unk>", kUnknown), &result);
  AppendField(kPieces, Piece("<s>", kControl), &result);
  AppendField(kPieces, Piece("</s>", kControl), &result);
  WireReader fields(model);
  for (int id = 0; const auto field = fields.Next();) {
    if (field->value) continue;
    if (field->number != kPieces) {
      AppendField(field->number, field->bytes, &result);
      continue;
    }
    const bool is_reserved =
        id == ids.unknown || id == ids.begin || id == ids.end || id == ids.padding;
    if (!is_reserved) AppendField(kPieces, field->bytes, &result);
    ++id;
  }
  return result;
}

}  // namespace talmach
