#include "tools/pictures/html.h"

#include <fmt/format.h>

namespace lienet {
namespace {

constexpr std::string_view style = R"(
:root { color-scheme: light dark; --back: #f6f7f9; --card: #ffffff; --ink: #1b1f24; --faint: #5b6570;
  --line: #dde1e6; --right: #0a6e4f; --wrong: #b3261e; --accent: #0b62b0; }
@media (prefers-color-scheme: dark) {
  :root { --back: #101317; --card: #191d23; --ink: #e7eaee; --faint: #a0a9b4; --line: #333a43;
    --right: #4fd1a1; --wrong: #ff8a80; --accent: #6cb6ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); line-height: 1.5;
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  -webkit-text-size-adjust: 100%; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: clamp(1.4rem, 1.1rem + 1.6vw, 2.1rem); line-height: 1.2; margin: .5rem 0 1.2rem;
  text-wrap: balance; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.4rem 0 .8rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .6rem; }
.note { color: var(--faint); margin: 0 0 .8rem; font-size: .92rem; max-width: 46rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
.tiles { display: grid; gap: .8rem; grid-template-columns: repeat(auto-fit, minmax(8.2rem, 1fr)); }
.tile { padding: .7rem .9rem; }
.tile b { display: block; white-space: nowrap; font-size: 1.5rem; line-height: 1.25; font-weight: 650;
  font-variant-numeric: tabular-nums; }
.tile span { color: var(--faint); font-size: .85rem; }
.tile .what { color: var(--ink); }
dl { margin: .8rem 0 0; padding: .3rem .9rem; }
dl div { display: grid; grid-template-columns: 11rem 1fr; gap: 0 1rem; padding: .35rem 0; }
dl div + div { border-top: 1px solid var(--line); }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
.plots { display: grid; gap: .8rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
.plots .card { padding: .6rem; }
.plots .card:only-child { max-width: 40rem; }
.scroll { overflow: auto; max-height: 32rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { padding: .35rem .8rem; text-align: right; white-space: nowrap; }
th { position: sticky; top: 0; background: var(--card); color: var(--faint); font-weight: 600;
  box-shadow: inset 0 -1px var(--line); white-space: normal; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
tbody tr + tr td { border-top: 1px solid var(--line); }
tr.best td { font-weight: 650; color: var(--accent); }
.examples { display: grid; gap: .8rem; grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); }
figure { margin: 0; padding: .5rem; overflow-wrap: anywhere; }
.scroll + figure { margin-top: .8rem; }
figure.right { border-top: 4px solid var(--right); }
figure.wrong { border-top: 4px dashed var(--wrong); }
figure img { display: block; width: 100%; height: auto; border-radius: .3rem; image-rendering: pixelated; }
figure.wide { width: min(96vw, 124rem); margin-left: calc(50% - min(48vw, 62rem)); overflow-x: auto; }
@media (prefers-reduced-motion: reduce) { .moving { display: none; } }
figure.wide img { min-width: 72rem; border-radius: 0; image-rendering: auto; }
figcaption { font-size: .85rem; line-height: 1.35; margin-top: .4rem; }
figcaption b { display: block; }
.right .mark { color: var(--right); }
.wrong .mark { color: var(--wrong); }
footer { color: var(--faint); font-size: .85rem; margin-top: 3rem; }
@media (max-width: 34rem) {
  main { padding: 1rem .7rem 3rem; }
  .tiles { grid-template-columns: repeat(2, 1fr); gap: .6rem; }
  .tile b { font-size: 1.25rem; }
  .plots .card { padding: .2rem; }
  .examples { grid-template-columns: repeat(3, 1fr); gap: .5rem; }
  dl div { grid-template-columns: 1fr; } }
@media print { body { background: none; } .scroll { max-height: none; overflow: visible; }
  .card { break-inside: avoid; } }
)";

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else if (c == '"') {
      escaped += "&quot;";
    } else if (c == '\'') {
      escaped += "&#39;";
    } else if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') {
      escaped += "\xef\xbf\xbd";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string html_tile(std::string_view what, std::string_view value, std::string_view note) {
  return fmt::format(
      "<div class=\"card tile\"><span class=\"what\">{}</span><b>{}</b><span>{}</span></div>\n",
      what, value, note);
}

std::string html_page(std::string_view title, std::string_view body) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n{}</main>\n</body>\n</"
      "html>\n",
      escape_html(title), style, body);
}

}  // namespace lienet
