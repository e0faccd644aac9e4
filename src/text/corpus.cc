#include "text/corpus.h"

#include <fmt/format.h>

#include <utility>

#include "text/corpus_errors.h"

namespace talmach {

ParallelCorpus::ParallelCorpus(CorpusSide source, CorpusSide target, bool may_be_empty,
                               const TextReaderOptions& options)
    : source_side_(std::move(source)),
      target_side_(std::move(target)),
      source_(source_side_.path, options),
      target_(target_side_.path, options),
      may_be_empty_(may_be_empty) {}

bool ParallelCorpus::Next(std::string* source, std::string* target) {
  const bool has_source = source_.ReadLine(source);
  const bool has_target = target_.ReadLine(target);
  if (has_source && has_target) {
    source_side_.Cut(source_.num_lines(), source);
    target_side_.Cut(target_.num_lines(), target);
    ++num_pairs_;
    return true;
  }
  while (has_source && source_.ReadLine(source)) continue;
  while (has_target && target_.ReadLine(target)) continue;
  if (has_source || has_target) {
    ThrowNotParallel({source_.name(), source_.num_lines()}, {target_.name(), target_.num_lines()});
  }
  if (num_pairs_ == 0 && !may_be_empty_) ThrowEmptyCorpus({source_.name(), 0}, {target_.name(), 0});
  return false;
}

bool ParallelCorpus::WaitForPair(int milliseconds) {
  return source_.WaitForLine(milliseconds) && target_.WaitForLine(milliseconds);
}

void ParallelCorpus::LogRepairs() const {
  talmach::LogRepairs(source_.name(), source_.repairs());
  if (target_side_.path == source_side_.path) return;  // it had the same
  talmach::LogRepairs(target_.name(), target_.repairs());
}

bool LengthFilter::Keep(Index source_length, Index target_length) {
  const bool empty = source_length == 0 || target_length == 0;
  const bool too_long =
      !empty && max_length > 0 && (source_length > max_length || target_length > max_length);
  num_empty += empty;
  num_too_long += too_long;
  num_kept += !empty && !too_long;
  return !empty && !too_long;
}

std::string LengthFilter::Summary() const {
  if (num_left_out() == 0) return "";
  return fmt::format("{} empty and {} longer than {} tokens of {} pairs left out", num_empty,
                     num_too_long, max_length, num_kept + num_empty + num_too_long);
}

}  // namespace talmach
