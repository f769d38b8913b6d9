// The known word that a mistyped one was probably meant to be.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

namespace lienet {

// The word of `known` with the smallest Levenshtein distance; the first of equals; not empty.
std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known);
inline std::string_view nearest_word(std::string_view word,
                                     std::initializer_list<std::string_view> known) {
  return nearest_word(word, std::span(known.begin(), known.size()));
}

}  // namespace lienet
