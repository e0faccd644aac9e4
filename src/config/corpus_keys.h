// The sections that are lists of corpora: data.train and validation.sets. Each is a corpus, or a
// list of corpora with the same keys each. The accessors of these keys reach the first corpus of a
// list; here is what walks over all of them. In messages a key of the second corpus of a list is
// called data.train[2].weight.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_keys.h"

namespace talmach {

inline constexpr std::string_view kCorpusSection = "data.train";

/// A section that is a corpus or a list of them. There is always a first one, for the accessors;
/// where it is as it was made, none was given.
struct CorpusList {
  std::string_view section;
  std::vector<CorpusOptions>& (*of)(Config& config);
};

extern const std::array<CorpusList, 2> kCorpusLists;

/// The list with a section of that name; null if it is none.
const CorpusList* FindCorpusList(std::string_view section);
/// The list whose corpora have that key; null if it is a key of none.
const CorpusList* CorpusListOf(std::string_view key);

/// Whether a key is one of a corpus.
inline bool IsOfCorpus(const ConfigKey& key) { return CorpusListOf(key.name) != nullptr; }

/// What a key of the corpus with this index is called in a list of so many: its name alone if there
/// are no others.
std::string NameInList(const std::string& key, std::size_t index, std::size_t num_corpora);

/// The name of a key of corpus `index` of a list of `config`: NameInListOf(config,
/// config.data.train, 1, &CorpusOptions::weight).
template <typename T>
std::string NameInListOf(const Config& config, const std::vector<CorpusOptions>& list,
                         std::size_t index, T CorpusOptions::*member) {
  return NameInList(NameOf(config, &(list.front().*member)), index, list.size());
}

/// The same of those to train on.
template <typename T>
std::string NameOfCorpusKey(const Config& config, std::size_t index, T CorpusOptions::*member) {
  return NameInListOf(config, config.data.train, index, member);
}

/// Calls `visit` for every key, those of corpora once for each corpus that was given: with the key,
/// what it is called, and a configuration in which its accessors reach the value.
void ForEachKey(const Config& config,
                const std::function<void(const ConfigKey& key, const std::string& name,
                                         const Config& view)>& visit);

}  // namespace talmach
