// talmach align
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "alignment/hmm_model.h"
#include "alignment/symmetrisation.h"
#include "alignment/words.h"
#include "base/log.h"
#include "base/parallel.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/line_chunks.h"
#include "cli/signals.h"
#include "text/text_writer.h"

namespace talmach {
namespace {

enum class AlignmentModel { kIbm1, kHmm };

struct AlignOptions {
  std::string source;
  std::string target;
  std::string output = "-";
  AlignmentModel model = AlignmentModel::kHmm;
  Symmetrisation symmetrisation = Symmetrisation::kGrowDiagFinalAnd;
  AlignerOptions aligner;
  bool fold = true;
  Index max_length = 200;
};

bool ParseFlags(const Arguments& arguments, AlignOptions* options, CommandLine& line) {
  line.Group("Text")
      .Text("source,s", &options->source, "FILE", "source text")
      .Text("target,t", &options->target, "FILE", "its translation, line by line")
      .Text("output,o", &options->output, "FILE", "where to write the links");
  line.Group("Links").Choice("symmetrise", &options->symmetrisation,
                             {{"grow-diag-final-and", Symmetrisation::kGrowDiagFinalAnd},
                              {"grow-diag-final", Symmetrisation::kGrowDiagFinal},
                              {"grow-diag", Symmetrisation::kGrowDiag},
                              {"intersection", Symmetrisation::kIntersection},
                              {"union", Symmetrisation::kUnion},
                              {"forward", Symmetrisation::kForward},
                              {"reverse", Symmetrisation::kReverse}},
                             "how the links of the two directions are joined");
  line.Group("Aligner")
      .Choice("model", &options->model,
              {{"hmm", AlignmentModel::kHmm}, {"ibm1", AlignmentModel::kIbm1}},
              "hidden Markov model, begun with IBM model 1, or that alone")
      .Number("ibm1-iterations", &options->aligner.ibm1_iterations, {0, 1000},
              "passes of EM for IBM model 1")
      .Number("hmm-iterations", &options->aligner.hmm_iterations, {0, 1000},
              "passes of EM for the hidden Markov model")
      .Number("null-probability", &options->aligner.null_probability, {0, 0.999},
              "of a target word without a source")
      .Number("smoothing", &options->aligner.smoothing, {0, 1000},
              "added to the counts of each pair of words")
      .Number("jump-smoothing", &options->aligner.jump_smoothing, {0, 1},
              "share of jumps anywhere in the sentence (hmm)")
      .Choice("words", &options->fold, {{"folded", true}, {"exact", false}},
              "count words in lower case without punctuation around them, or as they stand")
      .Number("max-length", &options->max_length, {1, 1000},
              "pairs with more words on a side get no links");
  line.Require("source");
  line.Require("target");
  return line.Parse(arguments);
}

/// The words of the files as numbers. Pairs that are too long become empty ones.
IdCorpus ReadCorpus(const AlignOptions& options) {
  LineChunkReader reader(options.source, options.target);
  WordNumbers sources(options.fold);
  WordNumbers targets(options.fold);
  IdCorpus corpus;
  Index num_long = 0;
  for (LineChunk chunk; reader.Next(&chunk);) {
    ThrowIfStopped();
    for (std::size_t i = 0; i < chunk.first.size(); ++i) {
      const bool is_long = std::ssize(SplitWords(chunk.first[i])) > options.max_length ||
                           std::ssize(SplitWords(chunk.second[i])) > options.max_length;
      num_long += is_long ? 1 : 0;
      if (is_long) {
        corpus.Add({}, {});
      } else {
        corpus.Add(sources.NumberWords(chunk.first[i]), targets.NumberWords(chunk.second[i]));
      }
    }
  }
  reader.LogInputRepairs();
  if (num_long > 0) {
    Log().warn("{}: {} pairs have more than {} words on a side and get no links (--max-length)",
               options.source, num_long, options.max_length);
  }
  Log().info("{} pairs, {} source and {} target words", corpus.num_pairs(), sources.size(),
             targets.size());
  return corpus;
}

/// The links of all pairs, from source words to target words.
std::vector<Alignment> AlignAll(const IdCorpus& corpus, const AlignOptions& options,
                                const char* direction) {
  const AlignerOptions& aligner = options.aligner;
  const EmObserver observe = [&](const char* model, Index iteration, double perplexity) {
    ThrowIfStopped();
    Log().info("{} {} {}: perplexity {:.3f}", direction, model, iteration, perplexity);
  };
  std::vector<Alignment> alignments(corpus.num_pairs());
  const auto align_all = [&](const auto& align) {
    constexpr Index kPairsPerRange = 64;
    ParallelRanges(corpus.num_pairs(), kPairsPerRange, aligner.threads,
                   [&](Index begin, Index end) {
                     for (Index i = begin; i < end; ++i) {
                       alignments[i] = align(corpus.source(i), corpus.target(i));
                     }
                   });
  };
  LexicalTable lexicon = TrainIbmModel1(corpus, aligner, observe);
  if (options.model == AlignmentModel::kIbm1) {
    align_all([&](IdCorpus::Side source, IdCorpus::Side target) {
      return Ibm1Alignment(lexicon, aligner.null_probability, source, target);
    });
    return alignments;
  }
  HmmModel hmm(std::move(lexicon), corpus.longest_source(), aligner);
  hmm.Train(corpus, observe);
  align_all([&](IdCorpus::Side source, IdCorpus::Side target) {
    return hmm.BestAlignment(source, target);
  });
  return alignments;
}

void Align(const AlignOptions& options) {
  TextWriter writer(options.output);
  const IdCorpus corpus = ReadCorpus(options);
  std::vector<Alignment> forward(corpus.num_pairs());
  std::vector<Alignment> reverse(corpus.num_pairs());
  if (options.symmetrisation != Symmetrisation::kReverse) {
    forward = AlignAll(corpus, options, "forward");
  }
  if (options.symmetrisation != Symmetrisation::kForward) {
    reverse = AlignAll(corpus.Swapped(), options, "reverse");
  }
  for (Index i = 0; i < corpus.num_pairs(); ++i) {
    writer.WriteLine(
        ToPharaoh(Symmetrise(options.symmetrisation, forward[i], Transpose(reverse[i]))));
  }
  writer.Finish();
}

}  // namespace

void RunAlignCommand(const Arguments& arguments) {
  AlignOptions options;
  CommandLine line(
      "talmach align -s SOURCE -t TARGET [-o FILE] [FLAGS]",
      "Links the words of parallel text, in Pharaoh format: 0-0 1-2, positions from 0.");
  if (!ParseFlags(arguments, &options, line)) return;
  options.aligner.threads = static_cast<int>(line.threads());
  Align(options);
}

}  // namespace talmach
