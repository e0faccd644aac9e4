// Tested by tests/alignment/ibm_model1_test.cc.
#include "alignment/id_corpus.h"

#include <algorithm>

#include "base/error.h"

namespace talmach {

void IdCorpus::Text::Add(Side sentence) {
  for (const TokenId token : sentence) {
    Require(token >= 0, "tokens are numbered from 0");
    num_ids = std::max<Index>(num_ids, token + 1);
  }
  tokens.insert(tokens.end(), sentence.begin(), sentence.end());
  begins.push_back(static_cast<Index>(tokens.size()));
  longest = std::max(longest, static_cast<Index>(sentence.size()));
}

void IdCorpus::Add(Side source, Side target) {
  source_.Add(source);
  target_.Add(target);
}

IdCorpus IdCorpus::Swapped() const {
  IdCorpus swapped;
  swapped.source_ = target_;
  swapped.target_ = source_;
  return swapped;
}

}  // namespace talmach
