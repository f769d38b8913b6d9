// A tiny data set in the folders of PASCAL VOC 2007, made by the tests that read it.
#pragma once

#include "image_files.h"
#include "temporary_directory.h"

namespace lienet::test {

struct VocObject {
  std::string name;
  int xmin, ymin, xmax, ymax;  // as VOC counts: from 1
  bool difficult = false;
};

class VocFolder {
 public:
  VocFolder() {
    for (const char* name : {"Annotations", "JPEGImages", "ImageSets/Main"})
      std::filesystem::create_directories(root() / name);
  }

  std::filesystem::path root() const { return dir_ / "VOCdevkit" / "VOC2007"; }
  const TemporaryDirectory& dir() const { return dir_; }

  void add(const std::string& list, const std::string& id, const Image& image,
           const std::vector<VocObject>& objects) const {
    put(root() / "JPEGImages" / (id + ".jpg"), jpeg_of(image));
    std::string xml = "<annotation><folder>VOC2007</folder><filename>" + id +
                      ".jpg</filename><size><width>" + std::to_string(image.width) +
                      "</width><height>" + std::to_string(image.height) +
                      "</height><depth>3</depth></size>";
    for (const VocObject& o : objects)
      xml += "<object><name>" + o.name + "</name><pose>Left</pose><truncated>0</truncated>" +
             "<difficult>" + (o.difficult ? "1" : "0") + "</difficult><bndbox><xmin>" +
             std::to_string(o.xmin) + "</xmin><ymin>" + std::to_string(o.ymin) + "</ymin><xmax>" +
             std::to_string(o.xmax) + "</xmax><ymax>" + std::to_string(o.ymax) +
             "</ymax></bndbox></object>";
    put(root() / "Annotations" / (id + ".xml"), xml + "</annotation>");
    const auto file = root() / "ImageSets" / "Main" / (list + ".txt");
    put(file, get(file) + id + "\n");
  }

 private:
  TemporaryDirectory dir_;
};

}  // namespace lienet::test
