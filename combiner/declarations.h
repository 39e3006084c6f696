// Pass → the declarations at namespace scope of the local files, none of them reached yet.
#pragma once

#include "clang/AST/DeclBase.h"
#include "combiner/crop.h"

namespace combiner {

class DeclarationTable {
 public:
  DeclarationTable(const Pass& pass, const Registry& registry);

  std::vector<Declaration>& all() { return declarations_; }
  const std::vector<Declaration>& const_all() const { return declarations_; }
  /// The index of the declaration that contains `at`; -1 for third-party text.
  int find(clang::SourceLocation at) const;
  const std::vector<const clang::Decl*>& decls(int index) const { return decls_[index]; }
  bool is_local(clang::SourceLocation at) const;
  bool is_vocabulary(const clang::Decl* decl) const;

 private:
  void add(const clang::DeclContext* context, const std::vector<std::string>& spaces);
  FileRange base_with_separator(FileRange at) const;
  void describe_artifact(const clang::CXXRecordDecl* record, Declaration& declaration) const;

  const Pass& pass_;
  const Registry& registry_;
  std::vector<Declaration> declarations_;
  std::vector<std::vector<const clang::Decl*>> decls_;       // parallel: redeclarations in a range
  std::map<std::string, std::map<unsigned, int>> by_begin_;  // file → begin → index
};

/// The text of a declaration, from its first token to its last, `;` included.
FileRange range_of(const clang::Decl* decl, const Pass& pass);

/// Is this, or does it derive from, coop::Artifact?
bool is_artifact(const clang::CXXRecordDecl* record);

/// A method that stays with an artifact's data, called or not: a constructor, the destructor, one
/// that is only there to be overridden.
bool is_part_of_state(const clang::CXXMethodDecl* method);

/// The file range of a token range; nullopt when it straddles a macro.
std::optional<FileRange> file_range(clang::CharSourceRange range, const Pass& pass);

}  // namespace combiner
