// One alignment made from the alignments of two directions. A model of p(target | source) links
// every target word to one source word at most, the model of the opposite direction every source
// word to one target word; together they can say what neither can alone: several links on both
// sides.
#pragma once

#include "alignment/links.h"

namespace talmach {

enum class Symmetrisation {
  kForward,           // the forward links alone
  kReverse,           // the reverse links alone
  kIntersection,      // the links in both: few and good
  kUnion,             // the links in either: many
  kGrowDiag,          // from the intersection, neighbours of the union that reach unlinked words
  kGrowDiagFinal,     // then links of either that reach one unlinked word
  kGrowDiagFinalAnd,  // then, instead, links of either whose words are both unlinked
};

/// Joins two alignments that have the same side as source (see Transpose). The growing methods
/// follow Koehn et al. 2005, "Edinburgh system description for the 2005 IWSLT speech translation
/// evaluation": links are visited target by target, since the order decides between rivals, and
/// neighbours are the eight around a link.
Alignment Symmetrise(Symmetrisation method, const Alignment& forward, const Alignment& reverse);

}  // namespace talmach
