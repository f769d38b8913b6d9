// What a comparison of networks comes to: a table as text, CSV and HTML, and a page with curves.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/pictures/svg_plot.h"

namespace lienet {

// Cells as they are printed.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows{};
};

// Lines with their ends, columns under each other: the first from the left, the others from the
// right.
std::string text_of(const Table& table);
// RFC 4180, with '\n'.
std::string csv_of(const Table& table);
std::string html_of(const Table& table);
std::string html_figure(const std::string& caption, const std::string& png);

struct CurvesPage {
  std::string title, note;
  std::vector<Plot> plots{};
  Table table{};
  std::vector<std::pair<std::string, std::string>> pictures{};  // caption, PNG
};
std::string curves_html(const CurvesPage& page);

}  // namespace lienet
