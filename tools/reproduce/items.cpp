#include "tools/reproduce/items.h"

#include <fmt/format.h>

#include <array>

#include "engine/words.h"
#include "tools/lienet/commands.h"

namespace lienet::reproduce {

std::span<const Item> items() {
  static const std::array all{table1, table2, fig3,  table3,     fig4,      fig5,
                              fig6,   fig7,   fig10, appendix_a, appendix_b};
  return all;
}

std::vector<const Item*> find_items(const std::string& key) {
  std::vector<const Item*> found;
  std::vector<std::string_view> known{"all"};
  for (const Item& item : items()) {
    if (key == "all" || key == item.key) found.push_back(&item);
    known.push_back(item.key);
  }
  if (found.empty())
    throw commands::UsageError(
        fmt::format("ITEM {}: not known; did you mean {}?", key, nearest_word(key, known)));
  return found;
}

}  // namespace lienet::reproduce
