// The attention laboratory: what texts claim about additive attention, tried out with the library's
// own layer and optimizer. Prints a table for each claim, draws a picture, and checks the outcome.
//
//   attention_lab [-o DIRECTORY] [EXPERIMENT…]
//
// Without names all experiments run; without a directory nothing is drawn. Exit code 1 if a finding
// does not hold. docs/attention.md tells the story.
#include <algorithm>
#include <array>
#include <exception>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "kernels/parallel.h"
#include "report.h"

namespace talmach::lab {
namespace {

struct Experiment {
  std::string name;
  std::string claim;
  Report (*run)();
};

const std::array<Experiment, 10> kExperiments = {{
    {"xor_relevance", "Additive attention learns XOR relevance; a dot product cannot.",
     XorRelevance},
    {"impostor", "A long impostor key fools the dot product, not additive attention.", Impostor},
    {"parity", "Without bias, additive energies are odd in (q, k), products even.", Parity},
    {"temperature", "The length of v and the temperature are interchangeable.", Temperature},
    {"bias", "The bias re-centres tanh and un-flattens attention at the start.", Bias},
    {"relu", "ReLU dies where tanh learns.", Relu},
    {"controller", "Attention learns to blend two sensors by a linear or a quadratic law.",
     Controller},
    {"metric", "Soft retrieval with a learned metric beats a fixed one.", Metric},
    {"importance", "The largest weight need not be the most important input.", Importance},
    {"features", "Tanh units become feature detectors.", Features},
}};

// Characters, not bytes: the tables have Greek letters.
std::size_t Width(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

void PrintTable(const Table& table) {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < table.header.size(); ++c) {
    std::size_t widest = Width(table.header[c]);
    for (const auto& row : table.rows) widest = std::max(widest, Width(row[c]));
    widths.push_back(widest);
  }
  const auto print = [&](const std::vector<std::string>& row) {
    std::cout << "  ";
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string space(widths[c] - Width(row[c]), ' ');
      std::cout << (c == 0 ? row[c] + space : space + row[c]) << "  ";
    }
    std::cout << '\n';
  };
  print(table.header);
  for (const auto& row : table.rows) print(row);
}

// True if all its findings hold.
bool Run(const Experiment& experiment, const std::string& directory) {
  std::cout << experiment.name << ": " << experiment.claim << "\n\n";
  const Report report = experiment.run();
  PrintTable(report.table);
  bool all_hold = true;
  for (const Finding& finding : report.findings) {
    std::cout << (finding.holds ? "  holds: " : "  DOES NOT HOLD: ") << finding.sentence << '\n';
    all_hold = all_hold && finding.holds;
  }
  std::cout << std::endl;
  if (!directory.empty()) {
    constexpr double kPixelsPerPoint = 1.6;
    WriteFileAtomically(
        directory + "/" + experiment.name + ".png",
        RenderCharts({.charts = report.picture}, PictureFormat::kPng, kPixelsPerPoint));
  }
  return all_hold;
}

int Main(std::vector<std::string> arguments) {
  std::string directory;
  if (arguments.size() >= 2 && arguments[0] == "-o") {
    directory = arguments[1];
    std::filesystem::create_directories(directory);
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  }
  for (const std::string& name : arguments) {
    if (std::ranges::find(kExperiments, name, &Experiment::name) == kExperiments.end()) {
      std::cerr << "usage: attention_lab [-o DIRECTORY] [EXPERIMENT…]\nexperiments:";
      for (const Experiment& experiment : kExperiments) std::cerr << ' ' << experiment.name;
      std::cerr << '\n';
      return 2;
    }
  }
  SetNumThreads(1);  // batches are small
  bool all_hold = true;
  for (const Experiment& experiment : kExperiments) {
    if (arguments.empty() || std::ranges::find(arguments, experiment.name) != arguments.end()) {
      all_hold = Run(experiment, directory) && all_hold;
    }
  }
  return all_hold ? 0 : 1;
}

}  // namespace

std::string Number(double value, int decimals) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(decimals) << value;
  return text.str();
}

}  // namespace talmach::lab

int main(int argc, char** argv) {
  try {
    return talmach::lab::Main({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
}
