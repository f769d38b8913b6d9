#include "tools/lienet/command_line.h"

int main(int argc, char** argv) {
  return lienet::commands::run_command_line({argv + 1, argv + argc});
}
