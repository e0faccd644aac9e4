// Translation inside a program: loads a model directory once and translates what it reads, line by
// line, with the alignment of each word.
//
//   embedded_translation runs/phrasebook/model < text
#include <exception>
#include <iostream>
#include <string>

#include "attention/attention_links.h"
#include "attention/word_units.h"
#include "project/open_translator.h"
#include "search/translator.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: embedded_translation MODEL_DIRECTORY < TEXT\n";
    return 2;
  }
  try {
    const talmach::Translator translator = talmach::OpenTranslator({argv[1]});
    for (std::string line; std::getline(std::cin, line);) {
      const talmach::Translation translation = translator.Translate({&line, 1}).front();
      const talmach::AttentionMap words = talmach::MergeWords(translation.best().attention);
      std::cout << translation.best().text << "\n  "
                << talmach::ToPharaoh(talmach::HardAlignment(words)) << '\n';
    }
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
