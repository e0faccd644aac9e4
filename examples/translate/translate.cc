// Translation inside a program: loads a model directory once and translates what it reads, line by
// line, with the alignment of each word.
//
//   translate runs/phrasebook/model < text
#include <talmach/translator.h>

#include <exception>
#include <iostream>
#include <string>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: translate MODEL_DIRECTORY < TEXT\n";
    return 2;
  }
  try {
    const talmach::Translator translator({argv[1]});
    for (std::string line; std::getline(std::cin, line);) {
      const talmach::ScoredText best = translator.Translate({&line, 1}).front().best();
      std::cout << best.text << "\n  " << talmach::ToPharaoh(talmach::MergeWords(best.attention))
                << '\n';
    }
  } catch (const talmach::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
