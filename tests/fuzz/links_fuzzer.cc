// Any line is an alignment in Pharaoh format, or is refused with a DataError: where evaluation
// reads it, whose rates of any two alignments lie between 0 and 1, and where training does.

#include <cstdint>
#include <string_view>

#include "alignment/links.h"
#include "base/error.h"
#include "evaluation/alignment_error.h"
#include "fuzz/fuzz_file.h"
#include "text/guided_links.h"

namespace {

bool IsRate(double value) { return value >= 0 && value <= 1; }

void Compare(std::string_view line, std::string_view annotation) {
  const talmach::Links links = talmach::ParseLinks(line, "f.links:1");
  const talmach::AnnotatedLinks annotated = talmach::ParseAnnotatedLinks(annotation, "f.gold:1");
  talmach::Check(annotated.sure.size() <= annotated.possible.size());
  talmach::AlignmentError error;
  error.Add(links, annotated);
  talmach::Check(IsRate(error.Precision()) && IsRate(error.Recall()));
  talmach::Check(IsRate(error.F1()) && IsRate(error.ErrorRate()));
}

void Train(std::string_view line) {
  const talmach::Alignment links = talmach::ParsePharaoh(line, "f.links:1");
  talmach::Check(talmach::ParsePharaoh(talmach::ToPharaoh(links), "again") == links);
  talmach::Check(talmach::Transpose(talmach::Transpose(links)) == links);
  for (const talmach::AlignmentLink& link :
       talmach::ParseWordLinks(line, "a b c", "d e", "f.links:1")) {
    talmach::Check(link.source < 3 && link.target < 2);
  }
}

// Calls a function that may refuse what it is given.
template <typename Function>
void Try(const Function& function) {
  try {
    function();
  } catch (const talmach::DataError&) {
  }
}

}  // namespace

// The first line break divides the alignment from its annotation.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = talmach::AsText(bytes, size);
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  Try([&] { Compare(line, end == text.npos ? "" : text.substr(end + 1)); });
  Try([&] { Train(line); });
  return 0;
}
