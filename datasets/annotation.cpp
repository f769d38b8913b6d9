#include "datasets/annotation.h"

#include <charconv>
#include <cmath>
#include <pugixml.hpp>

#include "engine/check.h"
#include "engine/file.h"

namespace lienet {
namespace {

// The elements of one file; every message names it.
class Reader {
 public:
  Reader(const std::filesystem::path& file, PixelCount count)
      : file_(file.string()), first_(count == PixelCount::from_one ? 1 : 0) {}

  Annotation read(const std::string& text) {
    pugi::xml_document document;
    const pugi::xml_parse_result result =
        document.load_buffer(text.data(), text.size(), pugi::parse_default | pugi::parse_doctype);
    if (!result) fail("{}: byte {}: not XML: {}", file_, result.offset, result.description());
    for (const pugi::xml_node& node : document)
      if (node.type() == pugi::node_doctype)
        fail("{}: has a DOCTYPE; expected a plain annotation", file_);
    const pugi::xml_node root = document.child("annotation");
    if (!root) fail("{}: expected an <annotation>", file_);
    Annotation annotation;
    annotation.file = root.child_value("filename");
    annotation.height = number(root.child("size"), "height", "size");
    annotation.width = number(root.child("size"), "width", "size");
    if (annotation.height < 1 || annotation.width < 1)
      fail("{}: size is {}x{}; expected 1x1 or more", file_, annotation.height, annotation.width);
    for (const pugi::xml_node& node : root.children("object"))
      annotation.objects.push_back(object(node, annotation));
    return annotation;
  }

 private:
  int number(const pugi::xml_node& parent, const char* name, const std::string& where) const {
    const std::string text = parent.child(name).text().get();
    const size_t begin = text.find_first_not_of(" \t\r\n"), end = text.find_last_not_of(" \t\r\n");
    if (begin == text.npos) fail("{}: {} has no {}", file_, where, name);
    double value = 0;
    const char* last = text.data() + end + 1;
    const auto [rest, error] = std::from_chars(text.data() + begin, last, value);
    constexpr double most = 1e6;
    if (error != std::errc() || rest != last || !(std::fabs(value) <= most))
      fail("{}: {}: {} is {:?}; expected a number", file_, where, name, text.substr(0, 40));
    return static_cast<int>(std::lround(value));
  }

  // low..high of one axis, 0-based.
  std::pair<int, int> range(const pugi::xml_node& box, const char* axis, int64_t length,
                            const std::string& where) const {
    const std::string low = std::string(axis) + "min", high = std::string(axis) + "max";
    int begin = number(box, low.c_str(), where), end = number(box, high.c_str(), where);
    if (begin > end) fail("{}: {}: {} {} is above {} {}", file_, where, low, begin, high, end);
    if (begin < first_ || end > length)
      fail("{}: {}: {} {} and {} {} are outside of {} to {}", file_, where, low, begin, high, end,
           first_, length);
    begin -= first_;
    end = std::min(end - first_, static_cast<int>(length) - 1);
    return {std::min(begin, end), end};
  }

  Annotation::Object object(const pugi::xml_node& node, const Annotation& all) const {
    Annotation::Object object;
    object.name = node.child_value("name");
    const std::string where = fmt::format("object {} ({})", all.objects.size() + 1, object.name);
    if (object.name.empty()) fail("{}: {} has no name", file_, where);
    const pugi::xml_node box = node.child("bndbox");
    if (!box) fail("{}: {} has no bndbox", file_, where);
    const auto [xmin, xmax] = range(box, "x", all.width, where);
    const auto [ymin, ymax] = range(box, "y", all.height, where);
    object.box = {xmin, ymin, xmax, ymax};
    object.difficult = node.child("difficult") && number(node, "difficult", where) != 0;
    return object;
  }

  std::string file_;
  int first_;
};

}  // namespace

Annotation read_annotation(const std::filesystem::path& file, PixelCount count) {
  constexpr uint64_t largest = uint64_t{1} << 20;  // VOC's have a few kilobytes
  return Reader(file, count).read(read_file(file, largest));
}

}  // namespace lienet
