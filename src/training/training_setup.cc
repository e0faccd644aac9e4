// Tested by tests/training/run_start_test.cc and tests/training/training_benchmark_test.cc.
#include "training/training_setup.h"

#include "base/file_operations.h"
#include "model/model_directory.h"

namespace talmach {

std::shared_ptr<const FileLock> LockForTraining(const std::string& directory) {
  MakeDirectory(directory);
  return std::make_shared<const FileLock>(ModelDirectory(directory).Lock(),
                                          "another training runs in this directory");
}

std::shared_ptr<Seq2SeqModel> NewModel(const TrainingSetup& setup) {
  auto model = std::make_shared<Seq2SeqModel>(setup.model, setup.vocabulary(),
                                              ChoosePrecision(setup.training));
  model->parameters().Initialize(setup.training.seed);
  model->PackWeights();
  return model;
}

BatchIteratorOptions BatchOptions(const TrainingSetup& setup) {
  return {.source_path = setup.data.train_source,
          .target_path = setup.data.train_target,
          .links_path = setup.training.guided_alignment.links,
          .batch_sentences = setup.training.batch_sentences,
          .batch_tokens = setup.training.batch_tokens,
          .max_length = setup.data.max_length,
          .sampling_alpha = setup.data.sampling_alpha,
          .seed = setup.training.seed};
}

}  // namespace talmach
