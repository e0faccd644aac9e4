// Any line is an alignment in Pharaoh format, or is refused with a DataError; rates of any two
// alignments lie between 0 and 1.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "evaluation/alignment_error.h"

namespace {

void Check(bool condition) {
  if (!condition) std::abort();
}

bool IsRate(double value) { return value >= 0 && value <= 1; }

void Compare(std::string_view line, std::string_view annotation) {
  const talmach::Links links = talmach::ParseLinks(line, "f.links:1");
  const talmach::AnnotatedLinks annotated = talmach::ParseAnnotatedLinks(annotation, "f.gold:1");
  Check(annotated.sure.size() <= annotated.possible.size());
  talmach::AlignmentError error;
  error.Add(links, annotated);
  Check(IsRate(error.Precision()) && IsRate(error.Recall()));
  Check(IsRate(error.F1()) && IsRate(error.ErrorRate()));
}

}  // namespace

/// The first line break divides the alignment from its annotation.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const std::size_t end = text.find('\n');
  try {
    Compare(text.substr(0, end), end == text.npos ? "" : text.substr(end + 1));
  } catch (const talmach::DataError&) {
  }
  return 0;
}
