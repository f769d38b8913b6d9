// The little HTML that pages of lienet need.
#pragma once

#include <string>
#include <string_view>

namespace lienet {

// For text and quoted attributes of HTML, SVG and XML: & < > " ' become entities, and control
// characters, which XML has no way to write, U+FFFD.
std::string escape_html(std::string_view text);

// A whole page with its style sheet, for a desk and a phone, light and dark. `body` is HTML.
std::string html_page(std::string_view title, std::string_view body);

// A figure among others, for a <div class="tiles">: what it is, its value, a note; all of it HTML.
std::string html_tile(std::string_view what, std::string_view value, std::string_view note);

}  // namespace lienet
