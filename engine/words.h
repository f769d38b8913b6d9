// Words: which known one a mistyped one was probably meant to be, lists of them, their letters.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lienet {

// The word of `known` with the smallest Levenshtein distance; the first of equals; not empty.
std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known);
inline std::string_view nearest_word(std::string_view word,
                                     std::initializer_list<std::string_view> known) {
  return nearest_word(word, std::span(known.begin(), known.size()));
}

std::vector<std::string> split_list(const std::string& text);  // "a,b" -> a, b; empty -> none

// Of UTF-8: all bytes but those that go on with a letter.
size_t letters_in(std::string_view utf8);

}  // namespace lienet
