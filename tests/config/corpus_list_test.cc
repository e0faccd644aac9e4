#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "config/config_keys.h"
#include "config/corpus_keys.h"
#include "support/temporary_directory.h"

namespace talmach {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kTwoCorpora =
    "data:\n"
    "  train:\n"
    "    - {source: a.en, target: a.de.gz, weight: 2}\n"
    "    - tsv: b.tsv\n"
    "      columns: [3, 4]\n"
    "      name: back\n"
    "      tag: <bt>\n"
    "      weight: 0.5\n"
    "      links: b.links\n"
    "  mixing: weights\n"
    "  mixing_temperature: 2\n";

class CorpusListTest : public testing::Test {
 protected:
  std::string Path(const std::string& name) const { return directory_.Path(name); }

  Config Load(const std::string& text, const std::vector<std::string>& changes = {},
              Files files = Files::kMayBeMissing) const {
    std::vector<ConfigOverride> overrides;
    for (const std::string& change : changes) overrides.push_back(ParseOverride(change));
    return LoadConfig({directory_.Write("x.yaml", text)}, overrides, files);
  }

  // The mistakes, with the path left out.
  std::string MistakesOf(const std::string& text, const std::vector<std::string>& changes = {},
                         Files files = Files::kMayBeMissing) const {
    try {
      Load(text, changes, files);
    } catch (const ConfigError& error) {
      std::string message = error.what();
      const std::string path = Path("");
      for (std::size_t at; (at = message.find(path)) != std::string::npos;) {
        message.erase(at, path.size());
      }
      return message;
    }
    return "none";
  }

  TemporaryDirectory directory_;
};

TEST_F(CorpusListTest, ReadsAListOfCorpora) {
  const Config config = Load(kTwoCorpora);
  ASSERT_EQ(config.data.train.size(), 2u);
  const CorpusOptions& first = config.data.train[0];
  EXPECT_EQ(first.source, Path("a.en"));
  EXPECT_EQ(first.target, Path("a.de.gz"));
  EXPECT_EQ(first.weight, 2.0);
  EXPECT_EQ(first.DisplayName(), "a.en");
  const CorpusOptions& second = config.data.train[1];
  EXPECT_EQ(second.tsv, Path("b.tsv"));
  EXPECT_THAT(second.columns, ElementsAre(3, 4));
  EXPECT_EQ(second.name, "back");
  EXPECT_EQ(second.tag, "<bt>");
  EXPECT_EQ(second.links, Path("b.links"));
  EXPECT_EQ(config.data.mixing.type, CorpusMixing::kWeights);
  EXPECT_EQ(config.data.mixing.temperature, 2.0);
}

TEST_F(CorpusListTest, AListOfOneIsTheShortForm) {
  const Config list = Load("data: {train: [{source: a.en, target: a.de}]}");
  const Config section = Load("data: {train: {source: a.en, target: a.de}}");
  EXPECT_EQ(ToYaml(list), ToYaml(section));
  EXPECT_THAT(ToYaml(list), StartsWith("data:\n  train:\n    source: "));
}

TEST_F(CorpusListTest, WrittenAndReadAgainItIsTheSame) {
  const std::string text = ToYaml(WithAbsolutePaths(Load(kTwoCorpora)));
  EXPECT_THAT(text, HasSubstr("    - tsv: " + Path("b.tsv") +
                              "\n      columns: [3, 4]\n      name: back\n      weight: 0.5\n"));
  EXPECT_EQ(ToYaml(Load(text)), text);
}

TEST_F(CorpusListTest, LaterOnesTakeThePlaceOfTheWholeList) {
  const std::string list = directory_.Write("list.yaml", kTwoCorpora);
  const std::string other =
      directory_.Write("other.yaml", "data: {train: [{source: c.en, target: c.de}]}");
  EXPECT_EQ(LoadConfig({list, other}, {}).data.train.size(), 1u);
  const Config changed =
      Load(kTwoCorpora, {"data.train.source=s", "data.train.target=t", "data.mixing=all"});
  ASSERT_EQ(changed.data.train.size(), 1u);
  EXPECT_EQ(changed.data.train[0].source, "s");
  EXPECT_EQ(changed.data.train[0].target, "t");
  EXPECT_EQ(changed.data.train[0].weight, 0.0);
  const Config flag = Load("", {"data.train=[{source: s, target: t}, {tsv: u/./v, weight: 3}]"});
  ASSERT_EQ(flag.data.train.size(), 2u);
  EXPECT_EQ(flag.data.train[0].source, "s");
  EXPECT_EQ(flag.data.train[1].tsv, "u/v");
}

TEST_F(CorpusListTest, NamesTheCorpusAndTheLineOfEachMistake) {
  EXPECT_EQ(MistakesOf("data:\n"
                       "  train:\n"
                       "    - {source: a.en, target: a.de, weight: 0}\n"
                       "    - {source: b.en, target: b.de, weight: -1}\n"
                       "    - {source: c.en, target: c.de, weight: .nan, sourc: c}\n"
                       "    - {tsv: d.tsv, columns: [0, 1]}\n"
                       "    - {tsv: e.tsv, columns: [1]}\n"
                       "    - {tsv: f.tsv, name: '', tag: ' '}\n"
                       "    - g.tsv\n"),
            "x.yaml:3: data.train[1].weight: expected > 0, got 0\n"
            "x.yaml:4: data.train[2].weight: expected > 0, got -1\n"
            "x.yaml:5: data.train[3].weight: expected a number, got .nan\n"
            "x.yaml:5: data.train[3].sourc: unknown key; did you mean source?\n"
            "x.yaml:6: data.train[4].columns: expected [source, target], columns from 1, got "
            "[0, 1]\n"
            "x.yaml:7: data.train[5].columns: expected [source, target], columns from 1, got [1]\n"
            "x.yaml:8: data.train[6].name: expected a name, got nothing\n"
            "x.yaml:8: data.train[6].tag: expected words, got nothing\n"
            "x.yaml:9: data.train[7]: expected the keys of a corpus, got g.tsv; they are source, "
            "target, tsv, columns, name, weight, tag, links");
  EXPECT_EQ(MistakesOf("data: {train: []}"),
            "x.yaml:1: data.train: expected at least one corpus, got none");
  EXPECT_EQ(MistakesOf("", {"data.train=[{source: s"}),
            "--set: data.train: expected a list such as [{source: FILE, target: FILE}], got "
            "[{source: s");
  EXPECT_THAT(MistakesOf("", {"data.train=[{source: s, target: t, weight: 0}]"}),
              StartsWith("--set: data.train.weight: expected > 0, got 0"));
}

TEST_F(CorpusListTest, RefusesCorporaThatContradictThemselvesOrEachOther) {
  EXPECT_EQ(MistakesOf("data: {train: [{source: a, target: b}, {source: c}]}"),
            "data.train[2].target: expected a file, got nothing");
  EXPECT_EQ(MistakesOf("data: {train: {source: a, tsv: b}}"),
            "x.yaml:1: data.train.source: expected nothing beside data.train.tsv, got a");
  EXPECT_EQ(MistakesOf("data: {train: [{source: a/x, target: y}, {tsv: z, name: x}]}"),
            "x.yaml:1: data.train[2].name: expected a name of its own, got 'x', as another corpus");
  EXPECT_EQ(MistakesOf("data: {mixing: weights, train: [{source: a, target: b, weight: 1},"
                       " {source: c, target: d}]}"),
            "data.train[2].weight: expected a weight for every corpus or for none, got none");
  EXPECT_EQ(MistakesOf("data: {train: [{source: a, target: b}, {source: c, target: d}]}\n"
                       "training: {guided_alignment: {links: l}}"),
            "x.yaml:2: training.guided_alignment.links: these are the links of the only corpus; "
            "expected one corpus without links of its own, got others; set data.train[2].links");
  EXPECT_EQ(MistakesOf("data: {mixing: some, train: {source: a, target: b}}"),
            "x.yaml:1: data.mixing: expected one of all, weights, got some");
}

TEST_F(CorpusListTest, MissingFilesOfEachCorpusAreMistakes) {
  directory_.Write("a", "");
  EXPECT_EQ(MistakesOf("data:\n  train:\n    - {source: a, target: a}\n    - {tsv: b}\n", {},
                       Files::kMustExist),
            "x.yaml:4: data.train[2].tsv: expected a file, got b, which does not exist");
}

TEST_F(CorpusListTest, TheLinksOfTheOnlyCorpusMayStandAtGuidedAlignment) {
  Config config = Load(
      "data: {train: {source: a, target: b}}\n"
      "training: {guided_alignment: {links: l}}");
  EXPECT_EQ(CorporaWithLinks(config)[0].links, Path("l"));
  EXPECT_TRUE(HasLinks(config));
  config = Load(kTwoCorpora);
  EXPECT_EQ(CorporaWithLinks(config)[0].links, "");
  EXPECT_EQ(CorporaWithLinks(config)[1].links, Path("b.links"));
  EXPECT_TRUE(HasLinks(config));
  EXPECT_FALSE(HasLinks(Config()));
}

class ValidationSetsTest : public CorpusListTest {
 protected:
  static constexpr const char* kTrain = "data: {train: {source: a, target: b}}\n";
  static std::string WithSets(const std::string& sets) {
    return kTrain + ("validation: {sets: " + sets + "}");
  }
  static std::vector<std::string> NamesOf(const Config& config) {
    std::vector<std::string> names;
    for (const CorpusOptions& set : ValidationSets(config)) names.push_back(set.DisplayName());
    return names;
  }
};

TEST_F(ValidationSetsTest, ThatOfTheDataIsTheFirst) {
  EXPECT_THAT(NamesOf(Load(kTrain)), ElementsAre());
  const std::string sets = WithSets("[{source: x/s.en.gz, target: t}, {tsv: u, name: news}]");
  EXPECT_THAT(NamesOf(Load(sets)), ElementsAre("s.en", "news"));
  const Config config = Load(sets, {"data.valid.source=v", "data.valid.target=w"});
  EXPECT_THAT(NamesOf(config), ElementsAre("valid", "s.en", "news"));
  EXPECT_EQ(ValidationSets(config)[1].source, Path("x/s.en.gz"));
  EXPECT_THAT(NamesOf(Load(WithSets("{tsv: u}"))), ElementsAre("u"));
  EXPECT_THAT(NamesOf(Load(sets, {"validation.sets=[{tsv: z}]"})), ElementsAre("z"));
}

TEST_F(ValidationSetsTest, WrittenAndReadAgainTheyAreTheSame) {
  const std::string text =
      ToYaml(WithAbsolutePaths(Load(WithSets("[{tsv: u, columns: [2, 1]}, {tsv: v}]"))));
  EXPECT_THAT(text, HasSubstr("    - tsv: " + Path("u") + "\n      columns: [2, 1]\n"));
  EXPECT_EQ(ToYaml(Load(text)), text);
  EXPECT_EQ(ToYaml(Load(kTrain)).find("sets"), std::string::npos);
}

TEST_F(ValidationSetsTest, TheirMistakesAreNamed) {
  EXPECT_EQ(MistakesOf(WithSets("[{source: s}, {tsv: t, sorce: 1}]")),
            "x.yaml:2: validation.sets[2].sorce: unknown key; did you mean source?\n"
            "validation.sets[1].target: expected a file, got nothing");
  EXPECT_EQ(MistakesOf(WithSets("[{tsv: x/t}, {tsv: y/t}]")),
            "validation.sets[2].name: expected a name of its own, got 't', as another corpus");
  EXPECT_EQ(MistakesOf(WithSets("[{tsv: t, name: valid}]"),
                       {"data.valid.source=v", "data.valid.target=w"}),
            "x.yaml:2: validation.sets.name: expected a name of its own, got 'valid', as another "
            "corpus");
  EXPECT_EQ(MistakesOf(WithSets("[{tsv: t, name: a/b}]")),
            "x.yaml:2: validation.sets.name: expected a name of one line without '/', got a/b");
  directory_.Write("a", "");
  directory_.Write("b", "");
  EXPECT_EQ(MistakesOf(WithSets("[{tsv: a}, {tsv: none}]"), {}, Files::kMustExist),
            "x.yaml:2: validation.sets[2].tsv: expected a file, got none, which does not exist");
}

// Later keys of this section are visited for each corpus, too.
TEST_F(CorpusListTest, EveryKeyIsVisitedOnceForEachCorpus) {
  std::size_t num_visits = 0;
  std::size_t num_of_corpora = 0;
  const Config config = Load(std::string(kTwoCorpora) + "validation: {sets: [{tsv: c}, {tsv: d}]}");
  ForEachKey(config, [&](const ConfigKey& key, const std::string& name, const Config&) {
    ++num_visits;
    num_of_corpora += IsOfCorpus(key) ? 1 : 0;
    EXPECT_EQ(name == key.name, !IsOfCorpus(key)) << name;
  });
  EXPECT_EQ(num_visits, ConfigKeys().size() + num_of_corpora / 2);
  EXPECT_EQ(num_of_corpora, 26u);
}

}  // namespace
}  // namespace talmach
