#include "cli/evaluate_corpus.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "cli/signals.h"
#include "evaluation/unicode_text.h"
#include "text/text_reader.h"

namespace talmach {
namespace {

constexpr Index kLinesAtOnce = 8192;

/// The files of one evaluation, read in step.
struct Readers {
  std::vector<StrictLineReader> hypotheses;
  std::vector<StrictLineReader> references;
  std::vector<StrictLineReader> source;  // one or none
};

/// Lines of all files.
struct Chunk {
  std::vector<std::vector<std::string>> hypotheses;
  std::vector<std::vector<std::string>> references;
  std::vector<std::vector<std::string>> source;
};

void ReadEach(std::vector<StrictLineReader>* readers,
              std::vector<std::vector<std::string>>* lines) {
  lines->resize(readers->size());
  for (std::size_t i = 0; i < readers->size(); ++i) (*readers)[i].Read(kLinesAtOnce, &(*lines)[i]);
}

/// Reads the next lines of all files; false at the end of all.
bool ReadChunk(Readers* readers, Chunk* chunk) {
  ReadEach(&readers->hypotheses, &chunk->hypotheses);
  ReadEach(&readers->references, &chunk->references);
  ReadEach(&readers->source, &chunk->source);
  StrictLineReader& expected = readers->references.front();
  for (auto* group : {&readers->hypotheses, &readers->references, &readers->source}) {
    for (StrictLineReader& reader : *group) RequireSameEnd(&expected, &reader);
  }
  return !chunk->references.front().empty();
}

template <typename T>
void Append(std::vector<T>&& more, std::vector<T>* all) {
  all->insert(all->end(), std::make_move_iterator(more.begin()),
              std::make_move_iterator(more.end()));
}

void AddTable(const StatisticsTable& more, bool keep_rows, StatisticsTable* table) {
  table->Append(more);
  if (!keep_rows) table->values = table->Sum();
}

/// "nrefs" of two parts of a corpus.
Index CombineCounts(Index first, Index second) { return first == second ? first : -1; }

void AddChunk(Chunk&& chunk, const std::vector<Metric>& metrics, const KeptLines& keep,
              EvaluatedCorpus* corpus) {
  CheckLines(chunk.hypotheses.front(), chunk.references, corpus->num_lines);
  const Index num_references = CountReferences(chunk.references);
  corpus->num_references = corpus->num_lines == 0
                               ? num_references
                               : CombineCounts(corpus->num_references, num_references);
  corpus->num_lines += static_cast<Index>(chunk.references.front().size());
  for (std::size_t s = 0; s < corpus->systems.size(); ++s) {
    EvaluatedSystem& system = corpus->systems[s];
    system.findings.Add(chunk.hypotheses[s], chunk.references);
    for (std::size_t m = 0; m < metrics.size(); ++m) {
      AddTable(metrics[m].statistics(chunk.hypotheses[s], chunk.references), keep.statistics,
               &system.tables[m]);
    }
    if (keep.texts) Append(std::move(chunk.hypotheses[s]), &system.lines);
  }
  if (keep.statistics) {
    Append(CountWords(chunk.source.empty() ? chunk.references[0] : chunk.source[0]),
           &corpus->lengths);
  }
  if (!keep.texts) return;
  for (std::size_t r = 0; r < chunk.references.size(); ++r) {
    Append(std::move(chunk.references[r]), &corpus->references[r]);
  }
  if (!chunk.source.empty()) Append(std::move(chunk.source[0]), &corpus->source);
}

}  // namespace

EvaluatedCorpus EvaluateCorpus(const EvaluationFiles& files, const std::vector<Metric>& metrics,
                               const KeptLines& keep) {
  Readers readers;
  EvaluatedCorpus corpus;
  for (const std::string& path : files.hypotheses) {
    readers.hypotheses.emplace_back(path);
    corpus.systems.push_back(
        {.name = path, .tables = std::vector<StatisticsTable>(metrics.size())});
  }
  for (const std::string& path : files.references) readers.references.emplace_back(path);
  if (!files.source.empty()) readers.source.emplace_back(files.source);
  corpus.references.resize(files.references.size());
  for (Chunk chunk; ReadChunk(&readers, &chunk);) {
    ThrowIfStopped();
    AddChunk(std::move(chunk), metrics, keep, &corpus);
  }
  if (corpus.num_lines > 0) return corpus;
  throw DataError({.where = readers.references.front().name(), .what = "no lines to evaluate"});
}

struct StrictLineReader::Impl {
  explicit Impl(const std::string& path) : reader(path) {}
  TextReader reader;
};

StrictLineReader::StrictLineReader(const std::string& path) : impl_(std::make_unique<Impl>(path)) {}
StrictLineReader::StrictLineReader(StrictLineReader&&) noexcept = default;
StrictLineReader::~StrictLineReader() = default;

bool StrictLineReader::Read(std::string* line) {
  TextReader& reader = impl_->reader;
  if (!reader.ReadLine(line)) return false;
  const TextRepairs& repairs = reader.repairs();
  if (repairs.repaired_lines > 0 || repairs.cut_lines > 0) {
    throw DataError({.where = fmt::format("{}:{}", reader.name(), reader.num_lines()),
                     .what = repairs.cut_lines > 0 ? "the line is longer than 1 MiB"
                                                   : "not UTF-8, or with a NUL character",
                     .hint = "scores are only defined for clean text"});
  }
  line->resize(StripRight(*line).size());
  return true;
}

void StrictLineReader::Read(Index count, std::vector<std::string>* lines) {
  lines->clear();
  std::string line;
  while (static_cast<Index>(lines->size()) < count && Read(&line)) lines->push_back(line);
}

Index StrictLineReader::CountAll() {
  std::string line;
  while (Read(&line)) {
  }
  return num_lines();
}

const std::string& StrictLineReader::name() const { return impl_->reader.name(); }
Index StrictLineReader::num_lines() const { return impl_->reader.num_lines(); }

void RequireSameEnd(StrictLineReader* expected, StrictLineReader* other) {
  if (expected->num_lines() == other->num_lines()) return;
  const Index expected_lines = expected->CountAll(), other_lines = other->CountAll();
  throw DataError({.where = other->name(),
                   .what = "another number of lines",
                   .expected = fmt::format("{} as in {}", expected_lines, expected->name()),
                   .got = std::to_string(other_lines)});
}

}  // namespace talmach
