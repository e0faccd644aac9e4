// Tested by tests/alignment/ibm_model1_test.cc.
//
// The table of t(f | e) is sparse: a row holds only the target words that ever occur in a sentence
// pair with e. Rows are found by inverting the corpus: for each source word the pairs it occurs in,
// from which the targets are gathered, sorted and made unique, rows in parallel. All rows lie in
// one array of targets and one of probabilities; a cell is a place in them, found by binary search
// in its row. EM only ever changes the probabilities.
#include "alignment/lexical_table.h"

#include <algorithm>

#include "base/error.h"
#include "base/stop.h"
#include "base/thread_pool.h"

namespace talmach {
namespace {

constexpr Index kRowsPerRange = 256;

// The sentence pairs in which each source word occurs, each once.
struct Occurrences {
  std::vector<Index> begins;
  std::vector<Index> pairs;

  explicit Occurrences(const IdCorpus& corpus) : begins(corpus.num_source_ids() + 1) {
    ForEach(corpus, [&](TokenId word, Index) { ++begins[word + 1]; });
    for (std::size_t word = 1; word < begins.size(); ++word) begins[word] += begins[word - 1];
    pairs.resize(begins.back());
    std::vector<Index> ends(begins.begin(), begins.end() - 1);
    ForEach(corpus, [&](TokenId word, Index pair) { pairs[ends[word]++] = pair; });
  }

  std::span<const Index> Of(Index word) const {
    return std::span(pairs).subspan(begins[word], begins[word + 1] - begins[word]);
  }

 private:
  template <typename Visit>
  static void ForEach(const IdCorpus& corpus, const Visit& visit) {
    std::vector<Index> last(corpus.num_source_ids(), -1);
    for (Index pair = 0; pair < corpus.num_pairs(); ++pair) {
      for (const TokenId word : corpus.source(pair)) {
        if (last[word] == pair) continue;
        last[word] = pair;
        visit(word, pair);
      }
    }
  }
};

void SortOnce(std::vector<TokenId>* ids) {
  std::ranges::sort(*ids);
  ids->erase(std::unique(ids->begin(), ids->end()), ids->end());
}

// All targets that occur with anything.
std::vector<TokenId> AllTargets(const IdCorpus& corpus) {
  std::vector<bool> seen(corpus.num_target_ids());
  for (Index pair = 0; pair < corpus.num_pairs(); ++pair) {
    for (const TokenId target : corpus.target(pair)) seen[target] = true;
  }
  std::vector<TokenId> targets;
  for (std::size_t id = 0; id < seen.size(); ++id) {
    if (seen[id]) targets.push_back(static_cast<TokenId>(id));
  }
  return targets;
}

}  // namespace

LexicalTable::LexicalTable(const IdCorpus& corpus, int num_threads)
    : num_target_ids_(corpus.num_target_ids()) {
  const Occurrences occurrences(corpus);
  std::vector<std::vector<TokenId>> rows(corpus.num_source_ids() + 1);
  rows.front() = AllTargets(corpus);
  ParallelRanges(corpus.num_source_ids(), kRowsPerRange, num_threads, [&](Index begin, Index end) {
    for (Index word = begin; word < end; ++word) {
      StopPoint();  // a frequent word may take a second
      std::vector<TokenId> targets;
      for (const Index pair : occurrences.Of(word)) {
        const IdCorpus::Side target = corpus.target(pair);
        targets.insert(targets.end(), target.begin(), target.end());
      }
      SortOnce(&targets);
      rows[word + 1] = {targets.begin(), targets.end()};  // without the room that sorting needed
    }
  });
  begins_.push_back(0);
  for (std::vector<TokenId>& row : rows) {
    targets_.insert(targets_.end(), row.begin(), row.end());
    begins_.push_back(static_cast<Index>(targets_.size()));
    row = {};
  }
  probabilities_.assign(targets_.size(), 1.0 / static_cast<double>(num_target_ids_));
}

std::span<const TokenId> LexicalTable::Targets(TokenId source) const {
  const Index begin = begins_[RowOf(source)];
  return std::span(targets_).subspan(begin, begins_[RowOf(source) + 1] - begin);
}

std::span<const double> LexicalTable::Probabilities(TokenId source) const {
  const Index begin = begins_[RowOf(source)];
  return std::span(probabilities_).subspan(begin, begins_[RowOf(source) + 1] - begin);
}

double LexicalTable::Probability(TokenId source, TokenId target) const {
  const auto targets = Targets(source);
  const auto found = std::ranges::lower_bound(targets, target);
  if (found == targets.end() || *found != target) return 0;
  return Probabilities(source)[found - targets.begin()];
}

Index LexicalTable::Cell(TokenId source, TokenId target) const {
  const auto targets = Targets(source);
  const auto found = std::ranges::lower_bound(targets, target);
  Require(found != targets.end() && *found == target, "the words occur together");
  return begins_[RowOf(source)] + (found - targets.begin());
}

void LexicalTable::SetFromCounts(std::span<const double> counts, double smoothing) {
  Require(static_cast<Index>(counts.size()) == num_cells(), "a count for each cell");
  const double smoothing_total = smoothing * static_cast<double>(num_target_ids_);
  for (std::size_t row = 0; row + 1 < begins_.size(); ++row) {
    double total = smoothing_total;
    for (Index cell = begins_[row]; cell < begins_[row + 1]; ++cell) total += counts[cell];
    if (total <= 0) continue;  // nothing is known of the word: it stays as it was
    for (Index cell = begins_[row]; cell < begins_[row + 1]; ++cell) {
      probabilities_[cell] = (counts[cell] + smoothing) / total;
    }
  }
}

}  // namespace talmach
