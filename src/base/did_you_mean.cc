// The edit distance is the usual table, of which three rows are kept: one more than for insertions,
// deletions and substitutions, because swapping two neighbours looks back two rows. A word is
// suggested if at most a third of its letters are wrong (but always one may be), or if what was
// typed is the beginning of it.
#include "base/did_you_mean.h"

#include <algorithm>
#include <vector>

namespace talmach {

Index EditDistance(std::string_view a, std::string_view b) {
  // Rows i−2, i−1 and i of the table distance(a[0, i), b[0, j)).
  std::vector<Index> before_previous(b.size() + 1);
  std::vector<Index> previous(b.size() + 1);
  std::vector<Index> current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) current[j] = static_cast<Index>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before_previous, previous);
    std::swap(previous, current);
    current[0] = static_cast<Index>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const Index substitution = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, substitution});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], before_previous[j - 2] + 1);
      }
    }
  }
  return current[b.size()];
}

std::string ClosestWord(std::string_view word, std::span<const std::string> candidates) {
  constexpr std::size_t kLongestWord = 100;  // nobody mistypes that much; keeps the table small
  if (word.size() > kLongestWord) return "";
  Index best_distance = std::max<Index>(1, static_cast<Index>(word.size()) / 3) + 1;
  std::string best;
  for (const std::string& candidate : candidates) {
    const bool is_beginning = word.size() >= 3 && candidate.starts_with(word);
    const Index distance = is_beginning ? 1 : EditDistance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string DidYouMean(std::string_view word, std::span<const std::string> candidates) {
  const std::string closest = ClosestWord(word, candidates);
  return closest.empty() ? "" : "did you mean " + closest + "?";
}

}  // namespace talmach
