// Alignment error rate (Och and Ney, "A systematic comparison of various statistical alignment
// models", Computational Linguistics 2003). With the links A of a system, and the sure links S and
// possible links P ⊇ S of annotators:
//
//   precision = |A ∩ P| / |A|,   recall = |A ∩ S| / |S|,
//   AER = 1 − (|A ∩ S| + |A ∩ P|) / (|A| + |S|),   F1 = 2 precision recall / (precision + recall).
//
// Links are in Pharaoh format, a line per sentence pair: "0-0 1-2", source-target from 0. In the
// annotation "0-1" is sure and "0?1" possible.
#pragma once

#include <set>
#include <string_view>
#include <utility>

#include "base/types.h"

namespace talmach {

using Links = std::set<std::pair<Index, Index>>;

struct AnnotatedLinks {
  Links sure;
  Links possible;  // the sure ones too
};

/// Parses a line. Throws DataError naming `where` ("gold.txt:12") for anything that is not a link.
Links ParseLinks(std::string_view line, std::string_view where);
AnnotatedLinks ParseAnnotatedLinks(std::string_view line, std::string_view where);

/// Counts over all sentence pairs added.
class AlignmentError {
 public:
  void Add(const Links& links, const AnnotatedLinks& annotation);

  // All from 0 to 1. Without any links, precision, recall and F1 are 0 and so is the error.
  double Precision() const;
  double Recall() const;
  double F1() const;
  double ErrorRate() const;

  Index num_links() const { return num_links_; }
  Index num_sure() const { return num_sure_; }
  Index num_possible() const { return num_possible_; }

 private:
  Index num_links_ = 0;        // |A|
  Index num_sure_ = 0;         // |S|
  Index num_possible_ = 0;     // |P|
  Index num_in_sure_ = 0;      // |A ∩ S|
  Index num_in_possible_ = 0;  // |A ∩ P|
};

}  // namespace talmach
