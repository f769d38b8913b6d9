// Saliency maps of many images on one self-contained page of HTML.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace lienet {

struct SaliencyPicture;

struct SaliencyPage {
  std::string title;
  std::vector<std::pair<std::string, std::string>> facts;  // key, value
  std::vector<std::string> methods;                        // titles, as the strips have them

  struct Row {  // of the table of how well objects are found
    std::string method;
    double iou = 0, half = 0, pointed = 0, energy = 0;  // means; `half`: share of IoU >= 0.5
  };
  std::vector<Row> localization;  // empty: the objects' places are not known
  std::string table;              // HTML that stands before the images; may be empty

  struct Replacement {  // mean areas under the curves
    std::string method;
    double deletion = 0, insertion = 0;
  };
  std::vector<Replacement> replacement;  // empty: not measured
  std::string baseline;                  // what pixels were replaced by

  struct Item {
    std::string section;    // a heading where it is another than that of the item before
    std::string strip_png;  // bytes: the image and a map for each method, squares side by side
    std::string heading;    // "striped star"
    std::string note;       // "taken for spotted star (93 %)"
    std::string link;       // file beside the page; may be empty
    bool pixelated = false;
    bool known = false, right = false;  // whether the label is known, and predicted
  };
  std::vector<Item> items;
  std::string footnote;  // "the first 200 of 1000 images"; may be empty
};

// The item's strip: the picture's, of 112 pixels a side or, enlarged by the browser, of fewer.
void set_strip(SaliencyPage::Item& item, const SaliencyPicture& picture);

std::string saliency_html(const SaliencyPage& page);

}  // namespace lienet
