// Tested by tests/integration/program_test.py.
//
// The program: picks the command and turns what it throws into the exit code.
#include <malloc.h>

#include <array>

#include "cli/command.h"
#include "cli/console.h"
#include "cli/failure.h"
#include "cli/signals.h"
#include "kernels/instruction_set.h"

namespace talmach {
namespace {

constexpr std::array kCommands = {
    Command{"corpus", "examine, clean and divide parallel text", RunCorpusCommand},
    Command{"tokenizer", "train, apply and undo a SentencePiece tokenizer", RunTokenizerCommand},
    Command{"train", "train a model, or continue training it", RunTrainCommand},
    Command{"translate", "translate text line by line", RunTranslateCommand},
    Command{"serve", "translate in the browser and for other programs, over HTTP", RunServeCommand},
    Command{"score", "log-probabilities of given translations", RunScoreCommand},
    Command{"evaluate", "score translations with sacreBLEU's numbers", RunEvaluateCommand},
    Command{"align", "link the words of parallel text", RunAlignCommand},
    Command{"shortlist", "list the likely translations of pieces, for fast translation",
            RunShortlistCommand},
    Command{"heatmap", "draw attention as pictures and an HTML page", RunHeatmapCommand},
    Command{"attention", "measure attention: entropy, coverage, saliency", RunAttentionCommand},
    Command{"probe", "test whether a model depends on its attention", RunProbeCommand},
    Command{"model", "inspect, check, average and convert models", RunModelCommand},
    Command{"config", "check and show configuration files", RunConfigCommand},
    Command{"benchmark", "measure speed on this machine", RunBenchmarkCommand},
};

// Blocks from 256 KiB on get pages of their own, which go back to the system when they are freed.
// glibc would raise that limit to 32 MiB as soon as it sees such blocks freed; the annotations of
// each batch would then leave holes among small blocks that stay, ever more of them
// (docs/reliability.md).
void LetLargeBlocksGoBack() {
#ifdef __GLIBC__
  constexpr int kLargeBlock = 1 << 18;
  constexpr int kSpare = 1 << 22;  // free memory that may stay at the end of a heap
  mallopt(M_MMAP_THRESHOLD, kLargeBlock);
  mallopt(M_TRIM_THRESHOLD, kSpare);
#endif
}

}  // namespace
}  // namespace talmach

int main(int argc, char** argv) {
  try {
    talmach::InstallFailureHandlers();
    talmach::OccupyStandardDescriptors();
    talmach::LetLargeBlocksGoBack();
    talmach::InstallSignalHandlers();
    talmach::SetUpConsoleLog();
    talmach::CheckInstructionSet();
    const talmach::ScopedInterruptible interruptible(true);
    talmach::RunSubcommand("talmach", "Neural machine translation with additive attention.",
                           talmach::kCommands, talmach::Arguments(argv + 1, argv + argc));
    talmach::LeaveInOrder();
    return 0;
  } catch (...) {
    const int exit_code = talmach::ReportException();
    talmach::LeaveInOrder();
    return exit_code;
  }
}
