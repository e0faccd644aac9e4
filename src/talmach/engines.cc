// Tested by tests/talmach/translator_test.cc.
#include "talmach/engines.h"

#include <unistd.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/utf8.h"

namespace talmach::front {
namespace {

constexpr std::size_t kMaxIdle = 16;

auto FieldsOf(const BeamSearchOptions& beam) {
  return std::tuple(beam.beam_size, beam.normalize, beam.n_best, beam.max_length_factor,
                    beam.max_length_extra);
}

auto FieldsOf(const SamplingOptions& sampling) {
  return std::tuple(sampling.method, sampling.top_k, sampling.top_p, sampling.temperature,
                    sampling.seed);
}

bool IsSameCall(const TranslatorOptions& a, const TranslatorOptions& b) {
  if (a.sampling.has_value() != b.sampling.has_value()) return false;
  if (a.sampling && FieldsOf(*a.sampling) != FieldsOf(*b.sampling)) return false;
  return FieldsOf(a.beam) == FieldsOf(b.beam) && a.unknown_words == b.unknown_words &&
         a.saliency == b.saliency;
}

OpenedModels OpenSome(const std::vector<std::string>& directories, const EnginesOptions& options) {
  if (directories.empty()) {
    throw ConfigError({.where = "directories", .expected = "a model directory", .got = "none"});
  }
  return OpenModels(directories, options.config.precision, options.passes);
}

}  // namespace

Engines::Engines(const std::vector<std::string>& directories, const EnginesOptions& options)
    : config_(options.config),
      threads_(options.threads),
      opened_(OpenSome(directories, options)),
      shortlist_(OpenShortlist(options.shortlist, opened_.tokenizers)),
      process_(getpid()) {
  idle_.reserve(kMaxIdle);  // taking back allocates nothing, so it cannot fail
}

Engines::~Engines() { ForgetThoseOfTheParent(); }

// Their threads do not exist here, so they cannot be joined.
void Engines::ForgetThoseOfTheParent() {
  if (process_ == getpid()) return;
  for (std::unique_ptr<const Translator>& engine : idle_) static_cast<void>(engine.release());
  idle_.clear();
  process_ = getpid();
}

TranslatorOptions Engines::CallOptions() const {
  TranslatorOptions options = MakeTranslatorOptions(config_, threads_);
  options.shortlist = shortlist_;
  return options;
}

Engines::Loan Engines::Borrow(const TranslatorOptions& options) {
  {
    const std::lock_guard lock(mutex_);
    ForgetThoseOfTheParent();
    const auto found = std::find_if(idle_.rbegin(), idle_.rend(), [&](const auto& engine) {
      return IsSameCall(engine->options(), options);
    });
    if (found != idle_.rend()) {
      std::unique_ptr<const Translator> engine = std::move(*found);
      idle_.erase(std::next(found).base());
      return {this, std::move(engine)};
    }
  }
  return {this, std::make_unique<const Translator>(opened_.models, opened_.tokenizers.source,
                                                   opened_.tokenizers.target, options)};
}

void Engines::TakeBack(std::unique_ptr<const Translator> engine) {
  std::unique_ptr<const Translator> oldest;  // goes when the lock is released
  const std::lock_guard lock(mutex_);
  if (idle_.size() == kMaxIdle) {
    oldest = std::move(idle_.front());
    idle_.erase(idle_.begin());
  }
  idle_.push_back(std::move(engine));
}

std::span<const std::string> WellFormed(std::span<const std::string> lines,
                                        std::vector<std::string>* memory) {
  if (std::ranges::all_of(lines, IsValidUtf8)) return lines;
  for (const std::string& line : lines) memory->push_back(RepairUtf8(line));
  return *memory;
}

}  // namespace talmach::front
