// `--check-all`: methods that nobody calls are instantiated too, so that Clang reads them.
#pragma once

#include <memory>
#include <string>

namespace clang {
class ASTConsumer;
}

namespace combiner {

/// At the end of the translation unit, instantiates every method of a registered artifact and of
/// the service that is a template by its `self` alone.
std::unique_ptr<clang::ASTConsumer> instantiate_all(const std::string& service);

}  // namespace combiner
