// A parallel corpus of short made-up sentences, as large as a test wants it.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/types.h"

namespace talmach {

struct TinyCorpus {
  std::vector<std::string> source;
  std::vector<std::string> target;

  static std::string Join(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
  }
};

/// `num_lines` English sentences and their German translations, of 3 to about 20 words; the same
/// for the same arguments.
inline TinyCorpus MakeTinyCorpus(Index num_lines, std::uint64_t seed = 1) {
  struct Word {
    const char* english;
    const char* german;
  };
  static constexpr std::array<Word, 12> kNouns = {{{"dog", "Hund"},
                                                   {"mountain", "Berg"},
                                                   {"table", "Tisch"},
                                                   {"teacher", "Lehrer"},
                                                   {"river", "Fluss"},
                                                   {"letter", "Brief"},
                                                   {"baker", "Bäcker"},
                                                   {"spoon", "Löffel"},
                                                   {"garden", "Garten"},
                                                   {"bird", "Vogel"},
                                                   {"key", "Schlüssel"},
                                                   {"train", "Zug"}}};
  static constexpr std::array<Word, 6> kVerbs = {{{"sees", "sieht"},
                                                  {"finds", "findet"},
                                                  {"loves", "liebt"},
                                                  {"paints", "malt"},
                                                  {"seeks", "sucht"},
                                                  {"forgets", "vergisst"}}};
  RandomStream random(seed);
  TinyCorpus corpus;
  for (Index line = 0; line < num_lines; ++line) {
    std::string source;
    std::string target;
    const auto num_clauses = 1 + random.Below(4);
    for (std::uint64_t clause = 0; clause < num_clauses; ++clause) {
      const Word& subject = kNouns[random.Below(kNouns.size())];
      const Word& verb = kVerbs[random.Below(kVerbs.size())];
      const Word& object = kNouns[random.Below(kNouns.size())];
      source += clause == 0 ? "The " : " and the ";
      source += std::string(subject.english) + " " + verb.english + " the " + object.english;
      target += clause == 0 ? "Der " : " und der ";
      target += std::string(subject.german) + " " + verb.german + " den " + object.german;
    }
    corpus.source.push_back(source + ".");
    corpus.target.push_back(target + ".");
  }
  return corpus;
}

}  // namespace talmach
