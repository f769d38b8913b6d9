#include "engine/settings.h"

#include <algorithm>

namespace lienet {

void for_each_setting(std::string_view what, std::string_view text,
                      const std::function<void(std::string_view, std::string_view)>& set) {
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(','));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    const size_t equals = word.find('=');
    if (equals == word.npos) fail("{}: {}: expected key=value", what, word);
    set(word.substr(0, equals), word.substr(equals + 1));
  }
}

}  // namespace lienet
