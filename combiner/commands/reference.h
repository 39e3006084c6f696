// The table of commands → its reference: a man page, and docs/commands.md.
#pragma once

#include <string>

namespace combiner {

/// In roff, as man(1) shows it.
std::string man_page();

std::string markdown_reference();

}  // namespace combiner
