// Tested by tests/text/batch_iterator_test.cc.
#include "text/training_corpus.h"

#include <fmt/format.h>

#include "text/corpus_errors.h"
#include "text/guided_links.h"

namespace talmach {
namespace {

std::string ChecksumText(const LineFile& file, Index column) {
  return column == 0 ? file.checksum() : fmt::format("{} column {}", file.checksum(), column);
}

}  // namespace

TrainingCorpus::TrainingCorpus(const CorpusOptions& options)
    : options_(options), source_(options.SourceSide().path) {
  if (options.tsv.empty()) target_.emplace(options.target);
  const CountedFile source{source_.name(), num_lines()};
  const CountedFile target =
      target_ ? CountedFile{target_->name(), target_->num_lines()} : CountedFile(source);
  if (source.num_lines != target.num_lines) ThrowNotParallel(source, target);
  if (source.num_lines == 0) ThrowEmptyCorpus(source, target);
  if (options.links.empty()) return;
  links_.emplace(options.links);
  if (links_->num_lines() != num_lines()) {
    ThrowWrongNumberOfLinks({links_->name(), links_->num_lines()}, source);
  }
}

CorpusChecksums TrainingCorpus::Checksums() const {
  return {.source = ChecksumText(source_, options_.SourceSide().column),
          .target = ChecksumText(target_ ? *target_ : source_, options_.TargetSide().column)};
}

void TrainingCorpus::Read(Index line, std::string* source, std::string* target) {
  source_.Read(line, source, &source_repairs_);
  if (target_) {
    target_->Read(line, target, &target_repairs_);
    return;
  }
  *target = *source;
  options_.SourceSide().Cut(line + 1, source);
  options_.TargetSide().Cut(line + 1, target);
}

Alignment TrainingCorpus::ReadLinks(Index line, const std::string& source,
                                    const std::string& target) {
  std::string text;
  TextRepairs ignored;  // what is repaired is no link, which is an error
  links_->Read(line, &text, &ignored);
  return ParseWordLinks(text, source, target, fmt::format("{}:{}", links_->name(), line + 1));
}

void TrainingCorpus::LogRepairs() const {
  talmach::LogRepairs(source_.name(), source_repairs_);
  if (target_) talmach::LogRepairs(target_->name(), target_repairs_);
}

}  // namespace talmach
