// Tested by tests/integration/program_test.py.
// talmach shortlist
//
// From the pairs of the corpus, IBM model 1 learns how probable each target piece is as the
// translation of each source piece, whatever their order (alignment/ibm_model1.cc). Each source
// piece keeps its most probable translations. When translating, the output layer then computes only
// those of the pieces in the sentence, and the pieces that are frequent enough for any sentence to
// need them: articles, commas, endings.
#include <algorithm>
#include <functional>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "alignment/ibm_model1.h"
#include "base/error.h"
#include "base/group_digits.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/command_steps.h"
#include "cli/file_flags.h"
#include "cli/signals.h"
#include "project/open_translator.h"
#include "search/shortlist.h"
#include "text/line_chunks.h"

namespace talmach {
namespace {

struct ShortlistOptions {
  std::string model;
  std::string source;
  std::string target;
  std::string output;
  Index common = 100;
  Index best = 50;
  double least_probability = 1e-3;
  Index iterations = 5;
};

void DeclareFlags(ShortlistOptions& options, CommandLine& line) {
  line.Group("Input and output")
      .Text("model,m", &options.model, "DIR", "model directory, for its tokenizers")
      .Text("source,s", &options.source, "FILE", "source side of the training corpus")
      .Text("target,t", &options.target, "FILE", "target side, line by line")
      .Output("output,o", &options.output, "FILE", "the shortlist");
  line.Group("Size")
      .Number("common", &options.common, {0, 1e6},
              "the most frequent target pieces, which every sentence may use")
      .Number("best", &options.best, {1, 1e6}, "translations of a source piece, at most")
      .Number("least-probability", &options.least_probability, {0, 1},
              "of a translation of a source piece");
  line.Group("IBM model 1").Number("iterations", &options.iterations, {1, 100}, "passes of EM");
  line.Mandatory({"model", "source", "target", "output"});
}

void Settle(ShortlistOptions& options, const CommandLine& /*line*/) {
  RequireOneStandardInput({{"--source", options.source}, {"--target", options.target}});
  RequireWritable({{"--output", options.output}});
}

// The corpus as pieces; counts how often each target piece occurs.
IdCorpus ReadCorpus(const ShortlistOptions& options, const TokenizerPair& tokenizers,
                    std::vector<Index>* target_counts) {
  LineChunkReader reader(options.source, options.target);
  target_counts->assign(static_cast<std::size_t>(tokenizers.target->size()), 0);
  IdCorpus corpus;
  for (LineChunk chunk; reader.Next(&chunk);) {
    ThrowIfStopped();
    for (std::size_t i = 0; i < chunk.first.size(); ++i) {
      const std::vector<TokenId> target = tokenizers.target->Encode(chunk.second[i]);
      for (const TokenId token : target) ++(*target_counts)[token];
      corpus.Add(tokenizers.source->Encode(chunk.first[i]), target);
    }
  }
  reader.LogInputRepairs();
  return corpus;
}

// The positions of the `count` largest values, equals in order.
template <typename Value>
std::vector<Index> Largest(const std::vector<Value>& values, Index count) {
  std::vector<Index> order(values.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::ranges::stable_sort(order, std::greater<>(), [&](Index i) { return values[i]; });
  order.resize(std::min(order.size(), static_cast<std::size_t>(count)));
  return order;
}

std::vector<TokenId> MostFrequent(const std::vector<Index>& counts, Index count) {
  std::vector<TokenId> tokens;
  for (const Index token : Largest(counts, count)) {
    if (counts[token] > 0) tokens.push_back(static_cast<TokenId>(token));
  }
  return tokens;
}

std::vector<TokenId> BestTranslations(const LexicalTable& lexicon, TokenId source,
                                      const ShortlistOptions& options) {
  std::vector<TokenId> best;
  const std::span<const double> probabilities = lexicon.Probabilities(source);
  const std::vector<double> values(probabilities.begin(), probabilities.end());
  for (const Index place : Largest(values, options.best)) {
    if (values[place] < options.least_probability) break;
    best.push_back(lexicon.Targets(source)[place]);
  }
  return best;
}

void MakeShortlist(const ShortlistOptions& options, const CommandLine& line) {
  const auto threads = static_cast<int>(line.threads());
  const TokenizerPair tokenizers = LoadTokenizers(RunDirectoryOf(options.model));
  std::vector<Index> target_counts;
  const IdCorpus corpus = ReadCorpus(options, tokenizers, &target_counts);
  Log().info("{} pairs, {} target pieces", GroupDigits(corpus.num_pairs()),
             GroupDigits(corpus.num_target_tokens()));
  const LexicalTable lexicon =
      TrainIbmModel1(corpus, {.ibm1_iterations = options.iterations, .threads = threads},
                     [](const char* model, Index iteration, double perplexity) {
                       ThrowIfStopped();
                       Log().info("{} {}: perplexity {:.3f}", model, iteration, perplexity);
                     });
  std::vector<std::vector<TokenId>> lists(static_cast<std::size_t>(tokenizers.source->size()));
  Index num_pairs = 0;
  for (TokenId source = 0; source < lexicon.num_source_ids(); ++source) {
    lists[source] = BestTranslations(lexicon, source, options);
    num_pairs += std::ssize(lists[source]);
  }
  const Shortlist shortlist({.source_size = tokenizers.source->size(),
                             .target_size = tokenizers.target->size(),
                             .source_hash = tokenizers.source->Hash(),
                             .target_hash = tokenizers.target->Hash()},
                            MostFrequent(target_counts, options.common), std::move(lists));
  SaveShortlist(options.output, shortlist);
  Log().info("{}: {} common pieces, {} translations of {} source pieces", options.output,
             shortlist.common().size(), GroupDigits(num_pairs),
             GroupDigits(lexicon.num_source_ids()));
}

}  // namespace

void RunShortlistCommand(const Arguments& arguments) {
  RunSteps<ShortlistOptions>(
      {.usage = "talmach shortlist -m DIR -s SRC -t TGT -o FILE [FLAGS]",
       .summary = "Lists the likely translations of each source piece, found by IBM model 1 in "
                  "the\ntraining corpus: with `translate --shortlist FILE` the output layer "
                  "computes only those.",
       .declare = DeclareFlags,
       .settle = Settle,
       .run = MakeShortlist},
      arguments);
}

}  // namespace talmach
