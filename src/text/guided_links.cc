#include "text/guided_links.h"

#include <algorithm>
#include <vector>

#include "alignment/words.h"
#include "base/error.h"
#include "text/corpus.h"
#include "text/corpus_errors.h"
#include "text/text_reader.h"

namespace talmach {
namespace {

struct Range {
  Index begin = 0;
  Index end = 0;
};

// The pieces of each word; empty if they are not the words of the text.
std::vector<Range> PiecesOfWords(const TokenizedText& text) {
  std::vector<Range> words;
  for (Index i = 0; i < std::ssize(text.tokens); ++i) {
    const bool begins = i == 0 || text.tokenizer.FollowsSpace(text.tokens[i]);
    if (begins) words.push_back({i, i});
    words.back().end = i + 1;
  }
  if (words.size() != SplitWords(text.text).size()) words.clear();
  return words;
}

void CheckWord(Index word, std::size_t num_words, const char* side, const std::string& where) {
  if (word < static_cast<Index>(num_words)) return;
  throw DataError({.where = where,
                   .what = std::string("a link to a ") + side + " word that does not exist",
                   .expected = "words from 0 to " + std::to_string(num_words - 1),
                   .got = std::to_string(word)});
}

}  // namespace

Alignment ParseWordLinks(std::string_view line, std::string_view source, std::string_view target,
                         const std::string& where) {
  Alignment links = ParsePharaoh(line, where);
  if (links.empty()) return links;
  const std::size_t num_source = SplitWords(source).size();
  const std::size_t num_target = SplitWords(target).size();
  for (const AlignmentLink& link : links) {
    CheckWord(link.source, num_source, "source", where);
    CheckWord(link.target, num_target, "target", where);
  }
  return links;
}

void CheckLinks(const CorpusOptions& options, const std::function<void()>& between_lines) {
  ParallelCorpus corpus(options.SourceSide(), options.TargetSide());
  TextReader reader(options.links);
  std::string links;
  for (std::string source, target; corpus.Next(&source, &target);) {
    between_lines();
    if (!reader.ReadLine(&links)) continue;
    ParseWordLinks(links, source, target, reader.name() + ":" + std::to_string(reader.num_lines()));
  }
  while (reader.ReadLine(&links)) between_lines();
  if (reader.num_lines() != corpus.num_pairs()) {
    ThrowWrongNumberOfLinks({reader.name(), reader.num_lines()},
                            {options.SourceSide().path, corpus.num_pairs()});
  }
}

bool LinksBetweenPieces(const Alignment& words, const TokenizedText& source,
                        const TokenizedText& target, Alignment* pieces) {
  pieces->clear();
  if (words.empty()) return true;
  const std::vector<Range> source_words = PiecesOfWords(source);
  const std::vector<Range> target_words = PiecesOfWords(target);
  if (source_words.empty() || target_words.empty()) return false;
  for (const AlignmentLink& link : words) {
    const Range& from = source_words[link.source];
    const Range& to = target_words[link.target];
    for (Index s = from.begin; s < from.end; ++s) {
      for (Index t = to.begin; t < to.end; ++t) pieces->push_back({s, t});
    }
  }
  std::ranges::sort(*pieces);
  return true;
}

}  // namespace talmach
