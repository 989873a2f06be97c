// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fields of hostile JSON by key and type.
#pragma once
#include "compiler/certificate/Claim.h"
#include "llvm/Support/JSON.h"

namespace dyadic::certificate {
namespace json = llvm::json;
using llvm::StringRef;

/// Reads fields and remembers the first thing that was wrong.
class Reader {
public:
  std::string problem;
  int64_t rescales = 0;           ///< that the file lists
  int64_t current = 0;            ///< which of them is read
  std::vector<RescaleClaim> sums; ///< that other sums read, numbered after the rescales

  void wrong(const llvm::Twine &where, const llvm::Twine &what) {
    if (problem.empty())
      problem = (where + " " + what).str();
  }
  const json::Object *object(const json::Value &v, const llvm::Twine &where) {
    const json::Object *o = v.getAsObject();
    if (!o)
      wrong(where, "is no object");
    return o;
  }
  const json::Array &array(const json::Object &o, StringRef key) {
    static const json::Array none;
    if (const json::Array *a = o.getArray(key))
      return *a;
    wrong("'" + key + "'", "is missing or no list");
    return none;
  }
  std::string text(const json::Object &o, StringRef key) {
    if (auto s = o.getString(key))
      return s->str();
    wrong("'" + key + "'", "is missing or no text");
    return {};
  }
  Integer number(const json::Value *v, const llvm::Twine &where) {
    if (v)
      if (auto i = v->getAsInteger())
        return static_cast<signed long>(*i);
    wrong(where, "is missing or no integer of 64 bits");
    return 0;
  }
  Integer number(const json::Object &o, StringRef key) { return number(o.get(key), "'" + key + "'"); }
  /// A size or an index.
  int64_t count(const json::Value *v, const llvm::Twine &where, int64_t least, int64_t most) {
    Integer n = number(v, where);
    if (n < least || n > most) {
      wrong(where, "is outside its bounds");
      return least;
    }
    return n.get_si();
  }
  int64_t count(const json::Object &o, StringRef key, int64_t least, int64_t most) {
    return count(o.get(key), "'" + key + "'", least, most);
  }
  std::vector<Integer> numbers(const json::Array &a, const llvm::Twine &where) {
    std::vector<Integer> r;
    for (const json::Value &v : a)
      r.push_back(number(&v, where));
    return r;
  }
  std::vector<int64_t> counts(const json::Array &a, const llvm::Twine &where, int64_t most) {
    std::vector<int64_t> r;
    for (const json::Value &v : a)
      r.push_back(count(&v, where, 0, most));
    return r;
  }
  std::pair<Integer, Integer> pair(const json::Value &v, const llvm::Twine &where) {
    const json::Array *a = v.getAsArray();
    if (!a || a->size() != 2) {
      wrong(where, "is no pair of integers");
      return {};
    }
    return {number(&(*a)[0], where), number(&(*a)[1], where)};
  }
};

} // namespace dyadic::certificate
