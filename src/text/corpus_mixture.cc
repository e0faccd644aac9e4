#include "text/corpus_mixture.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "text/epoch_key.h"
#include "text/random_permutation.h"

namespace talmach {
namespace {

// Shares are taken of the largest weight, so that no power overflows.
std::vector<double> SharesOf(const std::vector<CorpusMixture::Corpus>& corpora,
                             double temperature) {
  std::vector<double> shares;
  for (const CorpusMixture::Corpus& corpus : corpora) {
    shares.push_back(corpus.weight > 0.0 ? corpus.weight : static_cast<double>(corpus.num_lines));
  }
  const double largest = std::ranges::max(shares);
  for (double& share : shares) share = std::pow(share / largest, 1.0 / temperature);
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& share : shares) share /= sum;
  return shares;
}

// Where the places of each corpus begin, and where the last ones end.
std::vector<Index> DivideByShares(const std::vector<double>& shares, Index num_places) {
  std::vector<Index> begins = {0};
  double sum = 0.0;
  for (auto left = std::ssize(shares); const double share : shares) {
    sum += share;
    --left;
    const Index wanted = std::llround(sum * static_cast<double>(num_places));
    // Each corpus, those that follow included, gets a place.
    begins.push_back(std::clamp(wanted, begins.back() + 1, num_places - left));
  }
  begins.back() = num_places;
  return begins;
}

}  // namespace

CorpusMixture::CorpusMixture(const std::vector<Corpus>& corpora, const MixingOptions& mixing,
                             std::uint64_t seed, bool shuffle)
    : by_weights_(mixing.type == CorpusMixing::kWeights && corpora.size() > 1),
      seed_(seed),
      shuffle_(shuffle) {
  Require(!corpora.empty(), "there is a corpus");
  begins_ = {0};
  for (const Corpus& corpus : corpora) {
    Require(corpus.num_lines > 0, "a corpus has lines");
    num_lines_.push_back(corpus.num_lines);
    begins_.push_back(begins_.back() + corpus.num_lines);
  }
  if (by_weights_) {
    begins_ = DivideByShares(SharesOf(corpora, mixing.temperature), epoch_length());
  }
}

MixedLine CorpusMixture::At(Index epoch, Index position) const {
  Index place = position;
  if (shuffle_) {
    const RandomPermutation order(EpochKey(seed_, epoch, EpochPurpose::kLineOrder), epoch_length());
    place = order(position);
  }
  const auto next = std::ranges::upper_bound(begins_, place);
  const Index corpus = next - begins_.begin() - 1;
  const Index number = place - begins_[corpus];
  return {.corpus = corpus,
          .line = by_weights_ ? LineOf(corpus, (epoch - 1) * quota(corpus) + number) : number,
          .place = place};
}

// The line that is drawn as number `number` from the corpus, over all epochs.
Index CorpusMixture::LineOf(Index corpus, Index number) const {
  const Index size = num_lines_[corpus];
  if (!shuffle_) return number % size;
  const std::uint64_t key = EpochKey(seed_, number / size, EpochPurpose::kPassOrder);
  const RandomPermutation order(DeriveKey(key, static_cast<std::uint64_t>(corpus)), size);
  return order(number % size);
}

}  // namespace talmach
