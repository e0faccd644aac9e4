// Tested by tests/integration/program_test.py and tests/integration/outputs_test.py.
// talmach align: from text alone, by an aligner that learns from it, or from the attention of
// trained models. Either makes an alignment for each direction; what joins them is the same.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "alignment/hmm_model.h"
#include "alignment/symmetrisation.h"
#include "alignment/words.h"
#include "base/error.h"
#include "base/log.h"
#include "base/thread_pool.h"
#include "cli/command.h"
#include "cli/command_steps.h"
#include "cli/console.h"
#include "cli/file_flags.h"
#include "cli/model_attention.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/translation_flags.h"
#include "cli/translation_output.h"
#include "text/line_chunks.h"
#include "text/text_writer.h"

namespace talmach {
namespace {

enum class AlignmentModel { kIbm1, kHmm };

struct AlignOptions {
  std::string source;
  std::string target;
  std::string output = "-";
  AlignmentModel aligner_model = AlignmentModel::kHmm;
  Symmetrisation symmetrisation = Symmetrisation::kGrowDiagFinalAnd;
  AlignerOptions aligner;
  bool fold = true;
  Index max_words = 200;
  TranslationFlags models;
  std::string reverse;  // model directory
  AlignmentOutput attention = {.units = Units::kWord};
};

void DeclareFlags(AlignOptions& options, CommandLine& line) {
  line.Group("Text")
      .Text("source,s", &options.source, "FILE", "source text")
      .Text("target,t", &options.target, "FILE", "its translation, line by line")
      .Output("output,o", &options.output, "FILE", "where to write the links");
  line.Group("Links").Choice("symmetrise", &options.symmetrisation,
                             {{"grow-diag-final-and", Symmetrisation::kGrowDiagFinalAnd},
                              {"grow-diag-final", Symmetrisation::kGrowDiagFinal},
                              {"grow-diag", Symmetrisation::kGrowDiag},
                              {"intersection", Symmetrisation::kIntersection},
                              {"union", Symmetrisation::kUnion},
                              {"forward", Symmetrisation::kForward},
                              {"reverse", Symmetrisation::kReverse}},
                             "how the links of the two directions are joined");
  line.Group("Aligner, without --model")
      .Choice("aligner", &options.aligner_model,
              {{"hmm", AlignmentModel::kHmm}, {"ibm1", AlignmentModel::kIbm1}},
              "hidden Markov model, begun with IBM model 1, or that alone")
      .Number("ibm1-iterations", &options.aligner.ibm1_iterations, {0, 1000},
              "passes of EM for IBM model 1")
      .Number("hmm-iterations", &options.aligner.hmm_iterations, {0, 1000},
              "passes of EM for the hidden Markov model")
      .Number("null-probability", &options.aligner.null_probability, {0, 0.999},
              "of a target word without a source")
      .Number("smoothing", &options.aligner.smoothing, {0, 1000},
              "added to the counts of each pair of words")
      .Number("jump-smoothing", &options.aligner.jump_smoothing, {0, 1},
              "share of jumps anywhere in the sentence (hmm)")
      .Choice("words", &options.fold, {{"folded", true}, {"exact", false}},
              "count words in lower case without punctuation around them, or as they stand")
      .Number("max-words", &options.max_words, {1, 1000},
              "pairs with more words on a side get no links");
  options.models.DeclareModel(line, Models::kOne);
  line.Group("Attention of --model, instead of the aligner")
      .Text("reverse,r", &options.reverse, "DIR",
            "a model of the opposite direction; without it the links of --model stand alone")
      .Custom("links", "hard|THRESHOLD (= hard)", std::nullopt,
              "the most attended source of each target, or all with so much attention",
              [&options](const std::string& text) {
                ParseAlignmentKind("--links", /*allow_soft=*/false, text, &options.attention);
              })
      .Switch("shift", &options.attention.shift,
              "read the links of a target piece from the attention of the next one");
  line.Mandatory({"source", "target"});
}

void Settle(AlignOptions& options, const CommandLine& line) {
  options.aligner.threads = static_cast<int>(line.threads());
  RequireOneStandardInput({{"--source", options.source}, {"--target", options.target}});
  const bool from_model = line.Given("model");
  if (from_model) {
    line.Refuse({"aligner", "ibm1-iterations", "hmm-iterations", "null-probability", "smoothing",
                 "jump-smoothing", "words", "max-words"},
                "is not for --model");
  } else {
    line.Refuse({"reverse", "links", "shift", "mini-batch", "precision", "max-length"},
                "is for --model only");
  }
  if (from_model && options.reverse.empty() && line.Given("symmetrise") &&
      options.symmetrisation != Symmetrisation::kForward) {
    throw ConfigError({.where = "--symmetrise",
                       .what = "needs a model of the opposite direction",
                       .hint = "give it with --reverse"});
  }
}

// The words of the files as numbers. Pairs that are too long become empty ones.
IdCorpus ReadCorpus(const AlignOptions& options) {
  LineChunkReader reader(options.source, options.target);
  WordNumbers sources(options.fold);
  WordNumbers targets(options.fold);
  IdCorpus corpus;
  Index num_long = 0;
  for (LineChunk chunk; reader.Next(&chunk);) {
    ThrowIfStopped();
    for (std::size_t i = 0; i < chunk.first.size(); ++i) {
      const bool is_long = std::ssize(SplitWords(chunk.first[i])) > options.max_words ||
                           std::ssize(SplitWords(chunk.second[i])) > options.max_words;
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
    Log().warn("{}: {} pairs have more than {} words on a side and get no links (--max-words)",
               options.source, num_long, options.max_words);
  }
  Log().info("{} pairs, {} source and {} target words", corpus.num_pairs(), sources.size(),
             targets.size());
  return corpus;
}

// The links of all pairs, from source words to target words.
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
  if (options.aligner_model == AlignmentModel::kIbm1) {
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

void AlignText(const AlignOptions& options) {
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

// One direction of alignment by attention: a model, and the files of its source and target.
struct AttentionDirection {
  std::string model;  // directory
  std::string source;
  std::string target;
};

// Gives `use` the links that the model's attention implies, for each line of the target as the
// translation of that of the source.
void ForEachLinks(const AttentionDirection& direction, const TranslationConfig& config,
                  Index threads, const AlignmentOutput& output,
                  const std::function<void(Alignment)>& use) {
  const Translator translator = OpenTranslator(
      {direction.model},
      {.precision = config.precision, .translator = MakeTranslatorOptions(config, threads)});
  ForEachAttention(translator, direction.source, direction.target, LineRanges(),
                   [&](const AttentionMap& map) { use(LinksOf(map, output)); });
}

void AlignByAttention(const AlignOptions& options, const CommandLine& line) {
  for (const std::string* path : {&options.source, &options.target}) {
    if (*path != "-") continue;
    throw ConfigError({.where = "--source, --target",
                       .expected = "files: each direction reads them",
                       .got = "standard input"});
  }
  TextWriter writer(options.output);
  const TranslationConfig config = options.models.Resolve(line);
  const bool show_progress = !line.quiet() && StderrIsTerminal();
  const Index num_lines = CountLines(options.source);
  ProgressLine progress(show_progress, options.reverse.empty() ? num_lines : 2 * num_lines);
  std::vector<Alignment> reverse;
  if (!options.reverse.empty()) {
    ForEachLinks({.model = options.reverse, .source = options.target, .target = options.source},
                 config, line.threads(), options.attention, [&](const Alignment& links) {
                   reverse.push_back(Transpose(links));
                   progress.Update(std::ssize(reverse));
                 });
  }
  const Symmetrisation method =
      options.reverse.empty() ? Symmetrisation::kForward : options.symmetrisation;
  std::size_t done = 0;
  ForEachLinks({.model = options.models.models().front(),
                .source = options.source,
                .target = options.target},
               config, line.threads(), options.attention, [&](const Alignment& forward) {
                 const Alignment none;
                 writer.WriteLine(ToPharaoh(
                     Symmetrise(method, forward, reverse.empty() ? none : reverse[done])));
                 progress.Update(static_cast<Index>(reverse.size() + ++done));
               });
  writer.Finish();
}

void Align(const AlignOptions& options, const CommandLine& line) {
  if (line.Given("model")) {
    AlignByAttention(options, line);
  } else {
    AlignText(options);
  }
}

}  // namespace

void RunAlignCommand(const Arguments& arguments) {
  RunSteps<AlignOptions>(
      {.usage = "talmach align -s SOURCE -t TARGET [-m DIR [-r DIR]] [-o FILE] [FLAGS]",
       .summary = "Links the words of parallel text, in Pharaoh format: 0-0 1-2, positions from 0.",
       .declare = DeclareFlags,
       .settle = Settle,
       .run = Align},
      arguments);
}

}  // namespace talmach
