#include "tools/reproduce/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/file.h"
#include "tools/pictures/html.h"

namespace lienet::reproduce {
namespace {

std::string html_of(const Shown& shown) {
  const auto& [item, section] = shown;
  std::string html = fmt::format(
      "<h2 id=\"{}\">{}</h2>\n<p class=\"note\"><b>The paper:</b> {}</p>\n<p "
      "class=\"note\">{}</p>\n",
      item->key, escape_html(item->title), escape_html(item->paper), escape_html(section.note));
  if (!section.plots.empty()) {
    html += "<div class=\"plots\">\n";
    for (const Plot& plot : section.plots)
      html += fmt::format("<div class=\"card\">{}</div>\n", svg_plot(plot));
    html += "</div>\n";
  }
  for (const auto& [caption, table] : section.tables) {
    if (!caption.empty()) html += fmt::format("<h3>{}</h3>\n", escape_html(caption));
    html += lienet::html_of(table);
  }
  for (const auto& [caption, png] : section.pictures) html += html_figure(caption, png);
  return html;
}

// The commands, so that each number can be had again by hand.
std::string commands_html(const Plan& plan) {
  std::string html = "<h2>How it was made</h2>\n<details><summary>" +
                     fmt::format("{} commands", plan.steps().size()) + "</summary><pre>";
  for (const Step& step : plan.steps()) {
    std::vector<std::string> words = step.words;
    if (step.training) words.push_back("--out=" + step.folder.string());
    html += escape_html(shell_line(words) + "\n");
  }
  return html + "</pre></details>\n";
}

std::string page(const Plan& plan, const std::vector<Shown>& shown) {
  std::string body = fmt::format("<h1>{}</h1>\n<p class=\"note\">{} seeds.",
                                 escape_html(plan.recipe().title), plan.seeds());
  for (const Shown& s : shown) body += fmt::format(" <a href=\"#{0}\">{0}</a>", s.item->key);
  body += "</p>\n";
  for (const Shown& s : shown) body += html_of(s);
  body += commands_html(plan);
  return html_page(plan.recipe().title, body + "<footer>Written by lienet.</footer>\n");
}

Table all_numbers(const std::vector<Shown>& shown) {
  Table table{{"item", "series", "quantity", "x", "seed", "value"}};
  for (const auto& [item, section] : shown)
    for (const Measurement& m : section.measurements.all())
      table.rows.push_back({std::string(item->key), m.series, m.quantity, fmt::format("{}", m.x),
                            std::to_string(m.seed), fmt::format("{}", m.value)});
  return table;
}

std::string json_of(const Plan& plan, const std::vector<Shown>& shown) {
  nlohmann::ordered_json all{
      {"recipe", plan.recipe().name}, {"title", plan.recipe().title}, {"seeds", plan.seeds()}};
  for (const auto& [item, section] : shown) {
    auto& entry = all["items"][std::string(item->key)];
    entry["paper"] = item->paper;
    entry["measurements"] = nlohmann::ordered_json::array();
    for (const Measurement& m : section.measurements.all())
      entry["measurements"].push_back({{"series", m.series},
                                       {"quantity", m.quantity},
                                       {"x", m.x},
                                       {"seed", m.seed},
                                       {"value", m.value}});
  }
  return all.dump(1) + "\n";
}

}  // namespace

void write_report(const Plan& plan, const std::vector<Shown>& shown) {
  write_atomically(plan.out() / "results.csv", csv_of(all_numbers(shown)));
  write_atomically(plan.out() / "results.json", json_of(plan, shown));
  write_atomically(plan.out() / "index.html", page(plan, shown));
}

std::string text_of(const Shown& shown) {
  std::string text = fmt::format("{}\n", shown.item->title);
  for (const auto& [caption, table] : shown.section.tables)
    text += (caption.empty() ? "" : caption + "\n") + lienet::text_of(table);
  return text;
}

}  // namespace lienet::reproduce
