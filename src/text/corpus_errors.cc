// Tested by tests/text/corpus_test.cc and tests/text/batch_iterator_test.cc.
#include "text/corpus_errors.h"

#include <fmt/format.h>

#include "base/error.h"

namespace talmach {

void ThrowNotParallel(const CountedFile& source, const CountedFile& target) {
  throw DataError(
      Complaint{.where = source.name + " and " + target.name,
                .what = "the files are not parallel",
                .expected = "the same number of lines",
                .got = fmt::format("{} and {}", source.num_lines, target.num_lines),
                .hint = "line i of one file must be the translation of line i of the other"});
}

void ThrowWrongNumberOfLinks(const CountedFile& links, const CountedFile& source) {
  throw DataError(
      Complaint{.where = links.name,
                .what = "not the links of this corpus",
                .expected = fmt::format("{} lines, as in {}", source.num_lines, source.name),
                .got = std::to_string(links.num_lines)});
}

void ThrowEmptyCorpus(const CountedFile& source, const CountedFile& target) {
  throw DataError(Complaint{.where = source.name + " and " + target.name,
                            .what = "the corpus is empty",
                            .expected = "at least one line"});
}

void ThrowNoUsablePair(const std::string& source_name, const LengthFilter& filter) {
  throw DataError(Complaint{.where = source_name,
                            .what = "no pair of this corpus is usable: " + filter.Summary(),
                            .hint = "raise max_length"});
}

}  // namespace talmach
