// Tested by tests/text/batch_iterator_test.cc.
#include "text/window_reader.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/stop.h"
#include "text/corpus_errors.h"
#include "text/guided_links.h"
#include "text/random_permutation.h"

namespace talmach {
namespace {

// The streams of random numbers of an epoch.
enum Purpose : std::uint64_t { kLineOrder, kBatchOrder, kSampling };

std::uint64_t EpochKey(std::uint64_t seed, Index epoch, Purpose purpose) {
  constexpr std::uint64_t kData = 0x64617461;
  const std::uint64_t data_key = DeriveKey(seed, kData);
  return DeriveKey(DeriveKey(data_key, static_cast<std::uint64_t>(epoch)), purpose);
}

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
      target_tokenizer_(std::move(target)),
      source_file_(options.source_path),
      target_file_(options.target_path) {
  const CountedFile source_count{source_file_.name(), source_file_.num_lines()};
  const CountedFile target_count{target_file_.name(), target_file_.num_lines()};
  if (source_count.num_lines != target_count.num_lines) {
    ThrowNotParallel(source_count, target_count);
  }
  if (source_count.num_lines == 0) ThrowEmptyCorpus(source_count, target_count);
  if (options.links_path.empty()) return;
  links_file_.emplace(options.links_path);
  if (links_file_->num_lines() != num_lines()) {
    ThrowWrongNumberOfLinks({links_file_->name(), links_file_->num_lines()}, source_count);
  }
}

BatchWindow WindowReader::Read(Index epoch, Index position, LengthFilter* filter) {
  const RandomPermutation order(EpochKey(options_.seed, epoch, kLineOrder), num_lines());
  const std::uint64_t sampling_key = EpochKey(options_.seed, epoch, kSampling);
  const Index wanted_pairs = options_.window_batches * options_.batch_sentences;
  const Index wanted_tokens = options_.window_batches * options_.batch_tokens;
  const auto is_full = [&](Index num_pairs, Index num_tokens) {
    return wanted_tokens > 0 ? num_tokens >= wanted_tokens : num_pairs >= wanted_pairs;
  };

  std::vector<SentencePair> pairs;
  Index num_tokens = 0;
  BatchWindow window{.batches = {}, .end_position = position};
  while (window.end_position < num_lines() && !is_full(std::ssize(pairs), num_tokens)) {
    const Index next = window.end_position++;
    SentencePair pair;
    if (!ReadPair(options_.shuffle ? order(next) : next, sampling_key, filter, &pair)) continue;
    num_tokens += std::ssize(pair.target);
    pairs.push_back(std::move(pair));
  }
  window.batches = CutBatches(std::move(pairs));
  if (options_.shuffle) {
    const std::uint64_t key = EpochKey(options_.seed, epoch, kBatchOrder);
    Shuffle(DeriveKey(key, static_cast<std::uint64_t>(position)), &window.batches);
  }
  return window;
}

void WindowReader::LogRepairs() const {
  talmach::LogRepairs(source_file_.name(), source_repairs_);
  talmach::LogRepairs(target_file_.name(), target_repairs_);
  if (num_without_links_ > 0) {
    Log().warn("{}: the links of {} pairs are left out: their words are not those of the pieces",
               links_file_->name(), num_without_links_);
  }
}

bool WindowReader::ReadPair(Index line, std::uint64_t sampling_key, LengthFilter* filter,
                            SentencePair* pair) {
  StopPoint();
  std::string source;
  std::string target;
  source_file_.Read(line, &source, &source_repairs_);
  target_file_.Read(line, &target, &target_repairs_);
  const auto key = 2 * static_cast<std::uint64_t>(line);
  pair->line = line;
  pair->source = Tokenize(*source_tokenizer_, source, DeriveKey(sampling_key, key));
  pair->target = Tokenize(*target_tokenizer_, target, DeriveKey(sampling_key, key + 1));
  if (!filter->Keep(std::ssize(pair->source), std::ssize(pair->target))) return false;
  if (links_file_) ReadLinks(source, target, pair);
  pair->source.push_back(kEndId);
  pair->target.push_back(kEndId);
  return true;
}

void WindowReader::ReadLinks(const std::string& source, const std::string& target,
                             SentencePair* pair) {
  std::string line;
  TextRepairs ignored;  // what is repaired is no link, which is an error
  links_file_->Read(pair->line, &line, &ignored);
  const std::string where = links_file_->name() + ":" + std::to_string(pair->line + 1);
  const Alignment words = ParseWordLinks(line, source, target, where);
  if (!LinksBetweenPieces(words, {source, *source_tokenizer_, pair->source},
                          {target, *target_tokenizer_, pair->target}, &pair->links)) {
    ++num_without_links_;
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
