#include "tools/pictures/curves_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/words.h"
#include "tools/pictures/html.h"
#include "tools/pictures/png.h"

namespace lienet {
namespace {

std::string csv_cell(const std::string& cell) {
  if (cell.find_first_of(",\"\n\r") == cell.npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) line += (line.empty() ? "" : ",") + csv_cell(cell);
  return line + "\n";
}

std::string html_row(const std::vector<std::string>& cells, const char* element) {
  std::string row = "<tr>";
  for (const std::string& cell : cells)
    row += fmt::format("<{0}>{1}</{0}>", element, escape_html(cell));
  return row + "</tr>\n";
}

}  // namespace

std::string text_of(const Table& table) {
  std::vector<size_t> widths(table.columns.size());
  const auto widen = [&](const std::vector<std::string>& cells) {
    for (size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], letters_in(cells[i]));
  };
  widen(table.columns);
  for (const auto& row : table.rows) widen(row);
  std::string text;
  const auto add = [&](const std::vector<std::string>& cells) {
    for (size_t i = 0; i < cells.size(); ++i)
      text += i == 0 ? fmt::format("{:<{}}", cells[i], widths[i])
                     : fmt::format("  {:>{}}", cells[i], widths[i]);
    text += "\n";
  };
  add(table.columns);
  for (const auto& row : table.rows) add(row);
  return text;
}

std::string csv_of(const Table& table) {
  std::string text = csv_line(table.columns);
  for (const auto& row : table.rows) text += csv_line(row);
  return text;
}

std::string html_of(const Table& table) {
  std::string html = "<div class=\"card scroll\" tabindex=\"0\"><table>\n<thead>" +
                     html_row(table.columns, "th") + "</thead>\n<tbody>\n";
  for (const auto& row : table.rows) html += html_row(row, "td");
  return html + "</tbody></table></div>\n";
}

std::string html_figure(const std::string& caption, const std::string& png) {
  return fmt::format(
      "<figure class=\"card\"><img alt=\"{0}\" style=\"width:auto;max-width:100%\" src=\"{1}\">"
      "<figcaption>{0}</figcaption></figure>\n",
      escape_html(caption), png_data_uri(png));
}

std::string curves_html(const CurvesPage& page) {
  std::string body = fmt::format("<h1>{}</h1>\n<p class=\"note\">{}</p>\n<div class=\"plots\">\n",
                                 escape_html(page.title), escape_html(page.note));
  for (const Plot& plot : page.plots)
    body += fmt::format("<div class=\"card\">{}</div>\n", svg_plot(plot));
  body += "</div>\n<h2>All numbers</h2>\n" + html_of(page.table);
  for (const auto& [caption, png] : page.pictures) body += html_figure(caption, png);
  return html_page(page.title, body + "<footer>Written by lienet.</footer>\n");
}

}  // namespace lienet
