// A peer of which nothing is known but what it is asked.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>

#include "testing/fakes.h"
#include "testing/made.h"

namespace coop::testing {

/// What such a peer answers: a small number, the same for the same question, and whatever else the
/// artifact takes it for.
class Anything {
 public:
  explicit Anything(unsigned question) {
    for (size_t i = 0; i < elements_->size(); ++i) {
      question = question * 1664525u + 1013904223u;
      (*elements_)[i] = static_cast<float>((question >> 24) % 16);
    }
  }

  operator double() const { return (*elements_)[0]; }
  template <class T>
  operator std::vector<T>() const {
    return std::vector<T>(elements_->begin(), elements_->end());
  }
  operator const float*() const { return elements_->data(); }
  operator std::string() const { return shown((*elements_)[0]); }

  float operator[](size_t i) const { return elements_->at(i); }
  const float* data() const { return elements_->data(); }
  size_t size() const { return elements_->size(); }
  auto begin() const { return elements_->begin(); }
  auto end() const { return elements_->end(); }
  explicit operator bool() const { return (*elements_)[0] >= 8; }

  /// As a value of that type; of two bools, either as often.
  template <class T>
  T as() const {
    if constexpr (std::is_same_v<T, bool>)
      return (*elements_)[0] >= 8;
    else if constexpr (std::is_arithmetic_v<T>)
      return static_cast<T>((*elements_)[0]);
    else if constexpr (std::is_same_v<T, std::optional<long>>)
      return (*elements_)[1] >= 8 ? T(static_cast<long>((*elements_)[0])) : T();
    else
      return *this;
  }

 private:
  std::shared_ptr<std::array<float, 256>> elements_ = std::make_shared<std::array<float, 256>>();
};

/// What else an answer depends on: in one scenario a question has one answer, in another one
/// another. Else a question without arguments had one for ever, and what hangs on it never came.
inline unsigned& mood() {
  static unsigned value = 0;
  return value;
}

/// Notes what it is asked. A derived test declares one method for each that the artifact calls:
///   struct Pool : FakePeer { FAKE_METHOD(alloc) FAKE_METHOD(free) };
class FakePeer : public Peer {
 public:
  explicit FakePeer(std::string name) : Peer(name), name_(std::move(name)) {}

  template <class... Given>
  Anything answer(const std::string& method, const Given&... given) {
    return Anything(asked(method, given...).second);
  }

  /// An object that is the same for the same question, and stays as the artifact leaves it.
  template <class T, class... Given>
  T& kept(const std::string& method, const Given&... given) {
    std::shared_ptr<void>& object = objects_[asked(method, given...).first];
    if (!object) object = std::make_shared<T>();
    return *static_cast<T*>(object.get());
  }

  /// An answer of the type that the peer's class declares. What is pointed or referred to is as
  /// `kept`; null is an answer where the artifact asks whether there is one.
  template <class T, class... Given>
  T declared(bool may_be_null, const std::string& method, const Given&... given) {
    auto [call, question] = asked(method, given...);
    if constexpr (std::is_reference_v<T>) {
      return kept_as<std::remove_cvref_t<T>>(call, question);
    } else if constexpr (std::is_pointer_v<T>) {
      using Pointed = std::remove_cv_t<std::remove_pointer_t<T>>;
      if (may_be_null && made<bool>(question)) return nullptr;
      if constexpr (std::is_arithmetic_v<Pointed>)  // the first of many, as a rule
        return kept_as<std::array<Pointed, 256>>(call, question).data();
      else
        return &kept_as<Pointed>(call, question);
    } else {
      return made<T>(question);
    }
  }

  void look(std::vector<std::string>& out) const {
    out.insert(out.end(), calls_.begin(), calls_.end());
  }

 private:
  /// The question in words, and as a number.
  template <class... Given>
  std::pair<std::string, unsigned> asked(const std::string& method, const Given&... given) {
    std::string call = name_ + "." + method + "(";
    ((call += seen(given) + " "), ...);
    unsigned question = 2166136261u ^ mood();
    for (const char c : call) question = (question ^ static_cast<unsigned char>(c)) * 16777619u;
    if (Perturbed::current() == name_ + "." + method) question = ~question;
    calls_.push_back(call + ")");
    return {call, question};
  }

  template <class T>
  T& kept_as(const std::string& call, unsigned question) {
    std::shared_ptr<void>& object = objects_[call];
    if (!object) object = std::make_shared<T>(made<T>(question));
    return *static_cast<T*>(object.get());
  }

  std::string name_;
  std::vector<std::string> calls_;
  std::map<std::string, std::shared_ptr<void>> objects_;  // by question
};

/// A hook: who asks whether there is one, `requires { self.hooks.after_weights; }`, finds it.
class Hook {
 public:
  Hook(FakePeer& hooks, const char* name) : hooks_(hooks), name_(name) {}

  template <class... Given>
  Anything operator()(const Given&... given) {
    return hooks_.answer(name_, given...);
  }

 private:
  FakePeer& hooks_;
  const char* name_;
};

#define FAKE_HOOK(name) ::coop::testing::Hook name{*this, #name};

#define FAKE_METHOD(method)                            \
  template <class... Given>                            \
  ::coop::testing::Anything method(Given&&... given) { \
    return this->answer(#method, given...);            \
  }

/// The same, of a method whose answer the artifact takes for a number, or a text, of that type.
#define FAKE_ANSWER(type, method)                               \
  template <class... Given>                                     \
  type method(Given&&... given) {                               \
    return this->answer(#method, given...).template as<type>(); \
  }

/// The same, of a method that answers an object, or the address of one; null, for half of what is
/// asked, if `may_be_null`.
#define FAKE_REFERENCE(type, method)                     \
  template <class... Given>                              \
  type& method(Given&&... given) {                       \
    return this->template kept<type>(#method, given...); \
  }
#define FAKE_POINTER(type, method, may_be_null)                                              \
  template <class... Given>                                                                  \
  type* method(Given&&... given) {                                                           \
    if (may_be_null && !this->answer(#method, given...).template as<bool>()) return nullptr; \
    return &this->template kept<type>(#method, given...);                                    \
  }

/// The same, of a method of which the class is known: its type stands last, as it may hold commas.
#define FAKE_DECLARED(method, may_be_null, ...)                                  \
  template <class... Given>                                                      \
  __VA_ARGS__ method(Given&&... given) {                                         \
    return this->template declared<__VA_ARGS__>(may_be_null, #method, given...); \
  }

/// What an answer itself may be asked.
#define FAKE_PART(method)                              \
  template <class... Given>                            \
  ::coop::testing::Anything method(Given&&...) const { \
    return ::coop::testing::Anything(2166136261u);     \
  }

}  // namespace coop::testing
