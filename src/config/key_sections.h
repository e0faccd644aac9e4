// The keys of each section, declared once: name, field, range and meaning. Internal to config.
#pragma once

#include "config/config_key_table.h"

namespace talmach {

// Accessors: TALMACH_FIELD(model.encoder.layers) reaches that field of a Config.
#define TALMACH_FIELD(path) [](Config& config) -> FieldPointer { return &config.path; }
#define TALMACH_LIST(path) [](Config& config) { return &config.path; }
#define TALMACH_ENUM(path)                                                                       \
  EnumField {                                                                                    \
    .get = [](const Config& config) { return NumbersOf(config.path); },                          \
    .set = [](Config& config, const std::vector<int>& values) { Assign(&config.path, values); }, \
    .address = [](const Config& config) -> const void* { return &config.path; },                 \
  }

void AddData(ConfigKeyTable& table);
void AddTokenizer(ConfigKeyTable& table);
void AddModel(ConfigKeyTable& table);
void AddDropout(ConfigKeyTable& table);
void AddTraining(ConfigKeyTable& table);
void AddValidation(ConfigKeyTable& table);
void AddTranslation(ConfigKeyTable& table);

}  // namespace talmach
