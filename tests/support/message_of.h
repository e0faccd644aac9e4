// What an error says.
#pragma once

#include <string>

namespace talmach {

/// The message of the error of type E that `body()` throws; empty if it throws none.
template <typename E, typename Body>
std::string MessageOf(const Body& body) {
  try {
    body();
  } catch (const E& error) {
    return error.what();
  }
  return "";
}

}  // namespace talmach
