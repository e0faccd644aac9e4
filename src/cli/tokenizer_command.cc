// Tested by tests/integration/program_test.py.
// talmach tokenizer train|encode|decode
#include <fmt/format.h>

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/command_steps.h"
#include "cli/file_flags.h"
#include "cli/key_flags.h"
#include "text/text_reader.h"
#include "text/text_writer.h"
#include "text/tokenizer.h"
#include "text/tokenizer_trainer.h"

namespace talmach {
namespace {

// Whether the key's value is one of the options of the trainer.
bool IsTrainerKey(const ConfigKey& key, const Config& config) {
  const TokenizerTrainerOptions* options = &config.tokenizer;
  const std::less<const void*> before;
  const void* address = key.address(config);
  return !before(address, options) && before(address, options + 1);
}

void DeclareTrainFlags(Config& config, CommandLine& line) {
  line.Group("Text and model")
      .List("input,i", &config.tokenizer.inputs, "FILE…",
            "text, a sentence per line; plain, .gz or .zst")
      .Output("model-prefix", &config.tokenizer.model_prefix, "PREFIX", "where to write the model",
              {".model", ".vocab"});
  FlagGroup& group = line.Group("Section tokenizer of the configuration has the same as keys");
  for (const ConfigKey& key : ConfigKeys()) {
    if (IsTrainerKey(key, config)) AddKeyFlag(key, &config, &group);
  }
  line.Alias("--vocab-size", "--vocabulary-size");
  line.Alias("--model-type", "--type");
  line.Mandatory({"input", "model-prefix"});
}

void Train(const Config& config, const CommandLine& /*line*/) {
  RequireWritable({{"--model-prefix", config.tokenizer.model_prefix + ".model"}});
  const TokenizerTrainerResult result = TrainTokenizer(config.tokenizer);
  Log().info("{}: {} pieces from {} lines", result.model_path, result.vocabulary_size,
             result.num_lines);
}

void RunTrain(const Arguments& arguments) {
  RunSteps<Config>(
      {.usage = "talmach tokenizer train -i FILE… --model-prefix PREFIX [FLAGS]",
       .summary =
           "Builds a SentencePiece model from text: PREFIX.model and PREFIX.vocab. With --type\n"
           "given the text is in pieces already, and the most frequent ones are listed.\n"
           "--vocab-size and --model-type may be said for --vocabulary-size and --type.",
       .declare = DeclareTrainFlags,
       .run = Train},
      arguments);
}

// The files of encode and decode.
struct FilterFiles {
  std::string model;
  std::string input = "-";
  std::string output = "-";
};

void DeclareFilterFlags(FilterFiles& files, CommandLine& line) {
  line.Group("Files")
      .Text("model,m", &files.model, "FILE.model", "SentencePiece model")
      .Text("input,i", &files.input, "FILE", "text to read")
      .Output("output,o", &files.output, "FILE", "where to write");
  line.Mandatory({"model"});
}

template <typename Convert>
void ConvertLines(const FilterFiles& files, const Convert& convert) {
  TextReader reader(files.input);
  TextWriter writer(files.output);
  std::string text;
  while (reader.ReadLine(&text)) {
    writer.WriteLine(convert(text));
    if (!reader.WaitForLine(0)) writer.Flush();  // for a program that waits for the answer
  }
  writer.Finish();
  LogRepairs(reader.name(), reader.repairs());
}

void Encode(const FilterFiles& files, const CommandLine& /*line*/) {
  const std::shared_ptr<const Tokenizer> tokenizer = Tokenizer::Load(files.model);
  ConvertLines(files, [&](const std::string& text) {
    return fmt::format("{}", fmt::join(tokenizer->EncodePieces(text), " "));
  });
}

void RunEncode(const Arguments& arguments) {
  RunSteps<FilterFiles>({.usage = "talmach tokenizer encode -m FILE.model [-i FILE] [-o FILE]",
                         .summary = "Splits lines of text into pieces, separated by spaces.",
                         .declare = DeclareFilterFlags,
                         .run = Encode},
                        arguments);
}

std::vector<std::string> SplitAtSpaces(const std::string& text) {
  std::vector<std::string> words;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    if (end > begin) words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

void Decode(const FilterFiles& files, const CommandLine& /*line*/) {
  const std::shared_ptr<const Tokenizer> tokenizer = Tokenizer::Load(files.model);
  ConvertLines(
      files, [&](const std::string& text) { return tokenizer->DecodePieces(SplitAtSpaces(text)); });
}

void RunDecode(const Arguments& arguments) {
  RunSteps<FilterFiles>({.usage = "talmach tokenizer decode -m FILE.model [-i FILE] [-o FILE]",
                         .summary = "Joins lines of pieces into text again.",
                         .declare = DeclareFilterFlags,
                         .run = Decode},
                        arguments);
}

constexpr std::array kTokenizerCommands = {
    Command{"train", "build a SentencePiece model from text", RunTrain},
    Command{"encode", "split lines of text into pieces", RunEncode},
    Command{"decode", "join lines of pieces into text", RunDecode},
};

}  // namespace

void RunTokenizerCommand(const Arguments& arguments) {
  RunSubcommand("talmach tokenizer", "Builds and applies SentencePiece tokenizers.",
                kTokenizerCommands, arguments);
}

}  // namespace talmach
