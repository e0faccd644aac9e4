#include "text/tokenizer_trainer.h"

#include <fmt/format.h>
#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdio>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "alignment/words.h"
#include "base/atomic_file.h"
#include "base/child_process.h"
#include "base/error.h"
#include "base/log.h"
#include "base/piece_marks.h"
#include "base/random.h"
#include "base/resource_limits.h"
#include "base/utf8.h"
#include "text/corpus_side.h"
#include "text/given_vocabulary.h"
#include "text/sentencepiece_guard.h"
#include "text/text_reader.h"

namespace talmach {
namespace {

using sentencepiece::SentencePieceTrainer;
using Options = TokenizerTrainerOptions;

// Fixed, because SentencePiece's sums depend on it.
constexpr const char* kNumThreads = "2";

// SentencePiece's mark for unknown characters.
constexpr std::string_view kUnknownMark = "\u2585";

constexpr Index kNumReserved = 3;
constexpr Index kNumBytePieces = 256;

void RequireRange(const char* name, Index value, Index lowest, Index highest) {
  if (value >= lowest && value <= highest) return;
  throw ConfigError(Complaint{.where = name,
                              .expected = fmt::format("{} to {}", lowest, highest),
                              .got = std::to_string(value)});
}

void CheckOptions(const Options& options) {
  if (options.inputs.empty()) {
    throw ConfigError(Complaint{.where = "input", .expected = "at least one file", .got = "none"});
  }
  RequireRange("vocabulary_size", options.vocabulary_size, 4, 10'000'000);
  RequireRange("max_sentencepiece_length", options.max_sentencepiece_length, 1, 512);
  RequireRange("max_sentence_length", options.max_sentence_length, 10, 1'000'000'000);
  if (!(options.character_coverage >= 0.98f && options.character_coverage <= 1)) {
    throw ConfigError(Complaint{.where = "character_coverage",
                                .expected = "0.98 to 1",
                                .got = fmt::format("{}", options.character_coverage)});
  }
  if (options.input_sentence_size < 0) {
    throw ConfigError(Complaint{.where = "input_sentence_size",
                                .expected = "at least 0",
                                .got = std::to_string(options.input_sentence_size)});
  }
  if (std::optional<Complaint> mistake = FindSymbolMistake(options)) {
    mistake->where = "symbols";
    throw ConfigError(*mistake);
  }
}

// SentencePiece ends the program if no line is left after it has skipped lines beyond its limit,
// lines with its mark for unknown characters, and lines that normalise to nothing.
bool IsTrainable(const std::string& line, std::size_t max_bytes) {
  if (line.size() > max_bytes || line.find(kUnknownMark) != std::string::npos) return false;
  const auto length = static_cast<std::int32_t>(line.size());
  for (std::int32_t position = 0; position < length;) {
    UChar32 code_point;
    U8_NEXT(line.data(), position, length, code_point);
    if (code_point >= 0 && u_isalnum(code_point)) return true;
  }
  return false;
}

[[noreturn]] void ThrowNoText(const Options& options) {
  throw DataError(Complaint{.where = options.inputs.front(),
                            .what = "there is no text to train a tokenizer on"});
}

std::vector<CorpusSide> InputSides(const Options& options) {
  std::vector<CorpusSide> sides;
  for (std::size_t i = 0; i < options.inputs.size(); ++i) {
    sides.emplace_back(options.inputs[i], options.columns.empty() ? 0 : options.columns[i]);
  }
  return sides;
}

// All lines, or a uniform choice of them (reservoir sampling: Vitter 1985, algorithm R).
std::vector<std::string> ReadLines(const Options& options) {
  const auto max_bytes = static_cast<std::size_t>(options.max_sentence_length);
  RandomStream random(DeriveKey(options.seed, 0x746f6b656eu));
  std::vector<std::string> lines;
  Index num_seen = 0;
  for (const CorpusSide& side : InputSides(options)) {
    TextReader reader(side.path);
    std::string line;
    Index num_long = 0;
    while (reader.ReadLine(&line)) {
      side.Cut(reader.num_lines(), &line);
      num_long += line.size() > max_bytes ? 1 : 0;
      if (!IsTrainable(line, max_bytes)) continue;
      ++num_seen;
      if (options.input_sentence_size == 0 || num_seen <= options.input_sentence_size) {
        lines.push_back(line);
        continue;
      }
      const auto place = random.Below(static_cast<std::uint64_t>(num_seen));
      if (place < lines.size()) lines[place] = line;
    }
    LogRepairs(reader.name(), reader.repairs());
    if (num_long > 0) {
      Log().warn("{}: the tokenizer is built without {} lines of more than {} bytes", reader.name(),
                 num_long, max_bytes);
    }
  }
  if (lines.empty()) ThrowNoText(options);
  return lines;
}

// Feeds lines to SentencePiece.
class LineIterator : public sentencepiece::SentenceIterator {
 public:
  explicit LineIterator(const std::vector<std::string>& lines) : lines_(lines) {}
  bool done() const override { return position_ >= lines_.size(); }
  void Next() override { ++position_; }
  const std::string& value() const override { return lines_[position_]; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  const std::vector<std::string>& lines_;
  std::size_t position_ = 0;
};

// The 52 in SentencePiece's "Vocabulary size is smaller than required_chars. 50 vs 52. …".
std::optional<int> SmallestVocabulary(const std::string& status) {
  constexpr std::string_view kBefore = "required_chars. ";
  const std::size_t at = status.rfind(kBefore);
  if (at == std::string::npos) return std::nullopt;
  int given = 0, required = 0;
  const int num_read =
      std::sscanf(status.c_str() + at + kBefore.size(), "%d vs %d", &given, &required);
  return num_read == 2 ? std::optional(required) : std::nullopt;
}

[[noreturn]] void ThrowStatus(const Options& options, const std::string& status) {
  if (const auto smallest = SmallestVocabulary(status)) {
    throw ConfigError(Complaint{.where = "vocabulary_size",
                                .what = "too small to hold every character of the text",
                                .expected = fmt::format("at least {}", *smallest),
                                .got = std::to_string(options.vocabulary_size),
                                .hint = "raise it, or lower character_coverage"});
  }
  throw DataError(Complaint{.where = options.inputs.front(),
                            .what = "SentencePiece cannot train on it: " + status});
}

const char* ToString(Options::Type type) {
  switch (type) {
    case Options::Type::kUnigram:
      return "unigram";
    case Options::Type::kBpe:
      return "bpe";
    case Options::Type::kChar:
      return "char";
    case Options::Type::kWord:
      return "word";
    case Options::Type::kGiven:
      break;
  }
  return "";
}

const char* ToString(Options::Normalization rule) {
  switch (rule) {
    case Options::Normalization::kNmtNfkc:
      return "nmt_nfkc";
    case Options::Normalization::kNfkc:
      return "nfkc";
    case Options::Normalization::kNmtNfkcFolded:
      return "nmt_nfkc_cf";
    case Options::Normalization::kNfkcFolded:
      return "nfkc_cf";
    case Options::Normalization::kIdentity:
      return "identity";
  }
  return "";
}

// Quoted, as a field of CSV, so that symbols may hold commas and quotation marks.
std::string CsvLine(const std::vector<std::string>& fields) {
  std::string line;
  for (const std::string& field : fields) {
    line += line.empty() ? "\"" : ",\"";
    for (const char c : field) line += c == '"' ? "\"\"" : std::string(1, c);
    line += '"';
  }
  return line;
}

using Arguments = std::unordered_map<std::string, std::string>;

// What stays at its default is not named: a model notes what it was told, and its bytes stay the
// same when an option is added here.
Arguments MakeArguments(const Options& options) {
  Arguments arguments = {
      {"vocab_size", std::to_string(options.vocabulary_size)},
      {"model_type", ToString(options.type)},
      {"character_coverage", fmt::format("{}", options.character_coverage)},
      {"hard_vocab_limit", "false"},  // a size that is too high is lowered
      {"unk_id", "0"},
      {"bos_id", "1"},
      {"eos_id", "2"},
      {"pad_id", "-1"},
      {"num_threads", kNumThreads},
      {"minloglevel", "4"},
  };
  const Options defaults;
  const auto add = [&](const char* name, const auto& value, const auto& default_value,
                       const auto& text) {
    if (value != default_value) arguments[name] = text(value);
  };
  const auto as_word = [](const auto& value) { return std::string(ToString(value)); };
  const auto as_number = [](Index value) { return std::to_string(value); };
  const auto as_switch = [](bool value) { return std::string(value ? "true" : "false"); };
  std::vector<std::string> symbols = options.symbols;
  if (options.type == Options::Type::kWord) {  // whose pieces begin with the space before them
    for (std::string& symbol : symbols) symbol.insert(0, kWordMark);
  }
  add("user_defined_symbols", symbols, defaults.symbols, CsvLine);
  add("normalization_rule_name", options.normalization, defaults.normalization, as_word);
  add("byte_fallback", options.byte_fallback, defaults.byte_fallback, as_switch);
  add("split_digits", options.split_digits, defaults.split_digits, as_switch);
  add("split_by_unicode_script", options.split_by_unicode_script, defaults.split_by_unicode_script,
      as_switch);
  add("split_by_whitespace", options.split_by_whitespace, defaults.split_by_whitespace, as_switch);
  add("max_sentencepiece_length", options.max_sentencepiece_length,
      defaults.max_sentencepiece_length, as_number);
  add("max_sentence_length", options.max_sentence_length, defaults.max_sentence_length, as_number);
  return arguments;
}

// What the trainer's process hands over: a mark, and a model or the words of a status.
constexpr char kModelMark = 'm';
constexpr char kStatusMark = 's';

std::string TrainInThisProcess(const Arguments& arguments, const std::vector<std::string>& lines) {
  LineIterator iterator(lines);
  std::string serialized;
  const auto status = SentencePieceTrainer::Train(arguments, &iterator, &serialized);
  return status.ok() ? kModelMark + serialized : kStatusMark + std::string(status.error_message());
}

std::string TrainModel(const Options& options, const std::vector<std::string>& lines) {
  const Arguments arguments = MakeArguments(options);
  SilenceSentencePiece();
  // SentencePiece cannot be asked to stop, and ends the process when it is refused memory.
  const std::optional<std::string> result =
      RunInChildProcess([&] { return TrainInThisProcess(arguments, lines); });
  if (!result) {
    throw Error(Complaint{.where = options.inputs.front(),
                          .what = "out of memory: SentencePiece has failed, as it does then",
                          .expected = "limits that leave room for more",
                          .got = MemoryLimitsText(),
                          .hint = "a lower input_sentence_size takes less"});
  }
  if (result->front() == kStatusMark) ThrowStatus(options, result->substr(1));
  return result->substr(1);
}

// A line per piece with its score, for people.
std::string VocabularyText(const sentencepiece::SentencePieceProcessor& processor) {
  std::string text;
  for (int id = 0; id < processor.GetPieceSize(); ++id) {
    text += fmt::format("{}\t{}\n", processor.IdToPiece(id), processor.GetScore(id));
  }
  return text;
}

// A tokenizer on its way to its files.
struct Built {
  std::string model = {};
  std::string vocabulary = {};
  Index size = 0;
  Index num_lines = 0;
};

Built BuildModel(const Options& options) {
  const std::vector<std::string> lines = ReadLines(options);
  Built built{.model = TrainModel(options, lines), .num_lines = std::ssize(lines)};
  sentencepiece::SentencePieceProcessor processor;
  Require(processor.LoadFromSerializedProto(built.model).ok(), "SentencePiece reads what it wrote");
  built.vocabulary = VocabularyText(processor);
  built.size = processor.GetPieceSize();
  return built;
}

Built ListGivenPieces(const Options& options) {
  Built built;
  const auto counted = CountGivenPieces(InputSides(options), &built.num_lines);
  if (counted.empty()) ThrowNoText(options);
  const std::set<std::string> symbols(options.symbols.begin(), options.symbols.end());
  const Index room = options.vocabulary_size - kNumReserved - std::ssize(symbols);
  std::vector<std::string> pieces;
  for (const std::string& symbol : options.symbols) built.vocabulary += symbol + "\n";
  for (const auto& [piece, count] : counted) {
    if (std::ssize(pieces) == room) break;
    if (symbols.contains(piece)) continue;
    pieces.push_back(piece);
    built.vocabulary += fmt::format("{}\t{}\n", piece, count);
  }
  built.model = MakePieceList(options.symbols, pieces);
  built.size = kNumReserved + std::ssize(symbols) + std::ssize(pieces);
  return built;
}

// Why a symbol cannot be a piece; "" if it can.
std::string FindFault(const std::string& symbol) {
  if (symbol.empty()) return "an empty one";
  if (!IsValidUtf8(symbol)) return "bytes that are no UTF-8";
  if (SplitWords(symbol) != std::vector<std::string_view>{symbol}) return "one with white space";
  for (const char* reserved : {"<unk>", "<s>", "</s>", "<pad>"}) {
    if (symbol == reserved) return "the reserved piece " + symbol;
  }
  if (ByteOfPiece(symbol)) return "the piece of a byte, " + symbol;
  for (const std::string_view mark : {kWordMark, kUnknownMark}) {
    if (symbol.find(mark) != std::string::npos) return "SentencePiece's mark in " + symbol;
  }
  return "";
}

}  // namespace

std::optional<Complaint> FindSymbolMistake(const Options& options) {
  const std::string expected = "words without white space, each once, none of them reserved";
  std::set<std::string_view> seen;
  for (const std::string& symbol : options.symbols) {
    std::string fault = FindFault(symbol);
    if (fault.empty() && !seen.insert(symbol).second) fault = symbol + " twice";
    if (!fault.empty()) return Complaint{.expected = expected, .got = fault};
  }
  const bool has_bytes = options.byte_fallback && options.type != Options::Type::kGiven;
  const Index needed =
      kNumReserved + std::ssize(options.symbols) + (has_bytes ? kNumBytePieces : 0) + 1;
  if (options.symbols.empty() && !has_bytes) return std::nullopt;
  if (options.vocabulary_size >= needed) return std::nullopt;
  return Complaint{
      .what = "the vocabulary is too small to hold the symbols, bytes and reserved pieces",
      .expected = fmt::format("a vocabulary of at least {}", needed),
      .got = std::to_string(options.vocabulary_size)};
}

TokenizerTrainerResult TrainTokenizer(const TokenizerTrainerOptions& options) {
  CheckOptions(options);
  const Built built =
      options.type == Options::Type::kGiven ? ListGivenPieces(options) : BuildModel(options);
  TokenizerTrainerResult result{.model_path = options.model_prefix + ".model",
                                .vocabulary_size = built.size,
                                .num_lines = built.num_lines};
  WriteFileAtomically(result.model_path, built.model);
  WriteFileAtomically(options.model_prefix + ".vocab", built.vocabulary);
  if (result.vocabulary_size < options.vocabulary_size) {
    result.notice =
        fmt::format("{}: the text gives no more than {} pieces: vocabulary_size lowered from {}",
                    result.model_path, result.vocabulary_size, options.vocabulary_size);
    Log().warn(result.notice);
  }
  return result;
}

}  // namespace talmach
