// One side of a parallel corpus: a text file, or a column of one.
#pragma once

#include <string>
#include <utility>

#include "base/types.h"

namespace talmach {

struct CorpusSide {
  // Implicit: most sides are whole files.
  CorpusSide(std::string file, Index column_of_it = 0)  // NOLINT(google-explicit-constructor)
      : path(std::move(file)), column(column_of_it) {}

  std::string path;
  Index column;  // from 1, separated by tabs; 0: whole lines

  /// Leaves of line `number` (from 1) of the file what belongs to this side. Throws DataError,
  /// naming file and line, if the line has too few columns.
  void Cut(Index number, std::string* line) const;
};

}  // namespace talmach
