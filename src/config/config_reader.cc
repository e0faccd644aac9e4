// Tested by tests/config/config_test.cc.
#include "config/config_reader.h"

#include <fmt/format.h>
#include <unistd.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <sstream>

#include "base/descriptor_io.h"
#include "base/error.h"
#include "config/unknown_keys.h"
#include "model/model_directory.h"

namespace talmach {
namespace {

constexpr std::size_t kMostMistakes = 50;  // more help nobody

std::string ReadWholeFile(const std::string& path) {
  // Often a pipe: `-c <(…)`.
  const int descriptor = OpenForReading(path);
  std::string text(static_cast<std::size_t>(ConfigReader::kMaxFileBytes) + 1, '\0');
  Index size = 0;
  Index count = descriptor < 0 ? -1 : 1;
  while (count > 0 && size < std::ssize(text)) {
    count = ReadSome(descriptor, text.data() + size, std::ssize(text) - size);
    size += std::max<Index>(count, 0);
  }
  const int error = errno;
  if (descriptor >= 0) close(descriptor);
  if (count < 0) {
    throw ConfigError(
        {.where = path, .what = "cannot read the configuration", .got = ErrnoText(error)});
  }
  text.resize(static_cast<std::size_t>(size));
  if (static_cast<Index>(text.size()) > ConfigReader::kMaxFileBytes) {
    throw ConfigError({.where = path,
                       .what = "too large for a configuration",
                       .expected = fmt::format("at most {} bytes", ConfigReader::kMaxFileBytes)});
  }
  return text;
}

// Lets a document pass by.
class PassBy : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// YAML::LoadAll would do, but finds documents without end in text such as ",a: 1".
bool HasSeveralDocuments(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  PassBy document;
  return parser.HandleNextDocument(document) && parser.HandleNextDocument(document);
}

// What stands in a node, in few words.
std::string Describe(const YAML::Node& node) {
  if (node.IsMap()) return "a section";
  if (node.IsSequence()) return "a list";
  if (node.IsNull()) return "nothing";
  return node.Scalar();
}

// "[a, b]" or "a,b" → {"a", "b"}.
std::vector<std::string> SplitList(std::string text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  std::vector<std::string> items;
  std::istringstream stream(text);
  for (std::string item; std::getline(stream, item, ',');) {
    const std::size_t begin = item.find_first_not_of(' ');
    if (begin == std::string::npos) continue;
    items.push_back(item.substr(begin, item.find_last_not_of(' ') - begin + 1));
  }
  return items;
}

// "a/b.yaml" and "../data/x" → "data/x".
std::string RelativeTo(const std::string& file, const std::string& path) {
  const std::filesystem::path given(path);
  if (given.is_absolute()) return path;
  return (std::filesystem::path(file).parent_path() / given).lexically_normal().string();
}

}  // namespace

void ConfigReader::ReadFile(const std::string& path) {
  path_ = path;
  ++source_;
  const std::string text = ReadWholeFile(path);
  try {
    const YAML::Node root = YAML::Load(text);
    if (HasSeveralDocuments(text)) {
      Add({.where = path, .expected = "one YAML document", .got = "several, divided by ---"});
    }
    if (root.IsNull()) return;
    if (!root.IsMap()) {
      Add({.where = path, .expected = "sections such as `model:`", .got = Describe(root)});
      return;
    }
    ReadSection(root, "");
  } catch (const YAML::Exception& error) {
    unreadable_ = true;
    const std::string where =
        error.mark.is_null() ? path : fmt::format("{}:{}", path, error.mark.line + 1);
    Add({.where = where, .what = fmt::format("not valid YAML: {}", error.msg)});
  }
}

std::string ConfigReader::Where(const YAML::Node& node) const {
  return path_.empty() ? flag_ : fmt::format("{}:{}", path_, node.Mark().line + 1);
}

// What a key is called that is being read: in a list of corpora, with the number of the corpus.
std::string ConfigReader::NameNow(const std::string& key) const {
  return CorpusListOf(key) != nullptr ? NameInList(key, corpus_, num_corpora_) : key;
}

// Where a corpus should stand and does not, that is the mistake, and not that its keys are missing.
void ConfigReader::MissNoKeys(const CorpusList& list) {
  for (const ConfigKey& key : ConfigKeys()) {
    if (CorpusListOf(key.name) == &list) mistaken_.insert(NameNow(key.name));
  }
}

// A list takes the place of all its corpora named before.
void ConfigReader::ReadCorpora(const CorpusList& list, const YAML::Node& node) {
  const std::string section(list.section);
  if (node.size() == 0) {
    Add({.where = Where(node) + ": " + section, .expected = "at least one corpus", .got = "none"});
    MissNoKeys(list);
    return;
  }
  lists_.erase(&list);  // while keys of one of them are set
  num_corpora_ = node.size();
  std::vector<CorpusOptions> corpora;
  for (corpus_ = 0; corpus_ < num_corpora_; ++corpus_) {
    const YAML::Node item = node[corpus_];
    list.of(config_).assign(1, {});
    if (item.IsMap()) {
      ReadSection(item, section);
    } else {
      Add({.where = fmt::format("{}: {}[{}]", Where(item), section, corpus_ + 1),
           .expected = "the keys of a corpus",
           .got = Describe(item),
           .hint = "they are " + KeysOfSection(section + ".")});
      MissNoKeys(list);
    }
    corpora.push_back(list.of(config_).front());
  }
  list.of(config_) = std::move(corpora);
  corpus_ = 0;
  num_corpora_ = 1;
  lists_.insert(&list);
}

void ConfigReader::ReadCorpora(const CorpusList& list, const ConfigOverride& change) {
  path_.clear();
  flag_ = change.where;
  const Complaint no_list{.where = change.where + ": " + change.key,
                          .expected = "a list such as [{source: FILE, target: FILE}]",
                          .got = change.value};
  try {
    const YAML::Node node = YAML::Load(change.value);
    if (node.IsSequence()) return ReadCorpora(list, node);
  } catch (const YAML::Exception&) {
  }
  Add(no_list);
  MissNoKeys(list);
}

void ConfigReader::ReadSection(const YAML::Node& node, const std::string& section) {
  std::set<std::string> seen;
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) {
      Add({.where = Where(entry.first), .expected = "a key", .got = Describe(entry.first)});
      continue;
    }
    const std::string& part = entry.first.Scalar();
    const std::string name = section.empty() ? part : section + "." + part;
    const std::string where = Where(entry.first);
    if (!seen.insert(name).second) {
      Add({.where = where + ": " + NameNow(name), .what = "given twice"});
    } else if (const ConfigKey* key = FindConfigKey(name)) {
      ReadValue(*key, entry.second);
    } else if (const CorpusList* list = FindCorpusList(name);
               list != nullptr && entry.second.IsSequence()) {
      ReadCorpora(*list, entry.second);
    } else if (!IsConfigSection(name)) {
      ReportUnknown(name, where);
    } else if (entry.second.IsMap()) {
      ReadSection(entry.second, name);
    } else if (!entry.second.IsNull()) {
      Add({.where = where + ": " + name,
           .expected = "a section",
           .got = Describe(entry.second),
           .hint = "its keys are " + KeysOfSection(name + ".")});
    }
  }
}

void ConfigReader::ReadValue(const ConfigKey& key, const YAML::Node& node) {
  std::vector<std::string> items;
  if (key.is_list && node.IsSequence()) {
    for (const YAML::Node& item : node) items.push_back(Describe(item));
  } else if (node.IsScalar()) {
    items.push_back(key.is_path ? RelativeTo(path_, node.Scalar()) : node.Scalar());
  } else {
    mistaken_.insert(NameNow(key.name));
    Add({.where = Where(node) + ": " + NameNow(key.name),
         .expected = key.values,
         .got = Describe(node)});
    return;
  }
  Set(key, items, Where(node));
}

void ConfigReader::ReadOverride(const ConfigOverride& change) {
  ++source_;
  if (change.key.empty()) {
    Add({.where = change.where, .expected = "section.key=value", .got = change.value});
    return;
  }
  if (const CorpusList* list = FindCorpusList(change.key)) {
    ReadCorpora(*list, change);
    return;
  }
  const ConfigKey* key = FindConfigKey(change.key);
  if (key == nullptr) {
    ReportUnknown(change.key, change.where);
    return;
  }
  std::vector<std::string> items = {change.value};
  if (key->is_list) items = SplitList(change.value);
  Set(*key, items, change.where);
}

void ConfigReader::Set(const ConfigKey& key, const std::vector<std::string>& items,
                       const std::string& where) {
  const CorpusList* list = CorpusListOf(key.name);
  if (lists_.erase(list) > 0) list->of(config_).assign(1, {});  // a corpus instead of the list
  const std::string name = NameNow(key.name);
  places_[name] = where;
  sources_[name] = source_;
  if (auto mistake = key.set(config_, items)) {
    mistaken_.insert(name);
    mistake->where = where + ": " + name;
    Add(*mistake);
    return;
  }
  ResolveBatchSize(key);
}

// Batches are measured in sentences or in tokens: naming one in a later source than the other
// turns the other off.
void ConfigReader::ResolveBatchSize(const ConfigKey& key) {
  TrainingOptions& training = config_.training;
  const std::string& tokens = NameOf(config_, &training.batch_tokens);
  const std::string& sentences = NameOf(config_, &training.batch_sentences);
  const auto set_before = [&](const std::string& other) {
    const auto found = sources_.find(other);
    return found == sources_.end() || found->second < source_;
  };
  if (key.name == tokens && training.batch_tokens > 0 && set_before(sentences)) {
    training.batch_sentences = 0;
  }
  if (key.name == sentences && training.batch_sentences > 0 && set_before(tokens)) {
    training.batch_tokens = 0;
  }
}

void ConfigReader::FollowDefaults() {
  ModelConfig& model = config_.model;
  const bool tied = model.tied_embeddings != TiedEmbeddings::kNone;
  if (tied && !places_.contains(NameOf(config_, &model.readout.size))) {
    model.readout.size = model.embedding_size;
  }
}

void ConfigReader::CheckFiles() {
  ForEachKey(config_, [&](const ConfigKey& key, const std::string& name, const Config& view) {
    const std::vector<std::string> items = key.get(view);
    if (!key.is_path || items.empty() || mistaken_.contains(name)) return;
    const std::string path = key.is_model ? ModelFileOf(items.front()) : items.front();
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    const bool is_directory = std::filesystem::is_directory(status);
    if (std::filesystem::exists(status) && !is_directory) return;
    const auto place = places_.find(name);
    Add({.where = (place == places_.end() ? "" : place->second + ": ") + name,
         .expected = "a file",
         .got = path + (is_directory ? ", a directory" : ", which does not exist")});
  });
}

void ConfigReader::ReportUnknown(const std::string& name, const std::string& where) {
  Add({.where = where + ": " + NameNow(name),
       .what = "unknown key",
       .hint = HintForUnknownKey(name)});
}

void ConfigReader::AddCrossMistake(const std::string& mistake) {
  const std::string key = mistake.substr(0, mistake.find_first_of(":,"));
  if (unreadable_ || mistaken_.contains(key)) return;
  const auto place = places_.find(key);
  mistakes_.push_back(place == places_.end() ? mistake : place->second + ": " + mistake);
}

void ConfigReader::ThrowMistakes() const {
  if (mistakes_.empty()) return;
  std::string text;
  for (std::size_t i = 0; i < std::min(mistakes_.size(), kMostMistakes); ++i) {
    text += (i > 0 ? "\n" : "") + mistakes_[i];
  }
  if (mistakes_.size() > kMostMistakes) {
    text += fmt::format("\n… and {} more", mistakes_.size() - kMostMistakes);
  }
  throw ConfigError({.what = text});
}

}  // namespace talmach
