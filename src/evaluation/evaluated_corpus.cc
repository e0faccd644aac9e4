// Text is turned into rows of counts as it arrives and, unless someone asked for it, forgotten. If
// nobody needs the rows either, each table is folded into its sum after every chunk, so memory
// stays that of a chunk. Lines may differ in their number of references; the signature then cannot
// name one, for which -1 stands.
#include "evaluation/evaluated_corpus.h"

#include <iterator>
#include <utility>

namespace talmach {
namespace {

template <typename T>
void Append(std::vector<T>&& more, std::vector<T>* all) {
  all->insert(all->end(), std::make_move_iterator(more.begin()),
              std::make_move_iterator(more.end()));
}

void AddTable(const StatisticsTable& more, bool keep_rows, StatisticsTable* table) {
  table->Append(more);
  if (!keep_rows) table->values = table->Sum();
}

}  // namespace

EvaluatedCorpus::EvaluatedCorpus(const std::vector<std::string>& system_names,
                                 const std::vector<Metric>& metrics, const KeptLines& keep)
    : metrics_(metrics), keep_(keep) {
  for (const std::string& name : system_names) {
    systems_.push_back({.name = name, .tables = std::vector<StatisticsTable>(metrics.size())});
  }
}

void EvaluatedCorpus::Add(EvaluationLines&& lines) {
  CountReferences(lines);
  num_lines_ += std::ssize(lines.references.front());
  for (std::size_t s = 0; s < systems_.size(); ++s) {
    systems_[s].findings.Add(lines.hypotheses[s], lines.references);
    for (std::size_t m = 0; m < metrics_.size(); ++m) {
      AddTable(metrics_[m].statistics(lines.hypotheses[s], lines.references), keep_.statistics,
               &systems_[s].tables[m]);
    }
  }
  if (keep_.statistics) {
    Append(CountWords(lines.source.empty() ? lines.references[0] : lines.source[0]), &lengths_);
  }
  if (keep_.texts) KeepTexts(std::move(lines));
}

void EvaluatedCorpus::CountReferences(const EvaluationLines& lines) {
  std::vector<std::string_view> found;
  for (Index line = 0; line < std::ssize(lines.references.front()); ++line) {
    ReferencesOfLine(lines.references, line, &found);
    if (num_lines_ + line == 0) num_references_ = std::ssize(found);
    if (std::ssize(found) != num_references_) num_references_ = -1;
    if (keep_.statistics) reference_counts_.push_back(std::ssize(found));
  }
}

void EvaluatedCorpus::KeepTexts(EvaluationLines&& lines) {
  for (std::size_t s = 0; s < systems_.size(); ++s) {
    Append(std::move(lines.hypotheses[s]), &systems_[s].lines);
  }
  references_.resize(lines.references.size());
  for (std::size_t r = 0; r < references_.size(); ++r) {
    Append(std::move(lines.references[r]), &references_[r]);
  }
  if (!lines.source.empty()) Append(std::move(lines.source[0]), &source_);
}

}  // namespace talmach
