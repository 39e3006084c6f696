// BoundSource → Program. Host and device passes run side by side; what they say is told once.
#include "combiner/instantiate.h"

#include <algorithm>
#include <set>
#include <thread>

#include "combiner/check_includes.h"
#include "combiner/check_meaning.h"
#include "combiner/explain_errors.h"

namespace combiner {
namespace {

/// Would Clang say the same with third-party headers where the authors include them?
bool makes_no_difference(const Parsed& behind_preamble, const std::set<std::string>& local) {
  const std::vector<ClangMessage>& messages = behind_preamble.messages;
  return behind_preamble.preamble_fits && behind_preamble.pass &&
         std::all_of(messages.begin(), messages.end(),
                     [&](const ClangMessage& message) {
                       return !message.is_error || local.count(message.path);
                     }) &&
         includes_what_it_names(*behind_preamble.pass);
}

}  // namespace

Result<Program> instantiate(const Request& request, const SourceTree& sources,
                            const Registry& registry, const BoundSource& bound,
                            const Preambles& preambles, bool local_only, Files files) {
  Result<Program> result;
  std::set<std::string> local;
  for (const auto& [path, file] : sources.files) local.insert(path);
  local.insert(bound.main_path);
  std::map<std::string, std::string> texts;
  for (const auto& [path, overlay] : bound.overlays) texts[path] = overlay.text;
  const Files overlaid = with_texts(files, texts);
  auto run = [&](Side side) {
    ParseInput input{clang_arguments(request, sources, side, "c++23", bound.main_path),
                     overlaid,
                     local,
                     preambles.bound(side),
                     {.local_only = local_only},
                     request.check_all ? registry.service.name : ""};
    Parsed out = parse(input);
    if (input.preamble.text.empty() || makes_no_difference(out, local)) return out;
    input.preamble = {};
    return parse(input);
  };
  Parsed host, device;
  if (request.device == Device::kCuda) {
    std::thread other([&] { device = run(Side::kDevice); });
    host = run(Side::kHost);
    other.join();
  } else {
    host = run(Side::kHost);
  }
  std::vector<ClangMessage> messages = host.messages;
  if (!host.failed)  // what the host accepts and the device does not
    messages.insert(messages.end(), device.messages.begin(), device.messages.end());
  if (host.failed && host.pass)  // a macro that reached too far explains whatever follows
    CheckMeaning(*host.pass, bound, result.diagnostics).macros();
  if (result.diagnostics.empty())
    result.diagnostics = explain_errors(messages, host.pass.get(), registry, bound);
  if (host.failed || (request.device == Device::kCuda && device.failed)) return result;
  result.value = Program{host.pass, device.pass};
  return result;
}

}  // namespace combiner
