// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fields of JSON objects that are taken as hostile.
#pragma once
#include "compiler/judge/Plan.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"

namespace dyadic::judge {

constexpr int64_t mostNumber = int64_t(1) << 31; ///< where a field has no smaller limit

/// Reads fields of one object after the other; the first problem is kept.
struct Reader {
  std::string problem;
  std::string where; ///< "streams[3]"

  void wrong(llvm::StringRef key, llvm::StringRef what) {
    if (problem.empty())
      problem = (where + (where.empty() || key.empty() ? "" : ".") + key + " " + what).str();
  }
  int64_t whole(const llvm::json::Value *v, llvm::StringRef key, int64_t least, int64_t most) {
    std::optional<int64_t> n = v ? v->getAsInteger() : std::nullopt;
    if (!n || *n < least || *n > most) {
      wrong(key, ("is no whole number from " + llvm::Twine(least) + " to " + llvm::Twine(most)).str());
      return least;
    }
    return *n;
  }
  int64_t number(const llvm::json::Object &o, llvm::StringRef key, int64_t least = 0,
                 int64_t most = mostNumber) {
    return whole(o.get(key), key, least, most);
  }
  template <class T>
  int64_t index(const llvm::json::Object &o, llvm::StringRef key, const std::vector<T> &of) {
    if (!o.get(key))
      return -1;
    if (of.empty()) {
      wrong(key, "names nothing");
      return -1;
    }
    return number(o, key, 0, static_cast<int64_t>(of.size()) - 1);
  }
  std::string text(const llvm::json::Object &o, llvm::StringRef key) {
    if (auto s = o.getString(key))
      return s->str();
    wrong(key, "is no text");
    return {};
  }
  bool flag(const llvm::json::Object &o, llvm::StringRef key) {
    if (auto b = o.getBoolean(key))
      return *b;
    wrong(key, "is neither true nor false");
    return false;
  }
  const llvm::json::Array &list(const llvm::json::Object &o, llvm::StringRef key) {
    static const llvm::json::Array none;
    if (const llvm::json::Array *a = o.getArray(key))
      return *a;
    wrong(key, "is no list");
    return none;
  }
  int64_t choice(const llvm::json::Value *v, llvm::StringRef key, llvm::ArrayRef<const char *> names) {
    auto text = v ? v->getAsString() : std::nullopt;
    for (auto [i, name] : llvm::enumerate(names))
      if (text && *text == name)
        return static_cast<int64_t>(i);
    wrong(key, "is none of the words that may stand there");
    return 0;
  }
  template <class F> void each(const llvm::json::Object &o, llvm::StringRef key, F read) {
    for (auto [i, value] : llvm::enumerate(list(o, key))) {
      if (!problem.empty())
        return; // what was read may name what is not there
      where = (key + "[" + llvm::Twine(i) + "]").str();
      if (const llvm::json::Object *object = value.getAsObject())
        read(*object);
      else
        wrong("", "is no object");
    }
    where.clear();
  }
  std::vector<int64_t> numbers(const llvm::json::Value &v, llvm::StringRef key, size_t count = 0) {
    std::vector<int64_t> r;
    if (const llvm::json::Array *a = v.getAsArray())
      for (const llvm::json::Value &n : *a)
        r.push_back(whole(&n, key, 0, mostNumber));
    else
      wrong(key, "is no list");
    if (count != 0 && r.size() != count) {
      wrong(key, "has another length");
      r.resize(count);
    }
    return r;
  }
};

} // namespace dyadic::judge
