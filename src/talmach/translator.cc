#include "talmach/translator.h"

#include <atomic>
#include <utility>

#include "base/available_cores.h"
#include "base/error.h"
#include "talmach/map_conversion.h"
#include "talmach/rethrow.h"
#include "talmach/shared_engines.h"

namespace talmach {
namespace front {

v1::ScoredText ToPublic(ScoredText text) {
  return {.text = std::move(text.text),
          .piece_scores = std::move(text.piece_scores),
          .log_probability = text.log_probability,
          .score = text.score,
          .attention = ToPublic(std::move(text.attention))};
}

EnginesOptions MakeEnginesOptions(const std::vector<std::string>& directories,
                                  const v1::TranslatorOptions& options) {
  EnginesOptions result;
  if (!directories.empty()) result.config = ReadTranslationConfig(directories.front());
  if (options.precision) result.config.precision = static_cast<Precision>(*options.precision);
  if (options.mini_batch) result.config.mini_batch = *options.mini_batch;
  if (options.max_length) result.config.max_length = *options.max_length;
  result.threads = options.threads == 0 ? AvailableCores() : options.threads;
  result.shortlist = options.shortlist;
  return result;
}

}  // namespace front

namespace v1 {
namespace {

static_assert(static_cast<int>(Precision::kInt8) == static_cast<int>(talmach::Precision::kInt8));
static_assert(static_cast<int>(UnknownWords::kReplace) ==
              static_cast<int>(talmach::UnknownWords::kReplace));
static_assert(static_cast<int>(Sampling::From::kTopP) ==
              static_cast<int>(SamplingOptions::Method::kTopP));

talmach::TranslatorOptions CallOptions(const front::Engines& engines,
                                       const TranslateOptions& options) {
  talmach::TranslatorOptions call = engines.CallOptions();
  if (options.beam_size) call.beam.beam_size = *options.beam_size;
  if (options.normalize) call.beam.normalize = *options.normalize;
  if (options.max_length_factor) call.beam.max_length_factor = *options.max_length_factor;
  if (options.unknown_words) {
    call.unknown_words = static_cast<talmach::UnknownWords>(*options.unknown_words);
  }
  call.beam.n_best = options.n_best;
  if (const std::optional<Sampling>& sampling = options.sampling) {
    call.sampling = {.method = static_cast<SamplingOptions::Method>(sampling->from),
                     .top_k = sampling->top_k,
                     .top_p = sampling->top_p,
                     .temperature = sampling->temperature,
                     .seed = sampling->seed};
  }
  return call;
}

// True for all lines from the moment on in which the caller wants no more.
class Stop {
 public:
  explicit Stop(const std::function<bool()>& should_stop) : should_stop_(should_stop) {}

  bool Ask() {
    if (!stopped_ && should_stop_ && should_stop_()) stopped_ = true;
    return stopped_;
  }
  void ThrowIfStopped() const {
    if (stopped_) throw talmach::Error({.where = "translation", .what = "stopped by the caller"});
  }

 private:
  const std::function<bool()>& should_stop_;
  std::atomic<bool> stopped_ = false;
};

Translation ToPublic(talmach::Translation translation) {
  Translation result{.source_cut = translation.source_cut};
  for (talmach::ScoredText& candidate : translation.candidates) {
    result.candidates.push_back(front::ToPublic(std::move(candidate)));
  }
  return result;
}

}  // namespace

Translator::Translator(const std::vector<std::string>& directories,
                       const TranslatorOptions& options) try
    : shared_(
          std::make_shared<Shared>(directories, front::MakeEnginesOptions(directories, options))) {
  shared_->Borrow(shared_->CallOptions());  // impossible options are an error here
} catch (...) {
  front::RethrowPublic();
}

std::vector<Translation> Translator::Translate(std::span<const std::string> lines,
                                               const TranslateOptions& options) const try {
  Require(options.prefixes.empty() || options.prefixes.size() == lines.size(),
          "a prefix for each line");
  std::vector<std::string> repaired_lines, repaired_prefixes;
  Stop stop(options.should_stop);
  GivenUp given_up;
  if (options.should_stop) given_up = [&](Index) { return stop.Ask(); };
  std::vector<talmach::Translation> translations =
      shared_->Borrow(CallOptions(*shared_, options))
          ->Translate(front::WellFormed(lines, &repaired_lines),
                      front::WellFormed(options.prefixes, &repaired_prefixes), options.first_line,
                      given_up);
  stop.ThrowIfStopped();
  std::vector<Translation> results;
  for (talmach::Translation& translation : translations) {
    results.push_back(ToPublic(std::move(translation)));
  }
  return results;
} catch (...) {
  front::RethrowPublic();
}

}  // namespace v1
}  // namespace talmach
