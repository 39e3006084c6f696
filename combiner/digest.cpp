#include "combiner/digest.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"

namespace combiner {

std::string digest(const std::string& text) {
  const auto hash = llvm::SHA256::hash(
      llvm::ArrayRef<uint8_t>(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
  return llvm::toHex(llvm::ArrayRef<uint8_t>(hash).take_front(10), /*LowerCase=*/true);
}

}  // namespace combiner
