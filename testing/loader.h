// Laws of what reads a model: its shape and its weights are those of the file.
#pragma once

#include "testing/model_files.h"
#include "testing/universal.h"

namespace coop::testing {

/// What a loader made of a file.
struct LoadedModel {
  LlamaConfig config;
  LlamaWeights weights;
};

template <class Subject>
void load_into(Subject& subject, const std::string& path, LoadedModel& model) {
  subject.load(path, model.config, model.weights);
}

/// In which form this loader wants a model; nothing if in none that is known.
template <class Subject>
const std::optional<ModelForm>& form_of_loader() {
  static const std::optional<ModelForm> form = []() -> std::optional<ModelForm> {
    for (const ModelForm one : {ModelForm::kLlama2c, ModelForm::kHuggingFace, ModelForm::kSizes}) {
      const ModelFile file(one, shape_of_file(0));
      try {
        Subject subject;
        LoadedModel model;
        load_into(subject, file.path(), model);
        return one;
      } catch (const std::exception&) {
      }
    }
    return std::nullopt;
  }();
  return form;
}

/// Loads model number so and so, and says what came of it: sizes, and numbers of each weight.
template <class Subject>
std::vector<double> load_number(Subject& subject, int number) {
  const ModelFile file(form_of_loader<Subject>().value_or(ModelForm::kSizes),
                       shape_of_file(number));
  LoadedModel model;
  load_into(subject, file.path(), model);
  std::vector<double> out = {double(model.config.layers), double(model.config.vocab_size)};
  for (const NamedWeight& one : named_weights(model.config)) {
    const Buffer<float>& numbers = model.weights.*one.weights;
    double by_place = 0;
    for (size_t i = 0; i < numbers.size(); ++i) by_place += double(i % 97 + 1) * numbers.data()[i];
    out.insert(out.end(), {double(numbers.size()), by_place});
  }
  return out;
}

template <class Subject>
std::vector<Method<Subject>> loader_methods() {
  std::vector<Method<Subject>> out;
  out.push_back(method_of<Subject>(
      "load", [](Subject& self, Given& given) { return load_number(self, given.number<int>(0)); },
      {{"model", {0, 11}}}));
  return out;
}

/// For each of some models its file, a loader that read another before, and one that read none.
template <class Subject, class Law>
void for_files(const Description<Subject>& description, const std::string& words, Law law) {
  std::set<std::pair<std::vector<double>, int>> known;  // there are few models: once is enough
  for_all(scenarios(description, 1), words, [&](const Scenario& scenario) {
    only_if(form_of_loader<Subject>().has_value() && !scenario.steps.empty());
    const int number = static_cast<int>(scenario.steps[0].arguments.at(0).numbers.at(0));
    if (known.contains({scenario.fields, number})) return;
    Subject used, fresh;
    set_fields(description, scenario, used);
    set_fields(description, scenario, fresh);
    LoadedModel before;
    load_into(used, ModelFile(*form_of_loader<Subject>(), shape_of_file(11)).path(), before);
    law(used, fresh, ModelFile(*form_of_loader<Subject>(), shape_of_file(number)));
    known.insert({scenario.fields, number});
  });
}

namespace laws {

/// What is told of the model is what the file says, and its weights are as many as that asks for.
template <class Subject>
void the_shape_is_that_of_the_file(const Description<Subject>& description) {
  for_files(description, "a model has the shape of its file",
            [](Subject& subject, Subject&, const ModelFile& file) {
              LoadedModel model;
              load_into(subject, file.path(), model);
              const LlamaConfig &found = model.config, &wanted = file.config();
              const std::pair<const char*, int LlamaConfig::*> sizes[] = {
                  {"dim", &LlamaConfig::dim},
                  {"ffn_dim", &LlamaConfig::ffn_dim},
                  {"layers", &LlamaConfig::layers},
                  {"heads", &LlamaConfig::heads},
                  {"kv_heads", &LlamaConfig::kv_heads},
                  {"head_dim", &LlamaConfig::head_dim},
                  {"vocab_size", &LlamaConfig::vocab_size}};
              for (const auto& [name, size] : sizes)
                holds_if(
                    found.*size == wanted.*size,
                    std::string(name) + " is " + seen(found.*size) + ", not " + seen(wanted.*size));
              for (const NamedWeight& one : named_weights(found)) {
                const size_t least = one.layers * one.each();
                const size_t most = least + (one.layers == 1 ? found.dim : 0);  // a row of zeros
                const size_t size = (model.weights.*one.weights).size();
                holds_if(least <= size && size <= most,
                         one.name + " has " + seen(size) + " numbers, not " + seen(least));
              }
            });
}

/// Each weight is the one that the file has in its place.
template <class Subject>
void the_weights_are_those_of_the_file(const Description<Subject>& description) {
  for_files(description, "weights are those of the file",
            [](Subject& subject, Subject&, const ModelFile& file) {
              only_if(*form_of_loader<Subject>() != ModelForm::kSizes);
              LoadedModel model;
              load_into(subject, file.path(), model);
              holds_if(model.config.tied_embeddings == file.config().tied_embeddings,
                       "tokens come out with other weights than the file's");
              for (const NamedWeight& one : named_weights(file.config())) {
                const float* found = (model.weights.*one.weights).data();
                const float* wanted = (file.weights().*one.weights).data();
                for (size_t i = 0; i < one.layers * one.each(); ++i)
                  holds_if(found[i] == wanted[i], one.name + ": number " + seen(i) + " is " +
                                                      seen(found[i]) + ", not " + seen(wanted[i]));
              }
            });
}

/// Nothing is left of a model that was loaded before, neither in the loader nor in what it filled.
template <class Subject>
void a_second_model_is_like_a_first(const Description<Subject>& description) {
  for_files(description, "a second model is like a first one",
            [](Subject& used, Subject& fresh, const ModelFile& file) {
              LoadedModel first, second;
              load_into(used, ModelFile(*form_of_loader<Subject>(), shape_of_file(11)).path(),
                        second);
              load_into(used, file.path(), second);
              load_into(fresh, file.path(), first);
              for (NamedWeight& one : named_weights(shape_of_file(11)))
                holds_if(seen(first.weights.*one.weights) == seen(second.weights.*one.weights),
                         "other numbers in " + one.name + " after another model");
            });
}

}  // namespace laws

namespace laws {  // not listed by the generator: `/// law: what_is_no_whole_file_is_refused`

/// For a loader that refuses files which end early, go on, or are not there.
template <class Subject>
void what_is_no_whole_file_is_refused(const Description<Subject>& description) {
  for_files(description, "a file that is not whole is refused",
            [](Subject& subject, Subject&, const ModelFile& file) {
              only_if(*form_of_loader<Subject>() != ModelForm::kSizes);
              const auto refused = [&](const std::string& path, const std::string& what) {
                LoadedModel model;
                try {
                  load_into(subject, path, model);
                } catch (const std::exception&) {
                  return;
                }
                broken("it reads a file " + what);
              };
              const auto whole = std::filesystem::file_size(file.data());
              refused(file.path() + ".none", "that is not there");
              std::filesystem::resize_file(file.data(), whole + 4);
              refused(file.path(), "that goes on");
              for (const size_t bytes : {whole - 4, whole / 2, size_t(24), size_t(0)}) {
                std::filesystem::resize_file(file.data(), bytes);
                refused(file.path(), "of which " + seen(bytes) + " bytes are left");
              }
            });
}

}  // namespace laws
}  // namespace coop::testing
