// "Grow-diag" starts from the links that both directions agree on, which are few and mostly right.
// It then looks at the eight neighbours of every link: one that either direction proposes is added
// if it reaches a word, on either side, that has no link yet. Added links are looked around in
// turn, until a whole round adds nothing. So the alignment grows along what is there already.
//
// "Final" then goes over the proposals of each direction once more, wherever they are, and adds
// those that reach a word without a link; "final-and" only those whose words are both without one.
//
// The result depends on the order in which links are visited; sets ordered by source, and rounds
// sorted by target, fix it.
#include "alignment/symmetrisation.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <utility>

namespace talmach {
namespace {

Alignment Intersection(const Alignment& a, const Alignment& b) {
  Alignment both;
  std::ranges::set_intersection(a, b, std::back_inserter(both));
  return both;
}

Alignment Union(const Alignment& a, const Alignment& b) {
  Alignment either;
  std::ranges::set_union(a, b, std::back_inserter(either));
  return either;
}

// The growing set of links with the words it has reached.
class Growth {
 public:
  Growth(const Alignment& forward, const Alignment& reverse) {
    const Alignment candidates = Union(forward, reverse);
    candidates_.insert(candidates.begin(), candidates.end());
    for (const AlignmentLink& link : Intersection(forward, reverse)) Add(link);
  }

  // Adds neighbours of links, diagonal ones too, until nothing changes.
  void GrowDiagonally() {
    for (bool grown = true; grown;) {
      grown = false;
      Alignment links(links_.begin(), links_.end());
      std::ranges::sort(
          links, {}, [](const AlignmentLink& link) { return std::pair(link.target, link.source); });
      for (const AlignmentLink& link : links) grown |= GrowAround(link);
    }
  }

  // Adds links that reach an unlinked word, or, if `both`, that join two of them.
  void Finish(const Alignment& alignment, bool both) {
    for (const AlignmentLink& link : alignment) {
      const bool new_source = !sources_.contains(link.source);
      const bool new_target = !targets_.contains(link.target);
      if (both ? new_source && new_target : new_source || new_target) Add(link);
    }
  }

  Alignment Result() const { return {links_.begin(), links_.end()}; }

 private:
  bool GrowAround(const AlignmentLink& link) {
    static constexpr std::array<AlignmentLink, 8> kNeighbours = {
        {{0, -1}, {-1, 0}, {0, 1}, {1, 0}, {-1, -1}, {1, -1}, {-1, 1}, {1, 1}}};
    bool grown = false;
    for (const AlignmentLink& step : kNeighbours) {
      const AlignmentLink next{link.source + step.source, link.target + step.target};
      const bool is_new = !sources_.contains(next.source) || !targets_.contains(next.target);
      if (!is_new || !candidates_.contains(next)) continue;
      Add(next);
      grown = true;
    }
    return grown;
  }

  void Add(const AlignmentLink& link) {
    links_.insert(link);
    sources_.insert(link.source);
    targets_.insert(link.target);
  }

  std::set<AlignmentLink> candidates_;
  std::set<AlignmentLink> links_;
  std::set<Index> sources_;
  std::set<Index> targets_;
};

}  // namespace

Alignment Symmetrise(Symmetrisation method, const Alignment& forward, const Alignment& reverse) {
  switch (method) {
    case Symmetrisation::kForward:
      return forward;
    case Symmetrisation::kReverse:
      return reverse;
    case Symmetrisation::kIntersection:
      return Intersection(forward, reverse);
    case Symmetrisation::kUnion:
      return Union(forward, reverse);
    case Symmetrisation::kGrowDiag:
    case Symmetrisation::kGrowDiagFinal:
    case Symmetrisation::kGrowDiagFinalAnd:
      break;
  }
  Growth growth(forward, reverse);
  growth.GrowDiagonally();
  if (method != Symmetrisation::kGrowDiag) {
    const bool both = method == Symmetrisation::kGrowDiagFinalAnd;
    growth.Finish(forward, both);
    growth.Finish(reverse, both);
  }
  return growth.Result();
}

}  // namespace talmach
