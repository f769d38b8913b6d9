// shapes100 on disk: CIFAR-100's files and boxes.csv.
#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>

#include "datasets/shapes100.h"
#include "engine/check.h"
#include "engine/file.h"

namespace lienet {

namespace {

constexpr std::string_view header = "split,index,label,xmin,ymin,xmax,ymax";

void add_rows(std::string& csv, Split split, const ImageSet& set,
              const std::vector<PixelBox>& boxes) {
  for (size_t i = 0; i < boxes.size(); ++i) {
    const PixelBox& b = boxes[i];
    fmt::format_to(std::back_inserter(csv), "{},{},{},{},{},{},{}\n", name_of(split), i,
                   set.labels[i], b.xmin, b.ymin, b.xmax, b.ymax);
  }
}

struct Row {
  std::string_view split;
  int64_t index = 0, label = 0;
  PixelBox box;
};

// Takes a number and what must follow it off the front of the text.
template <class Number>
bool take(std::string_view& text, Number& number, std::string_view end) {
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(rest - text.data()));
  if (end.empty()) return text.empty();
  if (!text.starts_with(end)) return false;
  text.remove_prefix(end.size());
  return true;
}

bool parse(std::string_view text, Row& row) {
  row.split = text.substr(0, text.find(','));
  if (row.split.size() == text.size()) return false;
  text.remove_prefix(row.split.size() + 1);
  return (row.split == "train" || row.split == "test") && take(text, row.index, ",") &&
         take(text, row.label, ",") && take(text, row.box.xmin, ",") &&
         take(text, row.box.ymin, ",") && take(text, row.box.xmax, ",") &&
         take(text, row.box.ymax, "");
}

}  // namespace

void write_shapes100(const Shapes100& set, const std::filesystem::path& folder) {
  write_cifar(set.train, set.test, folder, CifarKind::cifar100);
  std::string csv = std::string(header) + '\n';
  add_rows(csv, Split::train, set.train, set.train_boxes);
  add_rows(csv, Split::test, set.test, set.test_boxes);
  write_atomically(folder / shapes100_boxes, csv);
}

std::vector<PixelBox> read_boxes(const std::filesystem::path& folder, Split split, int64_t count) {
  constexpr uint64_t most = uint64_t{1} << 30;
  const std::filesystem::path file = folder / shapes100_boxes;
  const std::string csv = read_file(file, most);
  std::vector<PixelBox> boxes;
  int64_t line = 0;
  for (std::string_view rest = csv; !rest.empty();) {
    std::string_view text = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), text.size() + 1));
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (++line == 1) {
      if (text != header) fail("{}: line 1: expected the header {}", file.string(), header);
      continue;
    }
    Row row;
    if (!parse(text, row)) fail("{}: line {}: expected a row of {}", file.string(), line, header);
    const auto inside = [](int low, int high) { return low >= 0 && low <= high && high < 32; };
    const PixelBox& b = row.box;
    if (!inside(b.xmin, b.xmax) || !inside(b.ymin, b.ymax))
      fail("{}: line {}: the box {},{},{},{} is inverted or outside 0 to 31", file.string(), line,
           b.xmin, b.ymin, b.xmax, b.ymax);
    if (row.split != name_of(split)) continue;
    if (row.index != std::ssize(boxes))
      fail("{}: line {}: index {}, expected {}: the rows of a split are in order", file.string(),
           line, row.index, boxes.size());
    boxes.push_back(b);
  }
  if (line == 0) fail("{}: line 1: expected the header {}", file.string(), header);
  if (std::ssize(boxes) != count)
    fail("{}: line {}: the file ends with {} {} boxes, expected {}, one for each image",
         file.string(), line, boxes.size(), name_of(split), count);
  return boxes;
}

}  // namespace lienet
