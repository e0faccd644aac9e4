#include "training/pretrained_embeddings.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/counted.h"
#include "base/error.h"
#include "base/group_digits.h"
#include "base/numbers.h"
#include "config/config_keys.h"
#include "text/text_reader.h"

namespace talmach {
namespace {

constexpr NumberRange kSinglePrecision = {-3.4e38, 3.4e38};

// What stands between spaces and tabs.
std::vector<std::string_view> FieldsOf(std::string_view line) {
  constexpr std::string_view kBlanks = " \t";
  std::vector<std::string_view> fields;
  std::size_t begin = line.find_first_not_of(kBlanks);
  while (begin != std::string_view::npos) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, begin), line.size());
    fields.push_back(line.substr(begin, end - begin));
    begin = line.find_first_not_of(kBlanks, end);
  }
  return fields;
}

// One pass over a file.
class EmbeddingReader {
 public:
  EmbeddingReader(const std::string& path, Index size, const std::vector<EmbeddingTable>& tables)
      : reader_(path, {.max_line_bytes = Index{64} * size + (Index{1} << 12)}),
        size_(size),
        tables_(tables),
        vector_(static_cast<std::size_t>(size)) {
    counts_.rows.resize(tables.size());
  }

  PretrainedCounts Read() {
    for (std::string line; reader_.ReadLine(&line);) {
      const std::vector<std::string_view> fields = FieldsOf(line);
      if (reader_.num_lines() > 1 || !TakeHeader(fields)) TakeVector(fields);
    }
    LogRepairs(reader_.name(), reader_.repairs());
    CheckWhole();
    return counts_;
  }

 private:
  // False if the first line holds a vector.
  bool TakeHeader(const std::vector<std::string_view>& fields) {
    if (fields.size() != 2) return false;
    const auto vectors = ParseNumber(fields[0], {0, 1e15}, /*integer=*/true);
    const auto size = ParseNumber(fields[1], {0, 1e15}, /*integer=*/true);
    if (!vectors || !size) return false;
    announced_ = static_cast<Index>(*vectors);
    if (static_cast<Index>(*size) != size_) {
      Refuse("its vectors have another size",
             fmt::format("{}, which is {}", KeyName(&Config::model, &ModelConfig::embedding_size),
                         size_),
             std::string(fields[1]));
    }
    return true;
  }

  void TakeVector(const std::vector<std::string_view>& fields) {
    const Index num_numbers = std::max<Index>(std::ssize(fields) - 1, 0);
    if (num_numbers != size_) {
      Refuse("malformed",
             fmt::format("a piece and {} ({})", Counted(size_, "number"),
                         KeyName(&Config::model, &ModelConfig::embedding_size)),
             fields.empty()
                 ? "an empty line"
                 : fmt::format("{} after '{}'", Counted(num_numbers, "number"), fields.front()));
    }
    for (Index i = 0; i < size_; ++i) {
      const std::string_view text = fields[static_cast<std::size_t>(i) + 1];
      const std::optional<double> number = ParseNumber(text, kSinglePrecision, /*integer=*/false);
      if (!number) {
        Refuse("malformed", "numbers that single precision holds", fmt::format("'{}'", text));
      }
      vector_[static_cast<std::size_t>(i)] = static_cast<float>(*number);
    }
    ++counts_.vectors;
    GiveTo(fields.front());
  }

  void GiveTo(std::string_view piece) {
    bool is_used = false;
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      const EmbeddingTable& table = tables_[i];
      const TokenId id = table.vocabulary->IdOf(piece);
      if (id == kUnknownId && piece != table.vocabulary->PieceOf(kUnknownId)) continue;
      is_used = true;
      if (!filled_.emplace(i, id).second) {
        ++counts_.repeated;
        return;
      }
      ++counts_.rows[i];
      if (!table.rows.empty()) std::ranges::copy(vector_, table.rows.row(id));
    }
    if (!is_used) ++counts_.unused;
  }

  void CheckWhole() const {
    if (announced_ && *announced_ != counts_.vectors) {
      throw DataError({.where = reader_.name(),
                       .what = "incomplete, or its first line is wrong",
                       .expected = Counted(*announced_, "vector") + ", as the first line says",
                       .got = Counted(counts_.vectors, "vector")});
    }
    if (std::ranges::any_of(counts_.rows, [](Index rows) { return rows > 0; })) return;
    throw DataError({.where = reader_.name(),
                     .what = "it has no piece of the vocabularies",
                     .expected = "pieces as `talmach tokenizer encode` prints them",
                     .got = Counted(counts_.vectors, "vector") + " of others",
                     .hint = "train the vectors on text in pieces"});
  }

  [[noreturn]] void Refuse(std::string what, std::string expected, std::string got) const {
    throw DataError({.where = fmt::format("{}:{}", reader_.name(), reader_.num_lines()),
                     .what = std::move(what),
                     .expected = std::move(expected),
                     .got = std::move(got)});
  }

  TextReader reader_;
  Index size_;
  const std::vector<EmbeddingTable>& tables_;
  std::vector<float> vector_;
  std::optional<Index> announced_;                    // vectors, by the first line
  std::set<std::pair<std::size_t, TokenId>> filled_;  // rows, by table
  PretrainedCounts counts_;
};

}  // namespace

std::vector<EmbeddingTable> EmbeddingTables(const ModelConfig& config, const Tokenizer& source,
                                            const Tokenizer& target) {
  if (config.tied_embeddings == TiedEmbeddings::kAll) return {{.vocabulary = &target}};
  return {{.vocabulary = &source}, {.vocabulary = &target}};
}

PretrainedCounts ReadPretrainedEmbeddings(const std::string& path, Index size,
                                          const std::vector<EmbeddingTable>& tables) {
  return EmbeddingReader(path, size, tables).Read();
}

std::string Describe(const PretrainedCounts& counts, const std::vector<EmbeddingTable>& tables) {
  std::string text;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const char* const side = tables.size() == 1 ? "" : i == 0 ? "source " : "target ";
    text += fmt::format("{}{} of {} {}pieces", i > 0 ? " and " : "", GroupDigits(counts.rows[i]),
                        GroupDigits(tables[i].vocabulary->size()), side);
  }
  text += fmt::format(" start with one of its {}; {} of no piece",
                      Counted(counts.vectors, "vector"), GroupDigits(counts.unused));
  if (counts.repeated > 0) text += fmt::format(", {} repeated", GroupDigits(counts.repeated));
  return text;
}

}  // namespace talmach
