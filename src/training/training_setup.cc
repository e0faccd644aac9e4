// Tested by tests/training/run_start_test.cc and tests/training/training_benchmark_test.cc.
#include "training/training_setup.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/file_operations.h"
#include "config/corpus_keys.h"
#include "model/model_directory.h"
#include "text/corpus_tag.h"

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

void CheckTags(const TrainingSetup& setup) {
  for (std::size_t i = 0; i < setup.data.train.size(); ++i) {
    const std::string word = FindSplitWord(setup.data.train[i].tag, *setup.source_tokenizer);
    if (word.empty()) continue;
    throw ConfigError(
        {.where = NameOfCorpusKey(setup, i, &CorpusOptions::tag),
         .what = fmt::format("'{}' is no piece of the tokenizer", word),
         .hint = fmt::format("add it to {}: [{}]", NameOf(setup, &setup.tokenizer.symbols), word)});
  }
}

BatchIteratorOptions BatchOptions(const TrainingSetup& setup) {
  return {.corpora = CorporaWithLinks(setup),
          .mixing = setup.data.mixing,
          .batch_sentences = setup.training.batch_sentences,
          .batch_tokens = setup.training.batch_tokens,
          .max_length = setup.data.max_length,
          .sampling_alpha = setup.data.sampling_alpha,
          .seed = setup.training.seed};
}

}  // namespace talmach
