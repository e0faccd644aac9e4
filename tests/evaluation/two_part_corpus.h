// Two systems on three lines, for tests of what is made of a corpus.
#pragma once

#include <vector>

#include "evaluation/evaluated_corpus.h"

namespace talmach {

/// Added in two parts; all is kept. The first system equals the references; the second has half of
/// the first line and all of the third wrong. `metrics` must live as long as the corpus.
inline EvaluatedCorpus TwoPartCorpus(const std::vector<Metric>& metrics) {
  EvaluatedCorpus corpus({"first", "second"}, metrics, {.statistics = true, .texts = true});
  corpus.Add({.references = {{"a b"}}, .hypotheses = {{"a b"}, {"a c"}}, .source = {{"A B C"}}});
  corpus.Add({.references = {{"d e", "f"}},
              .hypotheses = {{"d e", "f"}, {"d e", "g"}},
              .source = {{"D E", "F"}}});
  return corpus;
}

}  // namespace talmach
