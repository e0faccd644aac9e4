// What can be wrong with a parallel corpus, in the same words wherever it is noticed.
// Internal to text.
#pragma once

#include <string>

#include "base/types.h"
#include "text/corpus.h"

namespace talmach {

/// One side of a corpus.
struct CountedFile {
  const std::string& name;
  Index num_lines;
};

/// All of them throw DataError.
[[noreturn]] void ThrowNotParallel(const CountedFile& source, const CountedFile& target);
[[noreturn]] void ThrowWrongNumberOfLinks(const CountedFile& links, const CountedFile& source);
[[noreturn]] void ThrowEmptyCorpus(const CountedFile& source, const CountedFile& target);
[[noreturn]] void ThrowNoUsablePair(const std::string& source_name, const LengthFilter& filter);

}  // namespace talmach
