// Tokenizers trained on the tiny corpus, once for all tests of the program.
#pragma once

#include <memory>
#include <string>

#include "support/temporary_directory.h"
#include "support/tiny_corpus.h"
#include "text/tokenizer.h"
#include "text/tokenizer_trainer.h"

namespace talmach {

/// A model of 100 pieces over both languages. The file lives as long as the program.
inline const std::string& TinyTokenizerPath(TokenizerTrainerOptions::Type type) {
  static const TemporaryDirectory directory;
  const auto train = [](TokenizerTrainerOptions::Type model_type, const std::string& name) {
    const TinyCorpus corpus = MakeTinyCorpus(300);
    const TokenizerTrainerOptions options{
        .inputs = {directory.Write("text.en", TinyCorpus::Join(corpus.source)),
                   directory.Write("text.de", TinyCorpus::Join(corpus.target))},
        .model_prefix = directory.Path(name),
        .vocabulary_size = 100,
        .type = model_type};
    return TrainTokenizer(options).model_path;
  };
  static const std::string unigram = train(TokenizerTrainerOptions::Type::kUnigram, "unigram");
  static const std::string bpe = train(TokenizerTrainerOptions::Type::kBpe, "bpe");
  return type == TokenizerTrainerOptions::Type::kUnigram ? unigram : bpe;
}

inline std::shared_ptr<const Tokenizer> TinyTokenizer(
    TokenizerTrainerOptions::Type type = TokenizerTrainerOptions::Type::kUnigram) {
  return Tokenizer::Load(TinyTokenizerPath(type));
}

}  // namespace talmach
