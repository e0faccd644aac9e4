#include "text/parallel_columns.h"

namespace talmach {

bool ParallelColumns::Read(std::vector<std::vector<std::vector<std::string>>>* columns) {
  constexpr Index kLinesAtOnce = 8192;
  columns->assign(groups_.size(), {});
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    for (ColumnReader& reader : groups_[i]) reader.Read(kLinesAtOnce, &(*columns)[i]);
  }
  StrictLineReader& first = groups_.front().front().lines();
  for (std::vector<ColumnReader>& group : groups_) {
    for (ColumnReader& reader : group) RequireSameEnd(&first, &reader.lines());
  }
  return !columns->front().front().empty();
}

}  // namespace talmach
