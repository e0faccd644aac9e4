// Tested by tests/training/trainer_test.cc.
#include "training/model_average.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "model/model_file.h"

namespace talmach {
namespace {

// Throws unless two models are of one kind.
void CheckSame(const std::string& what, const std::string& expected, const std::string& got,
               const std::string& path, const std::string& first_path) {
  if (expected == got) return;
  throw CheckpointError({.where = path,
                         .what = what + " is not that of " + first_path,
                         .expected = expected,
                         .got = got});
}

}  // namespace

void AverageWeights(const std::vector<std::string>& paths, const ParameterSet& parameters,
                    View slab) {
  Require(!paths.empty(), "there is something to average");
  std::vector<double> sums(static_cast<std::size_t>(slab.size()));
  Tensor<float> one({slab.size()});
  for (const std::string& path : paths) {
    const SafetensorsFile file(path);
    file.Verify();
    LoadSlab(file, parameters, "", one.view());
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += one.data()[i];
  }
  const auto count = static_cast<double>(paths.size());
  std::ranges::transform(sums, slab.data(),
                         [&](double sum) { return static_cast<float>(sum / count); });
}

void AverageModels(const std::vector<std::string>& inputs, const std::string& output) {
  Require(!inputs.empty(), "there is something to average");
  const std::string& first_path = inputs.front();
  LoadedModel first = LoadModel(first_path, Precision::kFloat32);
  for (const std::string& path : inputs) {
    const ModelMetadata other = ReadModelMetadata(SafetensorsFile(path));
    CheckSame("the configuration", ToJson(first.metadata.config).dump(),
              ToJson(other.config).dump(), path, first_path);
    CheckSame("the source vocabulary", first.metadata.source_vocabulary_hash,
              other.source_vocabulary_hash, path, first_path);
    CheckSame("the target vocabulary", first.metadata.target_vocabulary_hash,
              other.target_vocabulary_hash, path, first_path);
    first.metadata.updates = std::max(first.metadata.updates, other.updates);
  }
  ParameterSet& parameters = first.model->parameters();
  AverageWeights(inputs, parameters, parameters.slab());
  SaveModel(output, parameters, parameters.slab(), first.metadata);
}

}  // namespace talmach
