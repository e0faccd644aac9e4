// Tested by tests/text/corpus_test.cc.
#include "text/corpus_side.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace talmach {

void CorpusSide::Cut(Index number, std::string* line) const {
  std::size_t begin = 0;
  for (Index passed = 1; passed < column; ++passed) {
    const std::size_t tab = line->find('\t', begin);
    if (tab == std::string::npos) {
      throw DataError({.where = fmt::format("{}:{}", path, number),
                       .what = "a column is missing",
                       .expected = fmt::format("at least {} columns separated by tabs", column),
                       .got = std::to_string(passed)});
    }
    begin = tab + 1;
  }
  if (column == 0) return;
  line->resize(std::min(line->find('\t', begin), line->size()));
  line->erase(0, begin);
}

}  // namespace talmach
