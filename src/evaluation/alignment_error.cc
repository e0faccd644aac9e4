// With A the links of a system, S the sure and P ⊇ S the possible links of the annotation, all
// summed over the sentences:
//   precision |A ∩ P| / |A|    recall |A ∩ S| / |S|
//   error rate 1 − (|A ∩ S| + |A ∩ P|) / (|A| + |S|)
// A missing link is an error only if it is sure, a superfluous one only if it is not even possible.
// Only the five counts are kept, so the length of the text does not matter.
#include "evaluation/alignment_error.h"

#include <charconv>
#include <string>

#include "base/error.h"
#include "base/unicode_text.h"

namespace talmach {
namespace {

struct Link {
  std::pair<Index, Index> positions;
  bool sure = true;
};

// Reads a number off the front of `*text`; false if there is none.
bool ReadPosition(std::string_view* text, Index* position) {
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), *position);
  if (error != std::errc() || *position < 0) return false;
  text->remove_prefix(end - text->data());
  return true;
}

Link ParseLink(std::string_view word, std::string_view separators, std::string_view where) {
  std::string_view rest = word;
  Link link;
  if (ReadPosition(&rest, &link.positions.first) && !rest.empty() &&
      separators.find(rest.front()) != std::string_view::npos) {
    link.sure = rest.front() == '-';
    rest.remove_prefix(1);
    if (ReadPosition(&rest, &link.positions.second) && rest.empty()) return link;
  }
  throw DataError({.where = std::string(where),
                   .what = "not an alignment",
                   .expected = separators.size() > 1 ? "links like 0-1 or 0?1" : "links like 0-1",
                   .got = "'" + std::string(word) + "'"});
}

Index CountCommon(const Links& a, const Links& b) {
  Index count = 0;
  for (const auto& link : a) count += b.contains(link) ? 1 : 0;
  return count;
}

double Ratio(Index part, Index whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

Links ParseLinks(std::string_view line, std::string_view where) {
  Links links;
  for (const std::string_view word : SplitWhitespace(line)) {
    links.insert(ParseLink(word, "-", where).positions);
  }
  return links;
}

AnnotatedLinks ParseAnnotatedLinks(std::string_view line, std::string_view where) {
  AnnotatedLinks links;
  for (const std::string_view word : SplitWhitespace(line)) {
    const Link link = ParseLink(word, "-?", where);
    links.possible.insert(link.positions);
    if (link.sure) links.sure.insert(link.positions);
  }
  return links;
}

void AlignmentError::Add(const Links& links, const AnnotatedLinks& annotation) {
  num_links_ += static_cast<Index>(links.size());
  num_sure_ += static_cast<Index>(annotation.sure.size());
  num_possible_ += static_cast<Index>(annotation.possible.size());
  num_in_sure_ += CountCommon(links, annotation.sure);
  num_in_possible_ += CountCommon(links, annotation.possible);
}

double AlignmentError::Precision() const { return Ratio(num_in_possible_, num_links_); }
double AlignmentError::Recall() const { return Ratio(num_in_sure_, num_sure_); }

double AlignmentError::F1() const {
  const double precision = Precision(), recall = Recall();
  return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
}

double AlignmentError::ErrorRate() const {
  const Index all = num_links_ + num_sure_;
  return all == 0 ? 0 : 1 - Ratio(num_in_sure_ + num_in_possible_, all);
}

}  // namespace talmach
