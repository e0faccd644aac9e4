// Section data.train: a corpus, or a list of corpora with the same keys each. The accessors of
// these keys reach the first corpus of a configuration; here is what walks over all of them. In
// messages a key of the second corpus of a list is called data.train[2].weight.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "config/config_keys.h"

namespace talmach {

inline constexpr std::string_view kCorpusSection = "data.train";

/// Whether a key is one of a corpus.
bool IsOfCorpus(const ConfigKey& key);

/// What a key of the corpus with this index is called in a list of so many: its name alone if there
/// are no others.
std::string NameInList(const std::string& key, std::size_t index, std::size_t num_corpora);

/// The name of a key of corpus `index`: NameOfCorpusKey(config, 1, &CorpusOptions::weight).
template <typename T>
std::string NameOfCorpusKey(const Config& config, std::size_t index, T CorpusOptions::*member) {
  return NameInList(NameOf(config, &(config.data.train.front().*member)), index,
                    config.data.train.size());
}

/// Calls `visit` for every key, those of corpora once for each corpus: with the key, what it is
/// called, and a configuration in which its accessors reach the value.
void ForEachKey(const Config& config,
                const std::function<void(const ConfigKey& key, const std::string& name,
                                         const Config& view)>& visit);

}  // namespace talmach
