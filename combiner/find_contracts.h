// Preprocessed → the contracts that authors wrote, none of which is emitted.
//
// Before:  COOP_EXPECTS(layer >= 0);  // as everywhere
//          if (far) COOP_EXPECTS(layer > 1);
// After:   if (far) {}
#pragma once

#include <string>
#include <vector>

#include "combiner/crop.h"

namespace combiner {

/// Is it the name of a macro that says a contract?
bool is_contract(const std::string& macro);

/// What its condition surely changes: `++self.tokens`, `layer = 3`; null when nothing. (Whether a
/// function that it calls changes something is the author's business.)
const clang::Expr* find_effect(const clang::Stmt* contract);

/// `check_contract(...)`, which a contract becomes with `--contracts`.
bool is_check_of_contract(const clang::CallExpr* call);

std::vector<Contract> find_contracts(const Preprocessed& preprocessed);

}  // namespace combiner
