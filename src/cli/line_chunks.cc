#include "cli/line_chunks.h"

#include <unistd.h>

#include <utility>

namespace talmach {

LineChunkReader::LineChunkReader(const std::string& path, const std::string& second_path) {
  if (second_path.empty()) {
    single_.emplace(path);
  } else {
    pairs_.emplace(path, second_path);
  }
  if (path == "-" && isatty(STDIN_FILENO) != 0) max_lines_ = 1;
}

bool LineChunkReader::Next(LineChunk* chunk) {
  *chunk = {.first_line = num_lines_, .first = {}, .second = {}};
  Index bytes = 0;
  std::string first, second;
  while (bytes < kMaxBytes && static_cast<Index>(chunk->first.size()) < max_lines_) {
    if (single_ ? !single_->ReadLine(&first) : !pairs_->Next(&first, &second)) break;
    bytes += static_cast<Index>(first.size() + second.size());
    chunk->first.push_back(std::move(first));
    if (pairs_) chunk->second.push_back(std::move(second));
  }
  num_lines_ += static_cast<Index>(chunk->first.size());
  return !chunk->first.empty();
}

void LineChunkReader::LogInputRepairs() const {
  if (single_) LogRepairs(single_->name(), single_->repairs());
  if (pairs_) pairs_->LogRepairs();
}

Index CountLines(const std::string& path) {
  TextReader reader(path);
  std::string line;
  while (reader.ReadLine(&line)) {
  }
  return reader.num_lines();
}

}  // namespace talmach
