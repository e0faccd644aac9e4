// Tested by tests/integration/program_test.py.
//
// The program: picks the command and turns what it throws into the exit code.
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <array>
#include <exception>
#include <new>
#include <system_error>

#include "base/error.h"
#include "cli/command.h"
#include "cli/console.h"
#include "cli/signals.h"
#include "kernels/instruction_set.h"
#include "text/text_writer.h"

namespace talmach {
namespace {

constexpr int kDone = 0;
constexpr int kRuntimeFailure = 1;
constexpr int kUsageFailure = 2;
constexpr int kDataFailure = 3;
constexpr int kModelFailure = 4;
constexpr int kDiverged = 5;
constexpr int kSignalBase = 128;

constexpr std::array kCommands = {
    Command{"tokenizer", "train, apply and undo a SentencePiece tokenizer", RunTokenizerCommand},
    Command{"train", "train a model, or go on training it", RunTrainCommand},
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
    Command{"model", "look into, check, average and convert models", RunModelCommand},
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

// The exit code of the exception being handled; prints what went wrong.
int ReportException() {
  try {
    throw;
  } catch (const BrokenPipeError&) {
    return kDone;  // the reader of our output has had enough
  } catch (const Interrupted& error) {
    PrintError(error.what());
    return kSignalBase + error.signal_number();
  } catch (const ConfigError& error) {
    PrintError(error.what());
    return kUsageFailure;
  } catch (const DataError& error) {
    PrintError(error.what());
    return kDataFailure;
  } catch (const CheckpointError& error) {
    PrintError(error.what());
    return kModelFailure;
  } catch (const NumericError& error) {
    PrintError(error.what());
    return kDiverged;
  } catch (const std::bad_alloc&) {
    PrintError("talmach: out of memory; smaller batches or shorter lines need less");
    return kRuntimeFailure;
  } catch (const std::system_error& error) {
    // Of threads that libraries start; those of our own say more.
    if (error.code() != std::errc::resource_unavailable_try_again) {
      PrintError(error.what());
    } else {
      PrintError(
          fmt::format("talmach: the system refuses another thread ({}); fewer --threads, or "
                      "a higher ulimit -u or ulimit -v",
                      error.what()));
    }
    return kRuntimeFailure;
  } catch (const std::exception& error) {
    PrintError(error.what());
    return kRuntimeFailure;
  }
}

}  // namespace
}  // namespace talmach

int main(int argc, char** argv) {
  try {
    talmach::OccupyStandardDescriptors();
    talmach::LetLargeBlocksGoBack();
    talmach::InstallSignalHandlers();
    talmach::SetUpConsoleLog();
    talmach::CheckInstructionSet();
    talmach::RunSubcommand("talmach", "Neural machine translation with additive attention.",
                           talmach::kCommands, talmach::Arguments(argv + 1, argv + argc));
    return talmach::kDone;
  } catch (const talmach::Interrupted&) {
    // Threads that cannot be asked to stop may still be at work, on what exit would destroy.
    _exit(talmach::ReportException());
  } catch (...) {
    return talmach::ReportException();
  }
}
