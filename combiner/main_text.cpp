// Registry → the text of main().
#include "combiner/main_text.h"

#include "llvm/ADT/StringExtras.h"

namespace combiner {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "\"";
}

std::string value_type(const std::string& type) {
  return type == "const std::string&" || type == "std::string_view" ? "std::string" : type;
}

}  // namespace

std::string snake_case(const std::string& name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool upper = llvm::isUpper(name[i]);
    const bool starts_word = i > 0 && upper && (!llvm::isUpper(name[i - 1]) ||
                                                (i + 1 < name.size() && llvm::isLower(name[i + 1])));
    if (starts_word && out.back() != '_') out += '_';
    out += llvm::toLower(name[i]);
  }
  return out;
}

std::string main_text(const Registry& registry, const std::string& object,
                      const std::string& declaration, const std::string& entry) {
  std::string out = "int main(int argc, char** argv) try {\n  " + declaration + "\n";
  if (registry.raw_command_line) {
    out += "  return " + entry + "argc, argv);\n";
  } else {
    std::string arguments;
    for (const Member& parameter : registry.run.parameters) {
      const std::string type = value_type(parameter.type);
      const bool scalar = type != "std::string";
      out += "  " + type + " " + parameter.name +
             (!parameter.initializer.empty() ? " = " + parameter.initializer
              : scalar                       ? " = {}"
                                             : "") +
             ";\n";
      arguments += (arguments.empty() ? "" : ", ") + parameter.name;
    }
    out += "  Flags flags(argc, argv, " + quoted(registry.service.doc) + ");\n";
    for (const Member& parameter : registry.run.parameters)
      out += std::string("  flags.") + (parameter.initializer.empty() ? "required" : "option") +
             "(\"--" + parameter.name + "\", " + parameter.name + ", " + quoted(parameter.doc) +
             ");\n";
    for (const Registered& artifact : registry.artifacts)
      for (const Member& field : artifact.configuration) {
        const std::string path = artifact.name + "." + field.name;
        out += "  flags.option(\"--" + path + "\", " + object + "." + path + ", " +
               quoted(field.doc) + ");\n";
      }
    out += "  if (flags.finish()) return 0;\n";
    const bool returns = registry.run.type.find("void") == std::string::npos;
    out += returns ? "  return " + entry + arguments + ");\n"
                   : "  " + entry + arguments + ");\n  return 0;\n";
  }
  return out + "} catch (const std::exception& error) {\n"
               "  std::fprintf(stderr, \"error: %s\\n\", error.what());\n"
               "  return 1;\n}\n";
}

}  // namespace combiner
