// Fills a Config from YAML files and overrides and collects every mistake on the way.
//
// Hostile files: at most 256 KiB are read; yaml-cpp refuses deep nesting; only known sections are
// entered, so anchors that refer to themselves or multiply are never unrolled.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/config_keys.h"
#include "config/corpus_keys.h"

namespace YAML {
class Node;
}

namespace talmach {

class ConfigReader {
 public:
  static constexpr Index kMaxFileBytes = Index{1} << 18;

  /// Reads one file on top of what was read before. Throws ConfigError if it cannot be opened.
  void ReadFile(const std::string& path);
  void ReadOverride(const ConfigOverride& change);

  /// Adds "key: expected …" unless that key has a mistake of its own already, or may stand in a
  /// file that is no YAML; names the place where the key was set.
  void AddCrossMistake(const std::string& mistake);

  /// Sets the keys nobody set whose default follows from another key. To be called after reading.
  void FollowDefaults();

  /// Adds a mistake for every path that leads to no file.
  void CheckFiles();

  /// Throws ConfigError with all mistakes, a line each, if there are any.
  void ThrowMistakes() const;

  const Config& config() const { return config_; }

 private:
  void ReadCorpora(const CorpusList& list, const YAML::Node& node);
  void ReadCorpora(const CorpusList& list, const ConfigOverride& change);
  void ReadSection(const YAML::Node& node, const std::string& section);
  void ReadValue(const ConfigKey& key, const YAML::Node& node);
  void ReportUnknown(const std::string& name, const std::string& where);
  void Set(const ConfigKey& key, const std::vector<std::string>& items, const std::string& where);
  void ResolveBatchSize(const ConfigKey& key);
  std::string Where(const YAML::Node& node) const;
  std::string NameNow(const std::string& key) const;
  void MissNoKeys(const CorpusList& list);
  void Add(const Complaint& complaint) { mistakes_.push_back(ToString(complaint)); }

  Config config_;
  std::string path_;                           // of the file being read; "": an override
  std::string flag_;                           // of the override
  std::size_t corpus_ = 0;                     // the corpus being read, of a list of …
  std::size_t num_corpora_ = 1;                // … so many
  std::set<const CorpusList*> lists_;          // those that were given as lists
  int source_ = 0;                             // counts files and overrides
  std::map<std::string, std::string> places_;  // where each key was set last
  std::map<std::string, int> sources_;         // in which source
  std::set<std::string> mistaken_;             // keys with mistakes
  bool unreadable_ = false;                    // a file is no YAML
  std::vector<std::string> mistakes_;
};

}  // namespace talmach
