// What an experiment brings back: a table and a picture to look at, and findings to be checked.
#pragma once

#include <string>
#include <vector>

#include "drawing/chart.h"

namespace talmach::lab {

/// Rows of text under a header.
struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows = {};
};

/// A sentence about the numbers, and whether they bear it out.
struct Finding {
  std::string sentence;
  bool holds = false;
};

struct Report {
  Table table;
  std::vector<Chart> picture = {};
  std::vector<Finding> findings = {};
};

/// "0.123": a number for a table.
std::string Number(double value, int decimals = 3);

/// The experiments, each in the file of its name.
Report XorRelevance();
Report Impostor();
Report Parity();
Report Temperature();
Report Bias();
Report Relu();
Report Controller();
Report Metric();
Report Importance();
Report Features();

}  // namespace talmach::lab
