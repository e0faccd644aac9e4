#include "config/config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/config_keys.h"
#include "config/config_template.h"
#include "support/temporary_directory.h"

namespace talmach {
namespace {

// What every configuration needs.
constexpr const char* kData = "data: {train: {source: s.txt, target: t.txt}}\n";

class ConfigTest : public testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) const {
    return temporary_.Write(name, text);
  }

  Config Load(const std::string& text, const std::vector<std::string>& changes = {}) const {
    std::vector<ConfigOverride> overrides;
    for (const std::string& change : changes) overrides.push_back(ParseOverride(change));
    return LoadConfig({Write("x.yaml", kData + text)}, overrides);
  }

  // The mistakes of `text` after a first line, with the path left out.
  std::string MistakesOf(const std::string& text,
                         const std::vector<std::string>& changes = {}) const {
    try {
      Load(text, changes);
    } catch (const ConfigError& error) {
      std::string message = error.what();
      const std::string path = directory_ + "/";
      for (std::size_t at; (at = message.find(path)) != std::string::npos;) {
        message.erase(at, path.size());
      }
      return message;
    }
    return "none";
  }

  TemporaryDirectory temporary_;
  std::string directory_ = temporary_.Path("").substr(0, temporary_.Path("").size() - 1);
};

TEST_F(ConfigTest, ReadsValuesOfEveryKind) {
  const Config config = Load(
      "model:\n  embedding_size: 128\n  readout: {size: 128}\n  encoder: {layer_norm: true}\n"
      "  decoder: {type: bahdanau}\n  dropout: {embedding: 0.25}\n"
      "training: {save_every: 500u, max_seconds: 1.5, seed: 7}\n"
      "validation: {metrics: [bleu, cross_entropy], every: 2e}\n");
  EXPECT_EQ(config.model.embedding_size, 128);
  EXPECT_TRUE(config.model.encoder.layer_norm);
  EXPECT_EQ(config.model.decoder.type, DecoderType::kBahdanau);
  EXPECT_EQ(config.model.dropout.embedding, 0.25f);
  EXPECT_EQ(config.training.save_every, (Period{500, Period::Unit::kUpdates}));
  EXPECT_EQ(config.training.max_seconds, 1.5);
  EXPECT_EQ(config.training.seed, 7u);
  EXPECT_EQ(
      config.validation.metrics,
      (std::vector<ValidationMetric>{ValidationMetric::kBleu, ValidationMetric::kCrossEntropy}));
}

TEST_F(ConfigTest, TakesPathsRelativeToTheFile) {
  const Config config = Load("");
  EXPECT_EQ(config.data.train.front().source, directory_ + "/s.txt");
  EXPECT_EQ(Load("", {"data.train.source=here.txt"}).data.train.front().source, "here.txt");
}

TEST_F(ConfigTest, LetsLaterFilesAndThenChangesWin) {
  const std::string first = Write("a.yaml", std::string(kData) + "training: {seed: 1, workers: 2}");
  const std::string second = Write("b.yaml", "training: {seed: 2}");
  Config config = LoadConfig({first, second}, {});
  EXPECT_EQ(config.training.seed, 2u);
  EXPECT_EQ(config.training.workers, 2);
  config = LoadConfig({first, second}, {ParseOverride("training.seed=3")});
  EXPECT_EQ(config.training.seed, 3u);
}

TEST_F(ConfigTest, ReportsAllMistakesAtOnceWithTheirPlaces) {
  EXPECT_EQ(MistakesOf("training:\n"
                       "  batch_tokens: -5\n"
                       "  batch_token: 3\n"
                       "  precision: bfloat\n"
                       "model:\n"
                       "  encoder: 7\n"
                       "  dropout: {state: 1.0}\n"),
            "x.yaml:3: training.batch_tokens: expected > 0, got -5\n"
            "x.yaml:4: training.batch_token: unknown key; did you mean batch_tokens?\n"
            "x.yaml:5: training.precision: expected one of auto, float32, bfloat16, got bfloat; "
            "did you mean bfloat16?\n"
            "x.yaml:7: model.encoder: expected a section, got 7; its keys are layers, "
            "hidden_size, layer_norm\n"
            "x.yaml:8: model.dropout.state: expected in [0, 1), got 1.0");
}

TEST_F(ConfigTest, RefusesWrongTypes) {
  EXPECT_EQ(MistakesOf("training: {seed: many}"),
            "x.yaml:2: training.seed: expected an integer, got many");
  EXPECT_EQ(MistakesOf("training: {seed: 1.5}"),
            "x.yaml:2: training.seed: expected an integer, got 1.5");
  EXPECT_EQ(MistakesOf("training: {learning_rate: fast}"),
            "x.yaml:2: training.learning_rate: expected a number, got fast");
  EXPECT_EQ(MistakesOf("training: {learning_rate: [1]}"),
            "x.yaml:2: training.learning_rate: expected > 0, got a list");
  EXPECT_EQ(MistakesOf("training: {learning_rate: }"),
            "x.yaml:2: training.learning_rate: expected > 0, got nothing");
  EXPECT_EQ(MistakesOf("tokenizer: {joint: maybe}"),
            "x.yaml:2: tokenizer.joint: expected true or false, got maybe");
  EXPECT_EQ(MistakesOf("training: {save_every: 5x}"),
            "x.yaml:2: training.save_every: expected updates (500u), epochs (1e) or 0 for never, "
            "got 5x");
  EXPECT_EQ(MistakesOf("validation: {metrics: [bleu, comet]}"),
            "x.yaml:2: validation.metrics: expected one of cross_entropy, perplexity, bleu, chrf, "
            "ter, script, got comet");
  EXPECT_EQ(MistakesOf("validation: {metrics: []}"),
            "x.yaml:2: validation.metrics: expected at least one of cross_entropy, perplexity, "
            "bleu, chrf, ter, script, got none");
  EXPECT_EQ(MistakesOf("training: {max_updates: 99999999999999999999}"),
            "x.yaml:2: training.max_updates: expected an integer, got 99999999999999999999");
}

TEST_F(ConfigTest, RefusesCoveragesThatSentencePieceWouldRefuse) {
  EXPECT_EQ(MistakesOf("tokenizer: {character_coverage: 0.97}"),
            "x.yaml:2: tokenizer.character_coverage: expected from 0.98 to 1, got 0.97");
  EXPECT_EQ(Load("tokenizer: {character_coverage: 0.98}").tokenizer.character_coverage, 0.98f);
}

TEST_F(ConfigTest, FindsMistypedKeysInOtherSections) {
  EXPECT_EQ(MistakesOf("training: {display_every: 5u}"),
            "x.yaml:2: training.display_every: unknown key; did you mean logging.display_every?");
  EXPECT_EQ(MistakesOf("trainig: {seed: 5}"),
            "x.yaml:2: trainig: unknown key; did you mean training?");
  EXPECT_EQ(MistakesOf("seed: 5"), "x.yaml:2: seed: unknown key; did you mean training.seed?");
  EXPECT_EQ(MistakesOf("xyzzy: 5"),
            "x.yaml:2: xyzzy: unknown key; the sections are data, tokenizer, model, training, "
            "validation, translation, logging");
  EXPECT_EQ(MistakesOf("validation: {xyzzy: 5}"),
            "x.yaml:2: validation.xyzzy: unknown key; the keys of this section are every, sets, "
            "metrics, stop_on, keep_best, script, script_higher_is_better, beam_size, normalize, "
            "samples");
}

TEST_F(ConfigTest, KnowsTheHabitsOfOtherPrograms) {
  const auto hint = [&](const std::string& section, const std::string& key) {
    const std::string mistakes = MistakesOf(section + ": {" + key + ": 1}");
    return mistakes.substr(std::min(mistakes.size(), mistakes.find("; ") + 2));
  };
  EXPECT_EQ(hint("training", "batch_size"), "did you mean training.batch_sentences?");
  EXPECT_EQ(hint("training", "epochs"), "did you mean training.max_epochs?");
  EXPECT_EQ(hint("training", "lr"), "did you mean training.learning_rate?");
  EXPECT_EQ(hint("training", "patience"),
            "did you mean training.plateau_patience or training.early_stopping?");
  EXPECT_EQ(hint("training", "optimizer"),
            "training uses Adam; section training has its beta1, beta2 and epsilon");
  EXPECT_EQ(hint("tokenizer", "vocab_size"), "did you mean tokenizer.vocabulary_size?");
  EXPECT_EQ(hint("logging", "tensorboard"),
            "the model directory's train.jsonl holds every number of a training");
  EXPECT_EQ(MistakesOf("", {"data.max-len=8"}),
            "--set: data.max_len: unknown key; did you mean data.max_length?");
  EXPECT_EQ(hint("validation", "beam"),
            "did you mean validation.beam_size or translation.beam_size?");
  EXPECT_EQ(hint("training", "dropout"), "did you mean model.dropout?");
  EXPECT_EQ(hint("model", "hidden_size"),
            "did you mean model.encoder.hidden_size or model.decoder.hidden_size?");
  EXPECT_EQ(MistakesOf("", {"training.batch-size=8"}),
            "--set: training.batch_size: unknown key; did you mean training.batch_sentences?");
}

TEST(ConfigKeysTest, NoHabitIsAKeyOfItsOwnSection) {
  for (const ConfigKey& key : ConfigKeys()) {
    const std::string section = key.name.substr(0, key.name.rfind('.') + 1);
    for (const std::string& habit : key.habits) {
      EXPECT_EQ(FindConfigKey(section + habit), nullptr) << section << habit;
    }
  }
}

TEST_F(ConfigTest, RefusesNumbersThatTheirTypeCannotHold) {
  const std::string single = "a number that single precision holds, got ";
  for (const char* number : {"1e39", "1e308", "1e-50", "1e-40"}) {
    for (const char* key : {"training.clip_norm", "model.attention.temperature",
                            "training.guided_alignment.weight", "training.epsilon"}) {
      EXPECT_EQ(MistakesOf("", {std::string(key) + "=" + number}),
                std::string("--set: ") + key + ": expected " + single + number);
    }
  }
  for (const char* number : {"1e309", "1e-400", "1e-310", "inf", "nan", "1x", "0x1"}) {
    EXPECT_EQ(MistakesOf("", {std::string("training.learning_rate=") + number}),
              std::string("--set: training.learning_rate: expected a number, got ") + number);
  }
  EXPECT_EQ(MistakesOf("", {"training.threads=4294967297"}),
            "--set: training.threads: expected from 0 to 1024, got 4294967297");
  EXPECT_EQ(Load("", {"training.clip_norm=3.4e38"}).training.clip_norm, 3.4e38f);
}

TEST_F(ConfigTest, TheReadoutFollowsTheEmbeddingsItIsTiedTo) {
  EXPECT_EQ(Load("model: {embedding_size: 100}").model.readout.size, 100);
  EXPECT_EQ(Load("model: {embedding_size: 100, tied_embeddings: decoder}").model.readout.size, 100);
  EXPECT_EQ(Load("model: {embedding_size: 100, tied_embeddings: none}").model.readout.size, 256);
}

TEST_F(ConfigTest, ThePrecisionIsTheProcessorsUnlessItIsSet) {
  EXPECT_FALSE(Load("").training.precision.has_value());
  EXPECT_FALSE(Load("training: {precision: auto}").training.precision.has_value());
  EXPECT_EQ(Load("training: {precision: float32}").training.precision, Precision::kFloat32);
  EXPECT_EQ(MistakesOf("training: {precision: int8}").find("expected one of auto, float32"), 30u);
}

TEST_F(ConfigTest, FindsEveryFileThatIsMissing) {
  const std::string path =
      Write("x.yaml", std::string(kData) + "tokenizer: {source_model: a.spm, target_model: b.spm}");
  Write("s.txt", "a\n");
  Write("a.spm", "a\n");
  try {
    LoadConfig({path}, {}, Files::kMustExist);
    FAIL() << "it was taken";
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.what(), path + ":1: data.train.target: expected a file, got " + directory_ +
                                "/t.txt, which does not exist\n" + path +
                                ":2: tokenizer.target_model: expected a file, got " + directory_ +
                                "/b.spm, which does not exist");
  }
}

TEST_F(ConfigTest, TheTemplateIsAcceptedOnceItsFilesExist) {
  for (const ConfigSize size : {ConfigSize::kSmall, ConfigSize::kMedium, ConfigSize::kLarge}) {
    const std::string path = Write("init.yaml", ConfigTemplate(size));
    EXPECT_THROW(LoadConfig({path}, {}, Files::kMustExist), ConfigError);
    for (const char* file : {"train.source", "train.target", "valid.source", "valid.target"}) {
      Write(file, "a\n");
    }
    EXPECT_NO_THROW(LoadConfig({path}, {}, Files::kMustExist));
    for (const char* file : {"train.source", "train.target", "valid.source", "valid.target"}) {
      std::filesystem::remove(directory_ + "/" + file);
    }
  }
}

TEST_F(ConfigTest, NamesMistakesOfFlags) {
  EXPECT_EQ(MistakesOf("", {"training.sede=1"}),
            "--set: training.sede: unknown key; did you mean seed?");
  EXPECT_EQ(MistakesOf("", {"training.seed=x"}),
            "--set: training.seed: expected an integer, got x");
  EXPECT_EQ(MistakesOf("", {"training.seed", "=5", "training.sede=1"}),
            "--set: expected section.key=value, got training.seed\n"
            "--set: expected section.key=value, got =5\n"
            "--set: training.sede: unknown key; did you mean seed?");
  EXPECT_EQ(Load("", {"training.batch-tokens=900"}).training.batch_tokens, 900);
  EXPECT_EQ(Load("", {"validation.metrics=[bleu]"}).validation.metrics.size(), 1u);
}

TEST_F(ConfigTest, ChecksKeysAgainstEachOtherAndNamesThePlace) {
  EXPECT_EQ(MistakesOf("training: {schedule: cosine}"),
            "x.yaml:2: training.schedule: cosine needs to know where training ends; set "
            "training.max_epochs, training.max_updates or training.max_seconds");
  EXPECT_EQ(MistakesOf("tokenizer: {joint: false}"),
            "model.tied_embeddings: expected decoder or none, as tokenizer.joint is false, got "
            "all");
  EXPECT_EQ(
      MistakesOf("tokenizer: {source_model: s.spm}"),
      "x.yaml:2: tokenizer.source_model, tokenizer.target_model: expected both or none, got one of "
      "them");
  EXPECT_NE(
      MistakesOf("model: {embedding_size: 100, readout: {size: 50}}").find("model.readout.size"),
      std::string::npos);
}

TEST_F(ConfigTest, DemandsTrainingText) {
  EXPECT_THROW(LoadConfig({Write("empty.yaml", "")}, {}), ConfigError);
}

TEST_F(ConfigTest, MeasuresBatchesInTheUnitNamedLast) {
  EXPECT_EQ(Load("training: {batch_tokens: 900}").training.batch_sentences, 0);
  EXPECT_EQ(
      Load("training: {batch_tokens: 900}", {"training.batch_sentences=8"}).training.batch_tokens,
      0);
  EXPECT_NE(MistakesOf("training: {batch_tokens: 900, batch_sentences: 64}"), "none");
}

TEST_F(ConfigTest, RefusesASecondDocument) {
  EXPECT_EQ(MistakesOf("---\ntraining: {sede: 1}"),
            "x.yaml: expected one YAML document, got several, divided by ---");
  // YAML::LoadAll never comes to the end of this one.
  EXPECT_TRUE(MistakesOf(",a: 1").starts_with("x.yaml:"));
}

TEST_F(ConfigTest, BlamesNoKeyOfAFileThatIsNoYaml) {
  const std::string broken = Write("broken.yaml", "data: {train: {source: s.txt");
  try {
    LoadConfig({broken}, {});
    FAIL() << "it was taken";
  } catch (const ConfigError& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with(broken + ":1: not valid YAML: "));
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
  }
}

TEST_F(ConfigTest, RefusesKeysGivenTwice) {
  EXPECT_EQ(MistakesOf("training:\n  seed: 1\n  seed: 2"), "x.yaml:4: training.seed: given twice");
}

TEST_F(ConfigTest, SurvivesHostileFiles) {
  EXPECT_NE(MistakesOf(std::string(200000, '[')), "none");
  EXPECT_NE(MistakesOf(std::string(100000, '{')), "none");
  EXPECT_NE(MistakesOf("model: &a {encoder: *a}"), "none");
  EXPECT_NE(MistakesOf("a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\n"
                       "c: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\n"
                       "model: *d"),
            "none");
  EXPECT_NE(MistakesOf(std::string("\0\1\2\xff\xfe", 5)), "none");
  EXPECT_NE(MistakesOf("training: {seed: 'unclosed"), "none");
  EXPECT_NE(MistakesOf("? [a]\n: b"), "none");
  EXPECT_NE(MistakesOf("<<: {seed: 1}"), "none");
  EXPECT_THROW(LoadConfig({Write("big.yaml", std::string(2 << 20, ' '))}, {}), ConfigError);
  EXPECT_THROW(LoadConfig({directory_ + "/none.yaml"}, {}), ConfigError);
  EXPECT_THROW(LoadConfig({directory_}, {}), ConfigError);
}

TEST_F(ConfigTest, LimitsTheNumberOfReportedMistakes) {
  std::string text = "training:\n";
  for (int i = 0; i < 1000; ++i) text += "  wrong" + std::to_string(i) + ": 1\n";
  const std::string mistakes = MistakesOf(text);
  EXPECT_EQ(std::ranges::count(mistakes, '\n'), 50);
  EXPECT_TRUE(mistakes.ends_with("… and 950 more")) << mistakes.substr(mistakes.size() - 60);
}

TEST_F(ConfigTest, ReadsAgainWhatItPrints) {
  const Config config = Load(
      "training: {learning_rate: 3.0e-4, batch_tokens: 1200, schedule: constant}\n"
      "model: {dropout: {state: 0.1}}\nvalidation: {metrics: [bleu]}\n"
      "translation: {unk: ban, normalize: 0.6}\n",
      {"data.valid.source=/a: b #c.txt", "data.valid.target=/true"});
  const std::string printed = ToYaml(config);
  const Config again = LoadConfig({Write("again.yaml", printed)}, {});
  EXPECT_EQ(ToYaml(again), printed);
  for (const ConfigKey& key : ConfigKeys()) EXPECT_EQ(key.get(again), key.get(config)) << key.name;
}

TEST(ConfigKeysTest, AcceptTheirOwnDefaults) {
  const Config defaults;
  for (const ConfigKey& key : ConfigKeys()) {
    const std::vector<std::string> items = key.get(defaults);
    if (items.empty()) continue;
    Config config;
    EXPECT_FALSE(key.set(config, items).has_value()) << key.name;
    EXPECT_EQ(key.get(config), items) << key.name;
  }
}

TEST(ConfigKeysTest, StandInTheManual) {
  std::ifstream file("docs/configuration.md");
  std::stringstream manual;
  manual << file.rdbuf();
  std::istringstream table(ConfigKeysAsMarkdown());
  for (std::string line; std::getline(table, line);) {
    EXPECT_NE(manual.str().find(line + "\n"), std::string::npos)
        << line << "\nis missing: put the output of `talmach config keys` into the manual";
  }
}

TEST(ConfigKeysTest, AcceptEveryFileInConfigs) {
  int num_files = 0;
  for (const auto& entry : std::filesystem::directory_iterator("configs")) {
    if (entry.path().extension() != ".yaml") continue;
    ++num_files;
    EXPECT_NO_THROW(LoadConfig({entry.path().string()}, {})) << entry.path();
  }
  EXPECT_GT(num_files, 0);
}

TEST(ConfigKeysTest, AreExplainedWhereverAFileInConfigsSetsThem) {
  for (const auto& entry : std::filesystem::directory_iterator("configs")) {
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      const std::size_t colon = line.find(": ");
      if (line.find('#') == std::string::npos) {
        EXPECT_EQ(colon, std::string::npos) << entry.path() << ": no comment: " << line;
      }
    }
  }
}

}  // namespace
}  // namespace talmach
