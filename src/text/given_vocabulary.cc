// Tested by tests/text/given_tokenizer_test.cc.
#include "text/given_vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "base/descriptor_io.h"
#include "base/error.h"
#include "base/numbers.h"
#include "base/split.h"
#include "base/utf8.h"
#include "text/text_reader.h"

namespace talmach {
namespace {

constexpr std::string_view kHeader = "#talmach-pieces ";
constexpr std::array<std::string_view, 3> kReserved = {"<unk>", "<s>", "</s>"};

bool IsReserved(std::string_view piece) {
  return std::ranges::find(kReserved, piece) != kReserved.end() || piece == "<pad>" ||
         piece == "<blank>";
}

// The piece of a line. Throws DataError unless what follows it is a number.
std::string_view PieceOfLine(std::string_view line, const std::string& where) {
  constexpr double kAny = std::numeric_limits<double>::max();
  const std::vector<std::string_view> columns = SplitGivenPieces(line);
  const bool is_counted =
      columns.size() == 2 && ParseNumber(std::string(columns[1]), {-kAny, kAny}, false);
  if (columns.size() == 1 || is_counted) return columns.front();
  throw DataError(
      {.where = where,
       .expected = "a piece, or a piece and its count",
       .got = columns.empty() ? "nothing" : "'" + std::string(line.substr(0, 100)) + "'"});
}

[[noreturn]] void ThrowDamaged(const std::string& path, const std::string& why) {
  throw CheckpointError({.where = path, .what = "not a list of pieces, or damaged", .hint = why});
}

}  // namespace

std::vector<std::string_view> SplitGivenPieces(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  std::vector<std::string_view> pieces;
  for (std::size_t begin = 0; (begin = text.find_first_not_of(kSpace, begin)) != text.npos;) {
    const std::size_t end = std::min(text.find_first_of(kSpace, begin), text.size());
    pieces.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return pieces;
}

std::vector<std::string> ReadVocabularyFile(const std::string& path) {
  for (const char* ending : {".yml", ".yaml", ".json"}) {
    if (!path.ends_with(ending)) continue;
    throw DataError({.where = path,
                     .what = "a vocabulary in another form",
                     .expected = "a text file with a piece per line",
                     .got = ending});
  }
  RequireRegularFile<DataError>(path, "cannot be opened: ");
  TextReader reader(path);
  std::vector<std::string> pieces;
  std::unordered_map<std::string, Index> lines;
  for (std::string line; reader.ReadLine(&line);) {
    const std::string where = fmt::format("{}:{}", reader.name(), reader.num_lines());
    const std::string piece(PieceOfLine(line, where));
    const auto [before, is_new] = lines.emplace(piece, reader.num_lines());
    if (!is_new) {
      throw DataError({.where = where,
                       .what = "a piece stands there twice",
                       .got = fmt::format("'{}', which is in line {}", piece, before->second)});
    }
    if (!IsReserved(piece)) pieces.push_back(piece);
  }
  LogRepairs(reader.name(), reader.repairs());
  if (pieces.empty()) throw DataError({.where = path, .what = "there are no pieces in it"});
  return pieces;
}

std::vector<std::pair<std::string, Index>> CountGivenPieces(const std::vector<CorpusSide>& sides,
                                                            Index* num_lines) {
  std::unordered_map<std::string, Index> counts;
  for (const CorpusSide& side : sides) {
    TextReader reader(side.path);
    for (std::string line; reader.ReadLine(&line);) {
      side.Cut(reader.num_lines(), &line);
      const std::vector<std::string_view> pieces = SplitGivenPieces(line);
      *num_lines += pieces.empty() ? 0 : 1;
      for (const std::string_view piece : pieces) {
        if (!IsReserved(piece)) ++counts[std::string(piece)];
      }
    }
    LogRepairs(reader.name(), reader.repairs());
  }
  std::vector<std::pair<std::string, Index>> sorted(counts.begin(), counts.end());
  std::ranges::sort(sorted, [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  return sorted;
}

std::string MakePieceList(const std::vector<std::string>& symbols,
                          const std::vector<std::string>& pieces) {
  std::string lines;
  std::unordered_set<std::string_view> seen;
  const auto add = [&](std::string_view piece) {
    if (seen.insert(piece).second) lines.append(piece).append("\n");
  };
  for (const std::string_view piece : kReserved) add(piece);
  for (const std::string& piece : symbols) add(piece);
  for (const std::string& piece : pieces) add(piece);
  return fmt::format("{}{}\n{}", kHeader, seen.size(), lines);
}

bool IsPieceList(std::string_view bytes) { return bytes.starts_with(kHeader); }

std::vector<std::string> ParsePieceList(const std::string& path, std::string_view bytes) {
  if (!bytes.ends_with('\n')) ThrowDamaged(path, "its end is missing");
  bytes.remove_suffix(1);
  if (!IsValidUtf8(bytes)) ThrowDamaged(path, "it is no UTF-8");
  const std::vector<std::string_view> lines = Split(bytes, '\n');
  std::vector<std::string> pieces(lines.begin() + 1, lines.end());
  if (lines.front() != fmt::format("{}{}", kHeader, pieces.size())) {
    ThrowDamaged(path, fmt::format("there are {} pieces in it", pieces.size()));
  }
  std::unordered_set<std::string_view> seen;
  for (std::size_t id = 0; id < pieces.size(); ++id) {
    const std::string_view piece = pieces[id];
    const bool is_piece = SplitGivenPieces(piece) == std::vector{piece};
    if (!is_piece || !seen.insert(piece).second || (id < 3 && piece != kReserved[id])) {
      ThrowDamaged(path, fmt::format("line {}", id + 2));
    }
  }
  if (pieces.size() < kReserved.size()) ThrowDamaged(path, "reserved pieces are missing");
  return pieces;
}

}  // namespace talmach
