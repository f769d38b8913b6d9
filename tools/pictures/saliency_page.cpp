#include "tools/pictures/saliency_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "tools/pictures/curves_page.h"
#include "tools/pictures/html.h"
#include "tools/pictures/png.h"
#include "tools/pictures/saliency_picture.h"

namespace lienet {
namespace {

constexpr std::string_view style = R"(<style>
.strip { padding: .5rem .6rem .6rem; margin: 0 0 .7rem; }
.strip img { display: block; width: 100%; height: auto; border-radius: .3rem; }
.strip img.pixelated { image-rendering: pixelated; }
.strip figcaption { margin: 0 0 .4rem; }
.strip figcaption b { display: inline; }
.strip a { color: inherit; text-decoration: none; }
.heads { position: sticky; top: 0; z-index: 1; display: grid; gap: 2px; padding: .5rem .6rem;
  background: var(--back); color: var(--faint); font-size: .85rem; font-weight: 600; line-height: 1.2; }
.heads span { overflow-wrap: anywhere; }
.scale { display: flex; align-items: center; gap: .6rem; color: var(--faint); font-size: .85rem; }
.scale i { display: block; flex: 0 1 16rem; height: .8rem; border-radius: .2rem; }
</style>
)";

class Writer {
 public:
  explicit Writer(const SaliencyPage& page) : page_(page) {}

  std::string html() {
    add("{}<h1>{}</h1>\n<dl class=\"card\">\n", style, escape_html(page_.title));
    for (const auto& [key, value] : page_.facts)
      add("<div><dt>{}</dt><dd>{}</dd></div>\n", escape_html(key), escape_html(value));
    add("</dl>\n");
    if (!page_.localization.empty()) localization();
    if (!page_.replacement.empty()) replacement();
    body_ += page_.table;
    add("<h2>Images</h2>\n");
    scale();
    heads();
    std::string section;
    for (const SaliencyPage::Item& item : page_.items) {
      if (item.section != section) add("<h3>{}</h3>\n", escape_html(item.section));
      section = item.section;
      strip(item);
    }
    if (!page_.footnote.empty()) add("<p class=\"note\">{}</p>\n", escape_html(page_.footnote));
    add("<footer>Written by lienet.</footer>\n");
    return html_page(page_.title, body_);
  }

 private:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(body_), format, std::forward<Args>(args)...);
  }

  void localization() {
    add("<h2>How well the objects are found</h2>\n<p class=\"note\">The box around a map's highest "
        "15\u202f% of pixels against the object's own; whether its highest value lies in that; the "
        "share of the map that does. The centre box looks at no image: what does not beat it has "
        "found nothing.</p>\n");
    const auto percent = [](double share) { return fmt::format("{:.1f}\u202f%", 100 * share); };
    Table table{{"Method", "Mean IoU", "IoU \u2265 0.5", "Pointing game", "Energy in the box"}};
    for (const SaliencyPage::Row& r : page_.localization)
      table.rows.push_back({r.method, fmt::format("{:.3f}", r.iou), percent(r.half),
                            percent(r.pointed), percent(r.energy)});
    body_ += html_of(table);
  }

  void replacement() {
    add("<h2>Deletion and insertion</h2>\n<p class=\"note\">The class's probability while pixels "
        "are taken away, a map's highest first, and while they are put back, as the area under its "
        "curve. Low deletion and high insertion are good. Pixels are replaced by: {}.</p>\n",
        escape_html(page_.baseline));
    Table table{{"Method", "Deletion", "Insertion"}};
    for (const SaliencyPage::Replacement& r : page_.replacement)
      table.rows.push_back(
          {r.method, fmt::format("{:.3f}", r.deletion), fmt::format("{:.3f}", r.insertion)});
    body_ += html_of(table);
  }

  void scale() {
    std::string stops;
    for (int i = 0; i <= 16; ++i) {
      const Rgb c = colour_of(i / 16.0);
      stops += fmt::format(",#{:02x}{:02x}{:02x}", c.r, c.g, c.b);
    }
    add("<p class=\"scale\">low <i style=\"background:linear-gradient(90deg{})\"></i> high</p>\n",
        stops);
  }

  void heads() {
    add("<div class=\"heads\" style=\"grid-template-columns:repeat({},1fr)\"><span>Image</span>",
        page_.methods.size() + 1);
    for (const std::string& method : page_.methods) add("<span>{}</span>", escape_html(method));
    add("</div>\n");
  }

  void strip(const SaliencyPage::Item& item) {
    add("<figure class=\"card strip {}\"><figcaption><b>{}</b> <span class=\"mark\">{}</span> {}"
        "</figcaption>",
        !item.known  ? ""
        : item.right ? "right"
                     : "wrong",
        escape_html(item.heading),
        !item.known  ? ""
        : item.right ? "\u2713"
                     : "\u2717",
        escape_html(item.note));
    if (!item.link.empty()) add("<a href=\"{}\">", escape_html(item.link));
    add("<img class=\"{}\" src=\"{}\" alt=\"{}\" loading=\"lazy\">{}</figure>\n",
        item.pixelated ? "pixelated" : "", png_data_uri(item.strip_png), escape_html(item.heading),
        item.link.empty() ? "" : "</a>");
  }

  const SaliencyPage& page_;
  std::string body_;
};

}  // namespace

void set_strip(SaliencyPage::Item& item, const SaliencyPicture& picture) {
  constexpr int64_t side = 112;
  const int64_t longer = std::max(picture.image.height, picture.image.width);
  item.strip_png = draw_strip(picture, std::min(side, longer)).png();
  item.pixelated = longer < side;
}

std::string saliency_html(const SaliencyPage& page) {
  return Writer(page).html();
}

}  // namespace lienet
