// Tested by tests/cli/evaluate_command_test.cc.
#include "cli/evaluate_corpus.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/utf8.h"
#include "cli/signals.h"
#include "text/strict_line_reader.h"

namespace talmach {
namespace {

constexpr Index kLinesAtOnce = 8192;

/// The files of one evaluation, read in step.
struct Readers {
  std::vector<ColumnReader> hypotheses;
  std::vector<ColumnReader> references;
  std::vector<ColumnReader> source;  // one or none
};

/// Lines of all files: [column][line].
struct Chunk {
  std::vector<std::vector<std::string>> hypotheses;
  std::vector<std::vector<std::string>> references;
  std::vector<std::vector<std::string>> source;
};

Readers OpenFiles(const EvaluationFiles& files) {
  Readers readers;
  for (const std::string& path : files.hypotheses) readers.hypotheses.emplace_back(path, 1);
  if (files.hypotheses.empty()) readers.hypotheses.emplace_back("-");
  for (const std::string& path : files.references) {
    readers.references.emplace_back(path, files.references_per_file, std::string(kNoReference));
  }
  if (!files.source.empty()) readers.source.emplace_back(files.source, 1);
  return readers;
}

std::vector<std::string> SystemNames(const Readers& readers) {
  std::vector<std::string> names;
  for (const ColumnReader& reader : readers.hypotheses) {
    for (Index column = 1; column <= reader.num_columns(); ++column) {
      names.push_back(reader.num_columns() == 1 ? RepairUtf8(reader.lines().name())
                                                : fmt::format("System {}", column));
    }
  }
  return names;
}

void ReadEach(std::vector<ColumnReader>* readers, std::vector<std::vector<std::string>>* columns) {
  columns->clear();
  for (ColumnReader& reader : *readers) reader.Read(kLinesAtOnce, columns);
}

/// Reads the next lines of all files; false at the end of all.
bool ReadChunk(Readers* readers, Chunk* chunk) {
  ReadEach(&readers->hypotheses, &chunk->hypotheses);
  ReadEach(&readers->references, &chunk->references);
  ReadEach(&readers->source, &chunk->source);
  StrictLineReader& expected = readers->references.front().lines();
  for (auto* group : {&readers->hypotheses, &readers->references, &readers->source}) {
    for (ColumnReader& reader : *group) RequireSameEnd(&expected, &reader.lines());
  }
  return !chunk->references.front().empty();
}

std::vector<Index> CountReferencesOfLines(const Chunk& chunk) {
  std::vector<Index> counts;
  std::vector<std::string_view> found;
  for (Index line = 0; line < std::ssize(chunk.references.front()); ++line) {
    ReferencesOfLine(chunk.references, line, &found);
    counts.push_back(std::ssize(found));
  }
  return counts;
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

void AddReferenceCounts(std::vector<Index>&& counts, bool keep, EvaluatedCorpus* corpus) {
  if (corpus->num_lines == 0) corpus->num_references = counts.front();
  for (const Index count : counts) {
    if (count != corpus->num_references) corpus->num_references = -1;
  }
  if (keep) Append(std::move(counts), &corpus->reference_counts);
}

void AddChunk(Chunk&& chunk, const std::vector<Metric>& metrics, const KeptLines& keep,
              EvaluatedCorpus* corpus) {
  corpus->num_lines += std::ssize(chunk.references.front());
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
  corpus->references.resize(chunk.references.size());
  for (std::size_t r = 0; r < chunk.references.size(); ++r) {
    Append(std::move(chunk.references[r]), &corpus->references[r]);
  }
  if (!chunk.source.empty()) Append(std::move(chunk.source[0]), &corpus->source);
}

}  // namespace

EvaluatedCorpus EvaluateCorpus(const EvaluationFiles& files, const std::vector<Metric>& metrics,
                               const KeptLines& keep) {
  Readers readers = OpenFiles(files);
  EvaluatedCorpus corpus;
  for (const std::string& name : SystemNames(readers)) {
    corpus.systems.push_back(
        {.name = name, .tables = std::vector<StatisticsTable>(metrics.size())});
  }
  for (Chunk chunk; ReadChunk(&readers, &chunk);) {
    ThrowIfStopped();
    AddReferenceCounts(CountReferencesOfLines(chunk), keep.statistics, &corpus);
    AddChunk(std::move(chunk), metrics, keep, &corpus);
  }
  if (corpus.num_lines > 0) return corpus;
  throw DataError(
      {.where = readers.references.front().lines().name(), .what = "no lines to evaluate"});
}

}  // namespace talmach
