// Files of columns read side by side, some lines at a time, all to the same end: translations of
// several systems, several references, the source.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "text/strict_line_reader.h"

namespace talmach {

class ParallelColumns {
 public:
  /// Groups of files; what belongs together is read into one list of columns. At least one file in
  /// the first group: it says how many lines there are.
  explicit ParallelColumns(std::vector<std::vector<ColumnReader>> groups)
      : groups_(std::move(groups)) {}

  /// Reads the next lines of all files, as [group][column][line]; false at their end. Throws
  /// DataError if one ends before another.
  bool Read(std::vector<std::vector<std::vector<std::string>>>* columns);

  const std::vector<ColumnReader>& group(std::size_t index) const { return groups_[index]; }

 private:
  std::vector<std::vector<ColumnReader>> groups_;
};

}  // namespace talmach
