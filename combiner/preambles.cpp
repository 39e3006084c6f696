#include "combiner/preambles.h"

#include <chrono>

#include "clang/Basic/Version.h"

namespace combiner {
namespace {

using Headers = std::shared_ptr<const ParsedHeaders>;

/// Everything that decides what Clang writes, but for the headers' contents.
std::string key_of(const std::string& text, const std::vector<std::string>& arguments,
                   Files files) {
  return "preamble 3, " + clang::getClangFullVersion() + "\n" +
         explain_arguments(arguments, std::move(files)) + "\n" + text;
}

}  // namespace

Preambles::Preambles(const Request& request, const SourceTree& sources, Files files)
    : macros_(sources.macros), files_(std::move(files)), cache_(request.cache) {
  for (const std::string& header : sources.third_party) text_ += "#include " + header + "\n";
  if (text_.empty()) return;
  for (const Side side : sides_of(request)) {
    emission_[side] = begin(request, {}, side, "c++20", /*make=*/true);
    // The bound source is read once in a run: without a cache its headers are read with it.
    bound_[side] = begin(request, sources, side, "c++23", cache_.is_on());
  }
}

Preambles::~Preambles() {
  for (auto* all : {&bound_, &emission_})
    for (auto& [side, one] : *all) one->thread.join();
}

std::unique_ptr<Preambles::One> Preambles::begin(const Request& request, const SourceTree& sources,
                                                 Side side, const std::string& standard,
                                                 bool make) {
  auto out = std::make_unique<One>();
  out->arguments = clang_arguments(request, sources, side, standard, kPreamblePath);
  out->when_found = out->found.get_future().share();
  out->when_made = out->made.get_future().share();
  out->thread = std::thread([this, make, one = out.get()] { fetch(*one, make); });
  return out;
}

void Preambles::fetch(One& one, bool make) {
  const std::string key = key_of(text_, one.arguments, files_);
  Headers headers;
  if (const auto entry = cache_.find(key)) headers = deserialize(entry->memory, entry->text);
  if (headers && !are_unchanged(headers->headers, *files_)) headers = nullptr;
  one.found.set_value(headers);
  if (!headers && make) {
    const auto begin = std::chrono::system_clock::now();
    if (auto parsed = parse_headers(text_, one.arguments, files_)) {
      note_times(parsed->headers, begin, *files_);
      cache_.keep(key, serialize(*parsed));
      headers = parsed;
    }
  }
  one.made.set_value(headers);
}

Preamble Preambles::bound(Side side) const {
  const auto one = bound_.find(side);
  if (one == bound_.end()) return {};
  return {text_, one->second->when_found.get(), macros_};
}

Preamble Preambles::emission(Side side) const {
  const auto one = emission_.find(side);
  const Headers made = one == emission_.end() ? nullptr : one->second->when_made.get();
  return made ? Preamble{text_, made, macros_} : Preamble{};
}

std::vector<FileStamp> Preambles::stamps() const {
  std::vector<FileStamp> out;
  const auto add = [&](const Headers& headers) {
    if (headers) out.insert(out.end(), headers->headers.begin(), headers->headers.end());
  };
  for (const auto& [side, one] : bound_) add(one->when_found.get());
  for (const auto& [side, one] : emission_) add(one->when_made.get());
  return out;
}

}  // namespace combiner
