#include "config/resume_rule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/config_keys.h"
#include "model/model_config.h"

namespace talmach {
namespace {

const ConfigKey& KeyOf(const Config& config, const void* field) {
  return *FindConfigKey(NameOf(config, field));
}

bool Matters(const ConfigKey& key, const Config& config) {
  return key.resume.matters == nullptr || key.resume.matters(config);
}

TEST(ResumeRuleTest, LimitsMatterUnderCosine) {
  Config config;
  const ConfigKey& key = KeyOf(config, &config.training.max_updates);
  EXPECT_FALSE(Matters(key, config));
  config.training.schedule = ScheduleType::kCosine;
  EXPECT_TRUE(Matters(key, config));
  EXPECT_EQ(key.resume.change, ResumeRule::Change::kReported);
}

TEST(ResumeRuleTest, TheBeamMattersWhereTranslationsChoose) {
  Config config;
  config.validation.metrics = {ValidationMetric::kBleu};
  const ConfigKey& key = KeyOf(config, &config.validation.beam_size);
  EXPECT_FALSE(Matters(key, config));
  config.data.valid_source = "valid.en";
  for (const auto metric : {ValidationMetric::kBleu, ValidationMetric::kChrf,
                            ValidationMetric::kTer, ValidationMetric::kScript}) {
    config.validation.metrics = {metric};
    EXPECT_TRUE(Matters(key, config)) << ToString(metric);
  }
  config.validation.metrics = {ValidationMetric::kCrossEntropy, ValidationMetric::kBleu};
  EXPECT_FALSE(Matters(key, config));
}

// Its best score is kept wherever it stands among the metrics.
TEST(ResumeRuleTest, WhatAScriptCallsBetterMattersWhereThereIsOne) {
  Config config;
  config.data.valid_source = "valid.en";
  const ConfigKey& key = KeyOf(config, &config.validation.script_higher_is_better);
  EXPECT_FALSE(Matters(key, config));
  config.validation.metrics = {ValidationMetric::kBleu, ValidationMetric::kScript};
  EXPECT_TRUE(Matters(key, config));
  EXPECT_EQ(key.resume.change, ResumeRule::Change::kRefused);
}

TEST(ResumeRuleTest, ASetAloneIsValidation) {
  Config config;
  EXPECT_FALSE(HasValidation(config));
  config.validation.sets.front().tsv = "valid.tsv";
  EXPECT_TRUE(HasValidation(config));
  EXPECT_EQ(KeyOf(config, &config.validation.sets.front().tsv).resume.change,
            ResumeRule::Change::kReported);
}

TEST(ResumeRuleTest, PrecisionIsNotedAsItComesOut) {
  Config config;
  const ConfigKey& key = KeyOf(config, &config.training.precision);
  EXPECT_NE(key.resume.noted(config), "auto");
  config.training.precision = Precision::kBFloat16;
  EXPECT_EQ(key.resume.noted(config), "bfloat16");
}

// Checkpoints note values as the metadata of model files do, which older checkpoints took over.
TEST(ResumeRuleTest, EachKeyOfTheModelIsRefusedByTheValueOfItsMetadata) {
  Config config;
  config.model.dropout.state = 0.1f;
  const nlohmann::json metadata = ToJson(config.model).flatten();
  std::size_t num_keys = 0;
  for (const ConfigKey& key : ConfigKeys()) {
    // A file is what a model starts with, and no part of its shape.
    if (!key.name.starts_with("model.") || key.is_path) continue;
    ++num_keys;
    std::string path = key.name.substr(std::string("model").size());
    std::ranges::replace(path, '.', '/');
    EXPECT_EQ(key.resume.change, ResumeRule::Change::kRefused) << key.name;
    EXPECT_EQ(key.json(config), metadata.at(path)) << key.name;
  }
  EXPECT_EQ(num_keys, metadata.size());
}

}  // namespace
}  // namespace talmach
