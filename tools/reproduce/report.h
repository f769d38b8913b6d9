// What reproducing came to, on disk: a page that stands alone, and all numbers as CSV and JSON.
#pragma once

#include <filesystem>
#include <vector>

#include "tools/reproduce/items.h"

namespace lienet::reproduce {

struct Shown {
  const Item* item;
  Section section;
};

// index.html, results.csv, results.json in the plan's folder.
void write_report(const Plan& plan, const std::vector<Shown>& shown);

// The tables, for the terminal.
std::string text_of(const Shown& shown);

}  // namespace lienet::reproduce
