// Byte-pair encoding as Hugging Face's tokenizer.json describes it.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <queue>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "artifacts/load/json.h"
#include "artifacts/tokenize/byte_pair_words.h"

/// Two kinds of vocabulary: over bytes (GPT-2, Llama 3, Qwen), and as SentencePiece has it (Llama
/// 2: a space is U+2581, and what the vocabulary cannot spell becomes bytes, <0x0A>). What a file
/// asks for beyond that is refused by name. tokenizer_config.json, config.json and
/// generation_config.json beside it say which tokens end a text.
struct BytePair : coop::Artifact {
  std::string path = "";  ///< Folder of tokenizer.json; empty: the model's.

  /// Throws std::runtime_error naming the file and the field at fault.
  void load(this auto& self, const std::string& model_path, int vocab_size) {
    const std::string folder = self.path.empty() ? model_path : self.path;
    const std::string file = folder + "/tokenizer.json";
    const Json json = read_json(file);
    self.read_words(json, file);
    self.read_vocabulary(json, file, vocab_size);
    self.read_merges(json["model"]["merges"], file + ": model: merges");
    self.read_added(json["added_tokens"], file + ": added_tokens", vocab_size);
    self.beginning.clear();
    self.read_beginning(json["post_processor"], file + ": post_processor");
    self.read_ends(folder, json["post_processor"].kind == Json::Kind::kNull);
  }

  /// Tokens of `text` (UTF-8), with the beginning of text in front if the model wants one. Added
  /// tokens, such as <|eot_id|>, are recognized within the text.
  std::vector<int> encode(this auto& self, const std::string& text) {
    std::vector<int> tokens = self.beginning;
    size_t from = 0;  // of the text that is not yet encoded
    for (size_t at = 0; at <= text.size(); ++at) {
      const int added = self.added_token(text, at);
      if (added < 0 && at < text.size()) continue;
      if (at > from) self.encode_part(text.substr(from, at - from), from == 0, tokens);
      if (added < 0) break;
      tokens.push_back(added);
      from = at + self.texts[added].size();
      at = from - 1;
    }
    return tokens;
  }

  /// Text of `token`, which may be part of a UTF-8 character; none for a special token.
  std::string decode(this auto& self, int previous_token, int token) {
    if (self.is_special.at(token)) return "";
    const std::string& text = self.texts.at(token);
    // The space before the first word is not the author's.
    const bool first =
        previous_token < 0 || (!self.beginning.empty() && previous_token == self.beginning.back());
    return self.drops_first_space && first && text.starts_with(' ') ? text.substr(1) : text;
  }

  /// Whether `token` ends a text.
  bool is_end(this auto& self, int token) {
    return std::find(self.ends.begin(), self.ends.end(), token) != self.ends.end();
  }

 private:
  enum class FirstSpace { kNever, kFirst, kAlways };  // before which parts of a text one is put
  struct Merge {
    int rank = 0;  // the lowest goes first
    int token = 0;
  };

  bool over_bytes = false;
  FirstSpace first_space = FirstSpace::kNever;
  bool spaces_once = false;        // no second space before a text that begins with one
  bool drops_first_space = false;  // when decoding
  bool whole_words = false;        // a word that is a token needs no merging
  WordPattern pattern;
  std::vector<std::string> texts;              // (vocab_size) what each token stands for
  std::vector<bool> is_special;                // (vocab_size)
  std::unordered_map<std::string, int> ids;    // by text, <0x0A> and the like left out
  std::array<int, 256> byte_tokens = {};       // by byte
  std::unordered_map<uint64_t, Merge> merges;  // by two tokens
  std::vector<int> added;                      // tokens, the longest first
  std::vector<int> beginning;                  // what goes before a text
  std::vector<int> ends;

  // ---- reading --------------------------------------------------------------------------------

  void read_words(this auto& self, const Json& json, const std::string& file) {
    const Json& splitter = json["pre_tokenizer"];
    const Json& normalizer = json["normalizer"];
    const std::string where = file + ": pre_tokenizer";
    self.over_bytes = false;
    self.first_space = FirstSpace::kNever;
    self.spaces_once = self.drops_first_space = false;
    self.pattern = WordPattern();
    if (splitter["type"].string == "Metaspace") {
      const std::string scheme = splitter["prepend_scheme"].string;
      const bool whole = splitter["split"].kind == Json::Kind::kBoolean &&
                         !splitter["split"].boolean && splitter["replacement"].string == kSpaceMark;
      if (!whole || (scheme != "always" && scheme != "first" && scheme != "never")) {
        throw std::runtime_error(where + ": expected a Metaspace of U+2581 with split false and " +
                                 "prepend_scheme always, first or never");
      }
      if (scheme == "first") self.first_space = FirstSpace::kFirst;
      if (scheme == "always") self.first_space = FirstSpace::kAlways;
      self.drops_first_space = scheme != "never";
      self.spaces_once = true;
    } else if (splitter.kind == Json::Kind::kObject) {
      self.read_splitter(splitter, where);
      if (!self.over_bytes) throw std::runtime_error(where + ": expected ByteLevel or Metaspace");
    }
    if (self.over_bytes || splitter.kind == Json::Kind::kObject) {
      if (normalizer.kind != Json::Kind::kNull) {
        refuse_json(normalizer["type"], file + ": normalizer", "none");
      }
      return;
    }
    // Llama 2's own files: a space before the text, and all spaces become U+2581.
    const Json& parts = json_array(normalizer["normalizers"], file + ": normalizer: normalizers");
    for (const Json& part : parts.items) {
      const bool prepends =
          part["type"].string == "Prepend" && part["prepend"].string == kSpaceMark;
      const bool replaces = part["type"].string == "Replace" &&
                            part["content"].string == kSpaceMark &&
                            part["pattern"]["String"].string == " ";
      if (!prepends && !replaces) {
        refuse_json(part["type"], file + ": normalizer", "Prepend or Replace");
      }
      if (prepends) self.first_space = FirstSpace::kAlways;
      if (prepends) self.drops_first_space = true;
    }
  }

  void read_splitter(this auto& self, const Json& splitter, const std::string& where) {
    using Family = WordPattern::Family;
    const std::string& type = json_string(splitter["type"], where + ": type");
    const bool uncut = self.pattern.family == Family::kWhole && !self.over_bytes;
    if (type == "Sequence") {
      for (const Json& part :
           json_array(splitter["pretokenizers"], where + ": pretokenizers").items) {
        self.read_splitter(part, where);
      }
    } else if (type == "Digits" && uncut && splitter["individual_digits"].boolean) {
      self.pattern.single_digits = true;
    } else if (type == "Split" && uncut) {
      const std::string& regex =
          json_string(splitter["pattern"]["Regex"], where + ": pattern: Regex");
      const bool removed = splitter["behavior"].string == "Removed" && splitter["invert"].boolean;
      const bool isolated =
          splitter["behavior"].string == "Isolated" && !splitter["invert"].boolean;
      if (!removed && !isolated) {
        refuse_json(splitter["behavior"], where + ": behavior", "Isolated");
      }
      self.pattern.family = regex == kGpt2 ? Family::kGpt2 : Family::kLlama3;
      self.pattern.digits = regex == kLlama3 ? 3 : 1;
      if (regex != kGpt2 && regex != kLlama3 && regex != kQwen2) {
        refuse_json(splitter["pattern"]["Regex"], where + ": pattern",
                    "the expression of GPT-2, Llama 3 or Qwen 2");
      }
    } else if (type == "ByteLevel" && !self.over_bytes) {
      self.over_bytes = true;
      const Json& regex = splitter["use_regex"];
      const bool uses = regex.kind == Json::Kind::kNull || regex.boolean;
      if (splitter["add_prefix_space"].boolean) {
        throw std::runtime_error(where + ": ByteLevel: add_prefix_space: expected false");
      }
      if (uses && self.pattern.family != Family::kWhole) {
        throw std::runtime_error(where + ": ByteLevel: use_regex: expected false after a Split");
      }
      if (uses) self.pattern.family = Family::kGpt2;
    } else {
      refuse_json(splitter["type"], where + ": type",
                  "Digits, one Split and ByteLevel, in this order");
    }
  }

  void read_vocabulary(this auto& self, const Json& json, const std::string& file, int vocab_size) {
    const Json& model = json_object(json["model"], file + ": model");
    if (model["type"].string != "BPE") refuse_json(model["type"], file + ": model: type", "BPE");
    for (const char* key : {"dropout", "continuing_subword_prefix", "end_of_word_suffix"}) {
      const Json& value = model[key];
      const bool none = value.kind == Json::Kind::kNull || value.number == 0;
      if (!none || !value.string.empty()) refuse_json(value, file + ": model: " + key, "none");
    }
    self.whole_words = model["ignore_merges"].boolean;
    self.texts.assign(static_cast<size_t>(vocab_size), "");
    self.is_special.assign(static_cast<size_t>(vocab_size), false);
    self.ids.clear();
    self.byte_tokens.fill(-1);
    const Json& vocabulary = json_object(model["vocab"], file + ": model: vocab");
    for (size_t i = 0; i < vocabulary.keys.size(); ++i) {
      const std::string where = file + ": model: vocab: " + vocabulary.keys[i];
      const int id = static_cast<int>(json_integer(vocabulary.items[i], where, 0, vocab_size - 1));
      if (!self.texts[id].empty()) refuse_json(vocabulary.items[i], where, "an id of its own");
      self.texts[id] = self.token_text(vocabulary.keys[i]);
      const int byte = self.token_byte(vocabulary.keys[i]);
      if (byte >= 0) self.byte_tokens[byte] = id;
      if (byte >= 0) self.texts[id] = std::string(1, static_cast<char>(byte));
      if (byte < 0 || self.over_bytes) self.ids.emplace(self.texts[id], id);
    }
    const auto missing = std::find(self.byte_tokens.begin(), self.byte_tokens.end(), -1);
    if (missing != self.byte_tokens.end()) {
      throw std::runtime_error(file + ": model: vocab: no token for byte " +
                               std::to_string(missing - self.byte_tokens.begin()) +
                               "; a vocabulary without one for each byte is not supported");
    }
  }

  /// A vocabulary's own spelling, as the text that it stands for.
  std::string token_text(this auto& self, const std::string& spelled) {
    std::string text;
    const std::vector<Character> characters = split_characters(spelled);
    for (size_t i = 0; i + 1 < characters.size(); ++i) {
      const uint32_t code_point = characters[i].code_point;
      const int byte = self.over_bytes ? gpt2_byte(code_point) : code_point == 0x2581 ? ' ' : -1;
      if (byte >= 0) text += static_cast<char>(byte);
      if (byte < 0) append_utf8(text, code_point);
    }
    return text;
  }

  /// The byte that a token is there for, or -1.
  int token_byte(this auto& self, const std::string& spelled) {
    if (self.over_bytes) {
      const std::vector<Character> characters = split_characters(spelled);
      return characters.size() == 2 ? gpt2_byte(characters[0].code_point) : -1;
    }
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    if (spelled.size() != 6 || !spelled.starts_with("<0x") || spelled[5] != '>') return -1;
    const size_t high = kDigits.find(spelled[3]), low = kDigits.find(spelled[4]);
    return high < 16 && low < 16 ? static_cast<int>(high * 16 + low) : -1;
  }

  /// GPT-2 spells the bytes that can be printed as themselves, and the others, in order, from
  /// U+0100.
  static int gpt2_byte(uint32_t code_point) {
    const auto printed = [](uint32_t byte) {
      return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 255 && byte != 173);
    };
    if (code_point < 256) return printed(code_point) ? static_cast<int>(code_point) : -1;
    uint32_t next = 256;
    for (uint32_t byte = 0; byte < 256; ++byte) {
      if (!printed(byte) && next++ == code_point) return static_cast<int>(byte);
    }
    return -1;
  }

  void read_merges(this auto& self, const Json& json, const std::string& where) {
    self.merges.clear();
    const std::vector<Json>& items = json_array(json, where).items;
    for (size_t rank = 0; rank < items.size(); ++rank) {
      const Json& item = items[rank];
      const std::string here = where + ": " + std::to_string(rank);
      std::string left, right;
      if (item.kind == Json::Kind::kArray && item.items.size() == 2) {
        left = json_string(item.items[0], here);
        right = json_string(item.items[1], here);
      } else {
        const std::string& pair = json_string(item, here);
        const size_t space = pair.find(' ');
        if (space == std::string::npos) refuse_json(item, here, "two tokens");
        left = pair.substr(0, space);
        right = pair.substr(space + 1);
      }
      const auto token = [&](const std::string& spelled) {
        const auto found = self.ids.find(self.token_text(spelled));
        if (found == self.ids.end()) refuse_json(item, here, "tokens of the vocabulary");
        return found->second;
      };
      const Merge merge = {static_cast<int>(rank), token(left + right)};
      self.merges.emplace(pair_key(token(left), token(right)), merge);
    }
  }

  static uint64_t pair_key(int left, int right) {
    return static_cast<uint64_t>(left) << 32 | static_cast<uint32_t>(right);
  }

  void read_added(this auto& self, const Json& json, const std::string& where, int vocab_size) {
    self.added.clear();
    if (json.kind == Json::Kind::kNull) return;
    for (const Json& item : json_array(json, where).items) {
      const std::string text = json_string(item["content"], where + ": content");
      const std::string here = where + ": " + text;
      for (const char* key : {"single_word", "lstrip", "rstrip"}) {
        if (item[key].boolean) throw std::runtime_error(here + ": " + key + ": expected false");
      }
      const int id = static_cast<int>(json_integer(item["id"], here + ": id", 0, vocab_size - 1));
      if (text.empty()) refuse_json(item["content"], here, "a text");
      self.texts[id] = text;
      self.is_special[id] = item["special"].boolean;
      self.added.push_back(id);
    }
    std::sort(self.added.begin(), self.added.end(), [&](int left, int right) {
      return self.texts[left].size() > self.texts[right].size();
    });
  }

  void read_beginning(this auto& self, const Json& json, const std::string& where) {
    if (json.kind == Json::Kind::kNull) return;
    const std::string& type = json_string(json["type"], where + ": type");
    if (type == "Sequence") {
      for (const Json& part : json_array(json["processors"], where + ": processors").items) {
        self.read_beginning(part, where);
      }
    } else if (type == "TemplateProcessing") {
      bool text_seen = false;
      for (const Json& part : json_array(json["single"], where + ": single").items) {
        const bool is_text = part["Sequence"].kind == Json::Kind::kObject;
        if (text_seen)
          throw std::runtime_error(where + ": single: expected nothing after the text");
        text_seen = is_text;
        if (is_text) continue;
        const std::string& name = json_string(part["SpecialToken"]["id"], where + ": single: id");
        const std::string here = where + ": special_tokens: " + name;
        for (const Json& id : json_array(json["special_tokens"][name]["ids"], here).items) {
          const int most = static_cast<int>(self.texts.size()) - 1;
          self.beginning.push_back(static_cast<int>(json_integer(id, here + ": ids", 0, most)));
        }
      }
    } else if (type != "ByteLevel") {
      refuse_json(json["type"], where + ": type", "TemplateProcessing or ByteLevel");
    }
  }

  /// `named` says that only tokenizer_config.json can name a beginning.
  void read_ends(this auto& self, const std::string& folder, bool named) {
    self.ends.clear();
    const int most = static_cast<int>(self.texts.size()) - 1;
    for (const char* name : {"/config.json", "/generation_config.json"}) {
      const std::string file = folder + name;
      if (!std::filesystem::exists(file)) continue;
      const Json json = read_json(file);
      const Json& ends = json["eos_token_id"];
      const bool one = ends.kind == Json::Kind::kNumber;
      for (const Json& end : one ? std::vector<Json>{ends} : ends.items) {
        const std::string where = file + ": eos_token_id";
        self.ends.push_back(static_cast<int>(json_integer(end, where, 0, most)));
      }
    }
    const std::string file = folder + "/tokenizer_config.json";
    if (!std::filesystem::exists(file)) return;
    const Json json = read_json(file);
    for (const char* key : {"bos_token", "eos_token"}) {
      const bool begins = key[0] == 'b';
      const Json& token =
          json[key]["content"].kind == Json::Kind::kNull ? json[key] : json[key]["content"];
      if (token.kind == Json::Kind::kNull) continue;
      if (begins && !(named && json["add_bos_token"].boolean)) continue;
      const std::string& text = json_string(token, file + ": " + key);
      const auto found = std::find(self.texts.begin(), self.texts.end(), text);
      if (found == self.texts.end()) refuse_json(token, file + ": " + key, "a token");
      (begins ? self.beginning : self.ends).push_back(static_cast<int>(found - self.texts.begin()));
    }
  }

  // ---- encoding -------------------------------------------------------------------------------

  /// The longest added token that begins at byte `at` of the text, or -1.
  int added_token(this auto& self, const std::string& text, size_t at) {
    for (const int token : self.added) {
      if (text.compare(at, self.texts[token].size(), self.texts[token]) == 0) return token;
    }
    return -1;
  }

  /// Appends the tokens of a part of a text that holds no added token.
  void encode_part(this auto& self, std::string text, bool first, std::vector<int>& tokens) {
    const std::string mark = kSpaceMark;
    for (size_t at = 0; !self.over_bytes && (at = text.find(mark, at)) != std::string::npos;) {
      text.replace(at, mark.size(), 1, ' ');  // a vocabulary of this kind cannot tell them apart
    }
    const bool spaced = self.first_space == FirstSpace::kAlways ||
                        (self.first_space == FirstSpace::kFirst && first);
    if (spaced && !(self.spaces_once && text.starts_with(' '))) text.insert(0, 1, ' ');
    for (const std::string& word : split_words(text, self.pattern)) {
      const auto whole = self.ids.find(word);
      if (self.whole_words && whole != self.ids.end()) {
        tokens.push_back(whole->second);
        continue;
      }
      const std::vector<int> merged = self.merge(self.spell(word));
      tokens.insert(tokens.end(), merged.begin(), merged.end());
    }
  }

  /// The word as one token for each byte, or for each character that has one.
  std::vector<int> spell(this auto& self, const std::string& word) {
    std::vector<int> tokens;
    const std::vector<Character> characters = split_characters(word);
    for (size_t i = 0; i + 1 < characters.size(); ++i) {
      const size_t begin = characters[i].begin, end = characters[i + 1].begin;
      const auto found = self.ids.find(word.substr(begin, end - begin));
      if (!self.over_bytes && found != self.ids.end()) {
        tokens.push_back(found->second);
        continue;
      }
      for (size_t byte = begin; byte < end; ++byte) {
        tokens.push_back(self.byte_tokens[static_cast<unsigned char>(word[byte])]);
      }
    }
    return tokens;
  }

  /// Joins neighbours, the lowest rank first and, among equals, the leftmost.
  std::vector<int> merge(this auto& self, std::vector<int> tokens) {
    const size_t count = tokens.size();
    std::vector<size_t> next(count), previous(count);
    using Candidate = std::tuple<int, size_t, int, int>;  // rank, left's place, left, right
    std::priority_queue<Candidate, std::vector<Candidate>, std::greater<Candidate>> candidates;
    const auto offer = [&](size_t left, size_t right) {
      if (left >= count || right >= count) return;
      const auto found = self.merges.find(pair_key(tokens[left], tokens[right]));
      if (found == self.merges.end()) return;
      candidates.emplace(found->second.rank, left, tokens[left], tokens[right]);
    };
    for (size_t i = 0; i < count; ++i) {
      next[i] = i + 1;
      previous[i] = i - 1;  // before the first there is none: beyond count
      offer(i, i + 1);
    }
    constexpr int kGone = -1;
    while (!candidates.empty()) {
      const auto [rank, left, left_token, right_token] = candidates.top();
      candidates.pop();
      const size_t right = next[left];
      // An earlier merge may have taken either of them.
      if (tokens[left] != left_token || right >= count || tokens[right] != right_token) continue;
      tokens[left] = self.merges.at(pair_key(left_token, right_token)).token;
      tokens[right] = kGone;
      next[left] = next[right];
      if (next[right] < count) previous[next[right]] = left;
      offer(previous[left], left);
      offer(left, next[left]);
    }
    tokens.erase(std::remove(tokens.begin(), tokens.end(), kGone), tokens.end());
    return tokens;
  }

  static constexpr const char* kSpaceMark = "\u2581";
  static constexpr const char* kGpt2 =
      R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
  static constexpr const char* kLlama3 =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
      R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  static constexpr const char* kQwen2 =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
      R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
};
