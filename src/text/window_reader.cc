// Tested by tests/text/batch_iterator_test.cc.
#include "text/window_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "alignment/words.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/stop.h"
#include "text/epoch_key.h"
#include "text/guided_links.h"

namespace talmach {
namespace {

void CheckOptions(const BatchIteratorOptions& options) {
  const auto check = [](bool good, const char* where, const char* expected, Index got) {
    if (good) return;
    throw ConfigError(Complaint{.where = where, .expected = expected, .got = std::to_string(got)});
  };
  check(options.batch_sentences >= 0, "batch_sentences", "at least 0", options.batch_sentences);
  check(options.batch_tokens >= 0, "batch_tokens", "at least 0", options.batch_tokens);
  if ((options.batch_sentences > 0) == (options.batch_tokens > 0)) {
    throw ConfigError(Complaint{.where = "batch_sentences, batch_tokens",
                                .expected = "exactly one of them above 0",
                                .got = options.batch_tokens > 0 ? "both" : "none"});
  }
  check(options.max_length > 0, "max_length", "above 0", options.max_length);
  check(options.window_batches > 0, "window_batches", "above 0", options.window_batches);
  check(options.queue_batches > 0, "queue_batches", "above 0", options.queue_batches);
  if (!(options.sampling_alpha >= 0 && options.sampling_alpha <= 100)) {
    throw ConfigError(Complaint{.where = "sampling_alpha",
                                .expected = "from 0 (off) to 100",
                                .got = std::to_string(options.sampling_alpha)});
  }
}

void RequireSampling(const Tokenizer& tokenizer) {
  if (tokenizer.CanSample()) return;
  throw ConfigError(
      Complaint{.where = "sampling_alpha",
                .expected = "0, as " + tokenizer.path() + " divides a text in one way only",
                .got = "more"});
}

// The longest targets first, so that rows alive at a time step are a prefix of a batch.
bool Longer(const SentencePair& a, const SentencePair& b) {
  return std::tuple(a.target.size(), a.source.size()) >
         std::tuple(b.target.size(), b.source.size());
}

void Shuffle(std::uint64_t key, std::vector<Batch>* batches) {
  RandomStream random(key);
  for (std::size_t count = batches->size(); count > 1; --count) {
    std::swap((*batches)[count - 1], (*batches)[random.Below(count)]);
  }
}

}  // namespace

WindowReader::WindowReader(const BatchIteratorOptions& options,
                           std::shared_ptr<const Tokenizer> source,
                           std::shared_ptr<const Tokenizer> target)
    : options_((CheckOptions(options), options)),
      source_tokenizer_(std::move(source)),
      target_tokenizer_(std::move(target)) {
  if (options.sampling_alpha > 0) {
    RequireSampling(*source_tokenizer_);
    RequireSampling(*target_tokenizer_);
  }
  std::vector<CorpusMixture::Corpus> mixed;
  for (const CorpusOptions& corpus : options.corpora) {
    corpora_.push_back({.text = TrainingCorpus(corpus),
                        .tag_length = std::ssize(source_tokenizer_->Encode(corpus.tag))});
    const TrainingCorpus& text = corpora_.back().text;
    checksums_.push_back(text.Checksums());
    mixed.push_back({.num_lines = text.num_lines(), .weight = corpus.weight});
  }
  mixture_.emplace(mixed, options.mixing, options.seed, options.shuffle);
}

std::string WindowReader::name() const {
  const std::string& first = corpora_.front().text.source_name();
  return corpora_.size() == 1 ? first : fmt::format("{} and {} more", first, corpora_.size() - 1);
}

BatchWindow WindowReader::Read(Index epoch, Index position, LengthFilter* filter) {
  const std::uint64_t sampling_key = EpochKey(options_.seed, epoch, EpochPurpose::kSampling);
  const Index wanted_pairs = options_.window_batches * options_.batch_sentences;
  const Index wanted_tokens = options_.window_batches * options_.batch_tokens;
  const auto is_full = [&](Index num_pairs, Index num_tokens) {
    return wanted_tokens > 0 ? num_tokens >= wanted_tokens : num_pairs >= wanted_pairs;
  };

  std::vector<SentencePair> pairs;
  Index num_tokens = 0;
  BatchWindow window{.batches = {}, .end_position = position};
  while (window.end_position < num_lines() && !is_full(std::ssize(pairs), num_tokens)) {
    const MixedLine next = mixture_->At(epoch, window.end_position++);
    SentencePair pair;
    if (!ReadPair(next, sampling_key, filter, &pair)) continue;
    num_tokens += std::ssize(pair.target);
    pairs.push_back(std::move(pair));
  }
  window.batches = CutBatches(std::move(pairs));
  if (options_.shuffle) {
    const std::uint64_t key = EpochKey(options_.seed, epoch, EpochPurpose::kBatchOrder);
    Shuffle(DeriveKey(key, static_cast<std::uint64_t>(position)), &window.batches);
  }
  return window;
}

void WindowReader::LogRepairs() const {
  for (const Corpus& corpus : corpora_) {
    corpus.text.LogRepairs();
    if (corpus.num_without_links == 0) continue;
    Log().warn("{}: the links of {} pairs are left out: their words are not those of the pieces",
               corpus.text.options().links, corpus.num_without_links);
  }
}

bool WindowReader::ReadPair(const MixedLine& from, std::uint64_t sampling_key, LengthFilter* filter,
                            SentencePair* pair) {
  StopPoint();
  Corpus& corpus = corpora_[from.corpus];
  const std::string& tag = corpus.text.options().tag;
  std::string source;
  std::string target;
  corpus.text.Read(from.line, &source, &target);
  if (corpus.text.has_links()) pair->links = corpus.text.ReadLinks(from.line, source, target);
  if (!tag.empty()) source.insert(0, tag + " ");
  const auto key = 2 * static_cast<std::uint64_t>(from.place);
  pair->corpus = from.corpus;
  pair->line = from.line;
  pair->source = Tokenize(*source_tokenizer_, source, DeriveKey(sampling_key, key));
  pair->target = Tokenize(*target_tokenizer_, target, DeriveKey(sampling_key, key + 1));
  const Index source_length = std::ssize(pair->source) - corpus.tag_length;
  if (!filter->Keep(source_length, std::ssize(pair->target))) return false;
  if (!pair->links.empty()) MoveLinksToPieces(source, target, &corpus, pair);
  pair->source.push_back(kEndId);
  pair->target.push_back(kEndId);
  return true;
}

// The links are between words of the texts; those of the source now follow the tag's.
void WindowReader::MoveLinksToPieces(const std::string& source, const std::string& target,
                                     Corpus* corpus, SentencePair* pair) {
  Alignment words = std::exchange(pair->links, {});
  const Index num_tags = std::ssize(SplitWords(corpus->text.options().tag));
  for (AlignmentLink& link : words) link.source += num_tags;
  if (!LinksBetweenPieces(words, {source, *source_tokenizer_, pair->source},
                          {target, *target_tokenizer_, pair->target}, &pair->links)) {
    ++corpus->num_without_links;
  }
}

std::vector<TokenId> WindowReader::Tokenize(const Tokenizer& tokenizer, const std::string& text,
                                            std::uint64_t key) const {
  if (options_.sampling_alpha <= 0) return tokenizer.Encode(text);
  std::vector<TokenId> tokens = tokenizer.Sample(text, options_.sampling_alpha, key);
  // Samples are longer than the best segmentation; which lines are used should not be luck.
  if (std::ssize(tokens) > options_.max_length) return tokenizer.Encode(text);
  return tokens;
}

std::vector<Batch> WindowReader::CutBatches(std::vector<SentencePair> pairs) const {
  std::stable_sort(pairs.begin(), pairs.end(), Longer);
  std::vector<Batch> batches;
  Index num_tokens = 0;  // of the last batch
  for (SentencePair& pair : pairs) {
    const Index length = std::ssize(pair.target);
    const bool fits =
        !batches.empty() &&
        (options_.batch_tokens > 0 ? num_tokens + length <= options_.batch_tokens
                                   : std::ssize(batches.back().pairs) < options_.batch_sentences);
    if (!fits) {
      batches.emplace_back();
      num_tokens = 0;
    }
    num_tokens += length;
    batches.back().pairs.push_back(std::move(pair));
  }
  return batches;
}

}  // namespace talmach
