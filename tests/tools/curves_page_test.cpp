#include "tools/pictures/curves_page.h"

#include <doctest/doctest.h>

#include "temporary_directory.h"

using namespace lienet;
using test::Contains;

namespace {

const Table table{{"model", "top-1"}, {{"plain", "8.5"}, {"a \"b\", <c>", "100"}}};

}  // namespace

TEST_CASE("curves page: a table as text, CSV, HTML") {
  CHECK(text_of(table) ==
        "model       top-1\n"
        "plain         8.5\n"
        "a \"b\", <c>    100\n");
  CHECK(csv_of(table) == "model,top-1\nplain,8.5\n\"a \"\"b\"\", <c>\",100\n");
  const std::string page = curves_html(
      {.title = "A & B",
       .note = "what was done",
       .plots = {{.title = "curve", .x_label = "x", .series = {{"s", {{0, 1}, {1, 2}}}}}},
       .table = table,
       .pictures = {{"one", "png"}}});
  CHECK(page == Contains("<h1>A &amp; B</h1>"));
  CHECK(page == Contains("<tr><td>plain</td><td>8.5</td></tr>"));
  CHECK(page == Contains("&lt;c&gt;"));
  CHECK(page == Contains("<svg"));
  CHECK(page == Contains("<figcaption>one</figcaption>"));
}
