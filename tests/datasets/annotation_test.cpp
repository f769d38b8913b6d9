#include "datasets/annotation.h"

#include <doctest/doctest.h>

#include "temporary_directory.h"

using namespace lienet;
using test::Contains;
using test::message_of;

namespace {

const std::string good =
    "<annotation><filename>7.jpg</filename>"
    "<size><width>50</width><height>40</height><depth>3</depth></size>"
    "<object><name>dog</name><difficult>0</difficult><bndbox>"
    "<xmin>1</xmin><ymin>2</ymin><xmax>50</xmax><ymax>40</ymax></bndbox></object>"
    "<object><name>cat</name><difficult>1</difficult><bndbox>"
    "<xmax> 12.6 </xmax><xmin>3</xmin><ymax>20</ymax><ymin>20</ymin></bndbox></object>"
    "</annotation>";

std::string changed(const std::string& from, const std::string& to) {
  std::string text = good;
  return text.replace(text.find(from), from.size(), to);
}

Annotation read(const std::string& text, PixelCount count = PixelCount::from_one) {
  const test::TemporaryDirectory dir;
  test::put(dir / "7.xml", text);
  return read_annotation(dir / "7.xml", count);
}

// What is said after the file's name.
std::string refused(const std::string& text, PixelCount count = PixelCount::from_one) {
  const std::string message = message_of([&] { read(text, count); });
  const size_t at = message.find("/7.xml: ");
  return at == message.npos ? message : message.substr(at + 8);
}

}  // namespace

TEST_CASE("annotation: boxes counted from one become boxes counted from zero") {
  const Annotation a = read(good);
  CHECK(a.file == "7.jpg");
  CHECK(a.height == 40);
  CHECK(a.width == 50);
  REQUIRE(a.objects.size() == 2);
  CHECK(a.objects[0].name == "dog");
  CHECK(a.objects[0].box == PixelBox{0, 1, 49, 39});
  CHECK(!a.objects[0].difficult);
  CHECK(a.objects[1].box == PixelBox{2, 19, 12, 19});
  CHECK(a.objects[1].difficult);
}

TEST_CASE("annotation: boxes counted from zero may end one pixel too far") {
  CHECK(read(good, PixelCount::from_zero).objects[0].box == PixelBox{1, 2, 49, 39});
  CHECK(read(changed("<xmin>1<", "<xmin>0<"), PixelCount::from_zero).objects[0].box ==
        PixelBox{0, 2, 49, 39});
}

TEST_CASE("annotation: what is wrong is one line") {
  CHECK(refused(changed("<xmin>1<", "<xmin>0<")) ==
        "object 1 (dog): xmin 0 and xmax 50 are outside of 1 to 50");
  CHECK(refused(changed("<ymax>40<", "<ymax>41<")) ==
        "object 1 (dog): ymin 2 and ymax 41 are outside of 1 to 40");
  CHECK(refused(changed("<ymax>40<", "<ymax>1<")) == "object 1 (dog): ymin 2 is above ymax 1");
  CHECK(refused(changed("<xmin>1<", "<xmin>one<")) ==
        "object 1 (dog): xmin is \"one\"; expected a number");
  CHECK(refused(changed("<xmin>1<", "<xmin>1e300<")) == Contains("expected a number"));
  CHECK(refused(changed("<xmin>1</xmin>", "")) == "object 1 (dog) has no xmin");
  CHECK(refused(changed("<name>dog</name>", "")) == "object 1 () has no name");
  CHECK(refused(changed("bndbox", "box")) == Contains("not XML"));
  CHECK(refused("<annotation><object/></annotation>") == "size has no height");
  for (const PixelCount count : {PixelCount::from_one, PixelCount::from_zero})
    CHECK(refused("<annotation><size><width>0</width><height>3</height></size></annotation>",
                  count) == "size is 3x0; expected 1x1 or more");
  CHECK(refused(good.substr(0, 99)) == Contains("byte "));
  CHECK(refused("") == Contains("not XML"));
  CHECK(refused("<html/>") == "expected an <annotation>");
  CHECK(refused(std::string(2 << 20, ' ')) == Contains("has more than the 1048576 bytes"));
}

TEST_CASE("annotation: no entities, no other files") {
  const std::string bomb =
      "<!DOCTYPE annotation [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;\">]>";
  const std::string outside = "<!DOCTYPE annotation [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
  for (const std::string& type : {bomb, outside})
    CHECK(refused(type + good) == "has a DOCTYPE; expected a plain annotation");
  // Nesting costs no stack.
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "<a>";
  CHECK(refused(deep) == Contains("not XML"));
}
