#include "tools/pictures/saliency_picture.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "engine/error.h"
#include "temporary_directory.h"
#include "tools/pictures/saliency_page.h"

using namespace lienet;
using test::Contains;

namespace {

constexpr double not_seen = std::numeric_limits<double>::quiet_NaN();

// White, 4 x 4, with maps that rise from left to right.
SaliencyPicture picture(size_t panels) {
  SaliencyPicture p;
  p.caption = "a star";
  p.image = {4, 4, std::vector<uint8_t>(48, 255)};
  for (size_t i = 0; i < panels; ++i) {
    SaliencyPanel& panel = p.panels.emplace_back();
    panel.title = "LI-Map";
    panel.fine = true;
    for (int k = 0; k < 16; ++k) panel.map.push_back(k % 4);
  }
  return p;
}

}  // namespace

TEST_CASE("saliency picture: maps are shown from their least to their greatest value") {
  const std::vector<double> map{-2, 0, not_seen, 6};
  const std::vector<double> values = for_display(map, false);
  CHECK(values[0] == 0);
  CHECK(values[1] == 0.25);
  CHECK(std::isnan(values[2]));
  CHECK(values[3] == 1);
  CHECK(for_display(std::vector<double>(3, 0.0), false) == std::vector<double>(3, 0.0));
  std::vector<double> outlier(201, 1);
  outlier[0] = 0;
  outlier[7] = 1000;
  CHECK(for_display(outlier, true)[1] == 1);
  CHECK(for_display(outlier, false)[1] == doctest::Approx(0.001));
}

TEST_CASE("saliency picture: image and maps side by side in the colours of their values") {
  const SaliencyPicture p = picture(2);
  const Canvas strip = draw_strip(p, 4);
  CHECK(strip.height() == 4);
  CHECK(strip.width() == 4 + 2 + 4 + 2 + 4);
  CHECK(strip.at(0, 0) == Rgb{255, 255, 255});
  CHECK(strip.at(0, 6) == mix({255, 255, 255}, colour_of(0), 0.68));
  CHECK(strip.at(3, 15) == mix({255, 255, 255}, colour_of(1), 0.68));
  SaliencyPicture made = p;
  made.panels[1].map.clear();
  made.panels[1].image = {4, 4, std::vector<uint8_t>(48, 90)};
  CHECK(draw_strip(made, 4).at(3, 15) == Rgb{90, 90, 90});
  const Canvas large = draw_strip(p, 9);  // by whole factors
  CHECK(large.height() == 8);
}

TEST_CASE("saliency picture: every number of maps, big and oblong images; maps must fit") {
  for (const size_t n : {size_t{1}, size_t{3}, size_t{6}}) {
    SaliencyPicture p = picture(n);
    p.objects = {{0, 0, 3, 3}, {1, 0, 2, 2}};
    p.panels[0].box = PixelBox{1, 1, 2, 2};
    // Panels of 192 pixels, at most four in a row, or of 128 in a row of the grid.
    const Canvas picture = draw_saliency(p), grid = draw_grid(std::vector<SaliencyPicture>{p, p});
    const auto columns = static_cast<int64_t>(n + 1);
    CHECK(picture.width() == std::max<int64_t>(12 + 204 * std::min<int64_t>(columns, 4), 660));
    CHECK(picture.height() == 12 + 24 + (columns > 4 ? 2 : 1) * (192 + 3 * 24 + 12) + 24);
    CHECK(grid.width() == std::max<int64_t>(18 + 134 * columns, 660));
    CHECK(grid.height() == 12 + 2 * 24 + 2 * (128 + 6 + 24) + 12 + 24);
  }
  SaliencyPicture wide;
  wide.image = {3, 700, std::vector<uint8_t>(6300, 9)};
  wide.panels.emplace_back().map.assign(2100, not_seen);
  CHECK(draw_saliency(wide).width() == 12 + 2 * (320 + 12));
  CHECK(draw_strip(wide, 50).height() == 1);
  wide.panels[0].map.pop_back();
  CHECK_THROWS_AS(draw_saliency(wide), Error);
}

TEST_CASE("saliency page: names are escaped, pictures are inside, right and wrong are told apart") {
  SaliencyPage page;
  page.title = "Where <it> looks";
  page.methods = {"LI-Map", "CAM"};
  SaliencyPage::Item& item = page.items.emplace_back();
  item.strip_png = draw_strip(picture(2), 4).png();
  item.heading = "a & b";
  item.known = true;
  item.link = "00000.png";
  page.localization.push_back({"Centre box", 0.4, 0.25, 0.5, 0.125});
  const std::string html = saliency_html(page);
  CHECK(html == Contains("Where &lt;it&gt; looks"));
  CHECK(html == Contains("a &amp; b"));
  CHECK(html == Contains("src=\"data:image/png;base64,"));
  CHECK(html == Contains("class=\"card strip wrong\""));
  CHECK(html == Contains("href=\"00000.png\""));
  CHECK(html == Contains("<td>Centre box</td><td>0.400</td><td>25.0"));
  CHECK(html.find("<script") == std::string::npos);
  CHECK(html.find("http") == std::string::npos);
}
