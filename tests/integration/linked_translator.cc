// A program that uses the translator and nothing else; linked_libraries_test.py looks at what it
// has to be linked with.
#include <exception>

#include "search/translator.h"

int main() {
  try {
    talmach::Translator({}, nullptr, nullptr, {});
  } catch (const std::exception&) {
    return 0;  // there is no model
  }
  return 1;
}
