// Loaded models, and what translates with them. A Translator of search/translator.h serves one
// thread at a time and has threads and memory of its own; each call borrows one and leaves it
// behind for the next call with the same options.
#pragma once

#include <sys/types.h>

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "config/config.h"
#include "project/open_translator.h"
#include "search/translator.h"

namespace talmach::front {

/// What the models are loaded with.
struct EnginesOptions {
  TranslationConfig config = {};  // of the first directory, with the options that were given
  Index threads = 1;              // of each engine
  std::string shortlist = {};
  Passes passes = Passes::kForward;
};

/// Safe to use from several threads. In the child of a fork, whose copies of the engines have lost
/// their threads, new ones are made.
class Engines {
 public:
  /// Errors as OpenTranslator.
  Engines(const std::vector<std::string>& directories, const EnginesOptions& options);
  ~Engines();
  Engines(const Engines&) = delete;
  Engines& operator=(const Engines&) = delete;

  const TranslationConfig& config() const { return config_; }

  /// The options of a call that asks for nothing.
  TranslatorOptions CallOptions() const;

  /// An engine on loan.
  class Loan {
   public:
    Loan(Engines* engines, std::unique_ptr<const Translator> engine)
        : engines_(engines), engine_(std::move(engine)) {}
    ~Loan() { engines_->TakeBack(std::move(engine_)); }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    const Translator* operator->() const { return engine_.get(); }

   private:
    Engines* engines_;
    std::unique_ptr<const Translator> engine_;
  };

  /// An engine with options that differ from CallOptions() in the search and in saliency only.
  /// Errors as the constructor of Translator.
  Loan Borrow(const TranslatorOptions& options);

 private:
  void TakeBack(std::unique_ptr<const Translator> engine);
  void ForgetThoseOfTheParent();

  TranslationConfig config_;
  Index threads_;
  OpenedModels opened_;
  std::shared_ptr<const Shortlist> shortlist_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<const Translator>> idle_;  // the one used last is the last one
  pid_t process_;                                        // in which they have threads
};

/// Lines without ill-formed UTF-8: `lines` themselves, or, if there is any, repaired ones in
/// `*memory`.
std::span<const std::string> WellFormed(std::span<const std::string> lines,
                                        std::vector<std::string>* memory);

}  // namespace talmach::front
