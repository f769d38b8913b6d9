#include "engine/sha256.h"

#include <doctest/doctest.h>

#include <string>

#include "engine/error.h"
#include "engine/file.h"
#include "temporary_directory.h"

namespace lienet {

TEST_CASE("sha256: the examples of FIPS 180") {
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
               "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu") ==
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  CHECK(sha256(std::string(1000000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("sha256: pieces of any size give the hash of the whole") {
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>(i * 7);
  for (size_t length = 0; length <= text.size(); ++length) {
    const std::string whole = text.substr(0, length);
    for (const size_t piece : {1, 3, 63, 64, 65, 130}) {
      Sha256 hash;
      for (size_t at = 0; at < length; at += piece) {
        hash.update(whole.substr(at, piece));
        (void)hash.hex();  // asking in between changes nothing
      }
      REQUIRE(hash.hex() == sha256(whole));
    }
  }
}

TEST_CASE("sha256: of a file") {
  const test::TemporaryDirectory dir;
  const std::string text((size_t{1} << 20) + 5, 'x');
  write_atomically(dir / "big", text);
  write_atomically(dir / "empty", "");
  CHECK(sha256_of_file(dir / "big") == sha256(text));
  CHECK(sha256_of_file(dir / "empty") == sha256(""));
  CHECK_THROWS_AS(sha256_of_file(dir / "none"), Error);
  CHECK_THROWS_AS(sha256_of_file(dir.path()), Error);
}

}  // namespace lienet
