#include "text/line_chunks.h"

#include <utility>

namespace talmach {

LineChunkReader::LineChunkReader(const std::string& path, const std::string& second_path,
                                 LineUse use)
    : use_(use) {
  if (second_path.empty()) {
    single_.emplace(path);
  } else {
    pairs_.emplace(path, second_path, /*may_be_empty=*/use == LineUse::kAnswer);
  }
}

bool LineChunkReader::Next(LineChunk* chunk) {
  *chunk = {.first_line = num_lines_, .first = {}, .second = {}};
  Index bytes = 0;
  std::string first, second;
  while (bytes < kMaxBytes && std::ssize(chunk->first) < kMaxLines) {
    const bool may_wait = use_ == LineUse::kCollect || chunk->first.empty();
    if (!may_wait && !NextIsAtHand()) break;
    if (!Read(&first, &second)) break;
    bytes += std::ssize(first) + std::ssize(second);
    chunk->first.push_back(std::move(first));
    if (pairs_) chunk->second.push_back(std::move(second));
  }
  num_lines_ += std::ssize(chunk->first);
  return !chunk->first.empty();
}

bool LineChunkReader::Read(std::string* first, std::string* second) {
  return single_ ? single_->ReadLine(first) : pairs_->Next(first, second);
}

// A program that writes without a pause may need a moment until it writes more.
bool LineChunkReader::NextIsAtHand() {
  constexpr int kMilliseconds = 1;
  return single_ ? single_->WaitForLine(kMilliseconds) : pairs_->WaitForPair(kMilliseconds);
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
