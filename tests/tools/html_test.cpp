#include "tools/pictures/html.h"

#include <doctest/doctest.h>

using namespace lienet;

TEST_CASE("escape_html") {
  CHECK(escape_html("<a href=\"x\" b='y'>&amp;</a>") ==
        "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
  CHECK(escape_html(std::string("a\0\x1b\n\tb", 6)) == "a\xef\xbf\xbd\xef\xbf\xbd\n\tb");
  CHECK(escape_html("\xc3\xa9") == "\xc3\xa9");
  CHECK(escape_html("") == "");
}

TEST_CASE("html_page: a title and a body") {
  const std::string page = html_page("a < b", "<p>text</p>");
  CHECK(page.find("<!doctype html>") == 0);
  CHECK(page.find("<title>a &lt; b</title>") != page.npos);
  CHECK(page.find("<main>\n<p>text</p></main>") != page.npos);
}
