// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The text of a certificate, taken as hostile: every key, type and size is looked at.
#include "compiler/Failure.h"
#include "compiler/certificate/Claim.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/JSON.h"

namespace dyadic::certificate {
namespace {
namespace json = llvm::json;
using llvm::StringRef;

/// Reads fields and remembers the first thing that was wrong.
class Reader {
public:
  std::string problem;

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

constexpr int64_t mostElements = int64_t{1} << 28;

ChannelClaim channelOf(Reader &r, const json::Value &v, size_t terms) {
  ChannelClaim c;
  const json::Object *o = r.object(v, "a channel");
  if (!o)
    return c;
  int form = llvm::StringSwitch<int>(o->getString("form").value_or(""))
                 .Case("constant", 0)
                 .Case("dyadic32", 1)
                 .Case("dyadic64", 2)
                 .Case("half_even", 3)
                 .Case("two_segment", 4)
                 .Case("thresholds", 5)
                 .Case("table", 6)
                 .Case("wide", 7)
                 .Default(-1);
  if (form < 0) {
    r.wrong("a channel", "has no known form");
    return c;
  }
  c.form = static_cast<Form>(form);
  for (const json::Value &range : r.array(*o, "range"))
    c.range.push_back(r.pair(range, "'range'"));
  if (c.range.size() != terms)
    r.wrong("a channel", "does not have one range per term");
  if (c.form != Form::Thresholds && c.form != Form::Table && c.form != Form::Wide) {
    c.m = r.numbers(r.array(*o, "m"), "'m'");
    c.b = r.number(*o, "b");
    c.n = r.count(*o, "n", -128, 127);
    if (c.m.size() != terms)
      r.wrong("a channel", "does not have one m per term");
  }
  StringRef key = c.form == Form::Thresholds ? "thresholds" : c.form == Form::Table ? "table" : "numbers";
  if (c.form == Form::TwoSegment || c.form == Form::Thresholds || c.form == Form::Table ||
      c.form == Form::Wide)
    c.numbers = r.numbers(r.array(*o, key), "'" + key + "'");
  return c;
}

RescaleClaim rescaleOf(Reader &r, const json::Value &v) {
  RescaleClaim s;
  const json::Object *o = r.object(v, "a rescale");
  if (!o)
    return s;
  s.quantiser = r.text(*o, "quantiser");
  s.period = r.count(*o, "period", 1, mostElements);
  s.terms = r.count(*o, "terms", 1, 1024);
  const json::Value *clamp = o->get("clamp");
  std::tie(s.clampMin, s.clampMax) = r.pair(clamp ? *clamp : json::Value(nullptr), "'clamp'");
  for (const json::Value &c : r.array(*o, "channel")) {
    if (!r.problem.empty())
      return s;
    s.channels.push_back(channelOf(r, c, s.terms));
  }
  if (s.channels.empty() ||
      r.count(*o, "channels", 1, mostElements) != static_cast<int64_t>(s.channels.size()))
    r.wrong("the rescale of '" + s.quantiser + "'", "does not list as many channels as it says");
  for (const json::Value &a : r.array(*o, "accumulators")) {
    AccumulatorClaim claim;
    const json::Object *x = r.object(a, "an accumulator");
    if (!x)
      return s;
    if (auto codes = x->getString("codes")) {
      claim.codes = true;
      claim.name = codes->str();
      if (x->get("rescale"))
        claim.rescale = r.count(*x, "rescale", 0, mostElements);
    } else {
      claim.name = r.text(*x, "node");
      for (const json::Value &read : r.array(*x, "reads"))
        if (auto name = read.getAsString())
          claim.reads.push_back(name->str());
        else
          r.wrong("'reads'", "holds what is no text");
      claim.zero = r.number(*x, "zero");
      claim.bits = r.count(*x, "bits", 1, 64);
      if (x->get("weights")) {
        for (const json::Value &w : r.array(*x, "weights"))
          claim.weights.push_back(r.pair(w, "'weights'"));
        if (claim.weights.empty())
          r.wrong("'weights'", "is empty");
        if (x->get("outputs"))
          for (const json::Value &from : r.array(*x, "outputs")) {
            auto one = r.counts(from.getAsArray() ? *from.getAsArray() : json::Array(), "'outputs'",
                                static_cast<int64_t>(claim.weights.size()) - 1);
            claim.outputs.push_back(one.empty() ? -1 : one.front());
            if (one.size() > 1)
              r.wrong("'outputs'", "names several for one element");
          }
        if (x->get("fill"))
          claim.fill = r.number(*x, "fill");
      }
    }
    s.accumulators.push_back(std::move(claim));
  }
  if (static_cast<int64_t>(s.accumulators.size()) != s.terms)
    r.wrong("the rescale of '" + s.quantiser + "'", "does not describe one accumulator per term");
  return s;
}

CodesClaim codesOf(Reader &r, const json::Value &v, size_t rescales) {
  CodesClaim c;
  const json::Object *o = r.object(v, "an entry of 'codes'");
  if (!o)
    return c;
  c.key = r.text(*o, "key");
  c.mul = r.number(*o, "mul");
  c.add = r.number(*o, "add");
  c.view = r.counts(r.array(*o, "view"), "'view'", mostElements);
  c.perm = r.counts(r.array(*o, "perm"), "'perm'", 64);
  std::vector<bool> seen(c.view.size(), false);
  bool permutes = c.perm.size() == c.view.size() && c.view.size() <= 16;
  for (int64_t p : c.perm) {
    permutes = permutes && p < static_cast<int64_t>(seen.size()) && !seen[p];
    if (permutes)
      seen[p] = true;
  }
  if (!permutes) {
    r.wrong("'perm' of '" + c.key + "'", "does not name every axis once");
    return c;
  }
  int64_t count = 1;
  for (int64_t d : c.view) {
    if (d < 1 || count > mostElements / d) {
      r.wrong("'view' of '" + c.key + "'", "is no shape");
      return c;
    }
    count *= d;
  }
  if (o->get("kept")) {
    c.keptAxis = r.count(*o, "kept_axis", 0, static_cast<int64_t>(c.view.size()) - 1);
    if (c.view.empty())
      return c;
    int64_t extent = c.view[c.perm[c.keptAxis]];
    c.kept = r.counts(r.array(*o, "kept"), "'kept'", extent - 1);
    c.constants = r.numbers(r.array(*o, "constants"), "'constants'");
    if (static_cast<int64_t>(c.constants.size()) != extent || c.kept.empty())
      r.wrong("'constants' of '" + c.key + "'", "does not have one code per index");
  }
  c.axis = c.view.empty() ? 0 : r.count(*o, "axis", 0, static_cast<int64_t>(c.view.size()) - 1);
  for (const json::Value &from : r.array(*o, "from")) {
    const json::Object *x = r.object(from, "an entry of 'from'");
    if (!x)
      return c;
    Origin origin;
    if (x->get("rescale"))
      origin.rescale = r.count(*x, "rescale", 0, static_cast<int64_t>(rescales) - 1);
    else
      origin.input = r.text(*x, "input");
    origin.pooled = x->getBoolean("pooled").value_or(false);
    origin.moved = x->getBoolean("moved").value_or(false);
    if (x->get("places"))
      for (const json::Value &at : r.array(*x, "places"))
        origin.places.push_back(
            r.counts(at.getAsArray() ? *at.getAsArray() : json::Array(), "'places'", mostElements));
    if (x->get("fill"))
      origin.fill = r.number(*x, "fill");
    if (x->get("extent")) {
      origin.begin = r.count(*x, "begin", 0, mostElements);
      origin.extent = r.count(*x, "extent", 1, mostElements);
    }
    c.origins.push_back(origin);
  }
  return c;
}

/// The JSON parser goes down one call per level.
bool tooDeep(StringRef text) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char ch = text[i];
    if (quoted) {
      if (ch == '\\')
        ++i;
      else if (ch == '"')
        quoted = false;
    } else if (ch == '"') {
      quoted = true;
    } else if (ch == '[' || ch == '{') {
      if (++depth > 32)
        return true;
    } else if (ch == ']' || ch == '}') {
      --depth;
    }
  }
  return false;
}

} // namespace

llvm::Expected<Claims> readClaims(StringRef text) {
  auto bad = [](const llvm::Twine &what) {
    return failure(ExitCode::Rejected, "the certificate cannot be read: " + what);
  };
  if (tooDeep(text))
    return bad("it nests too deeply");
  llvm::Expected<json::Value> root = json::parse(text);
  if (!root)
    return bad(llvm::toString(root.takeError()));
  Reader r;
  Claims claims;
  const json::Object *o = r.object(*root, "the file");
  if (o) {
    if (o->getString("schema").value_or("") != "dyadic-certificate/1")
      return bad("its schema is not dyadic-certificate/1");
    claims.modelSha256 = r.text(*o, "model_sha256");
    if (const json::Object *options = o->getObject("options"))
      for (auto [key, texts] :
           {std::pair{"input", &claims.inputs}, {"dim", &claims.dims}, {"batch", &claims.batch}})
        if (const json::Array *list = options->getArray(key))
          for (const json::Value &v : *list)
            texts->push_back(v.getAsString().value_or("").str());
    const json::Array &rescales = r.array(*o, "rescales");
    for (const json::Value &v : rescales) {
      if (!r.problem.empty())
        break;
      claims.rescales.push_back(rescaleOf(r, v));
    }
    for (RescaleClaim &s : claims.rescales)
      for (AccumulatorClaim &a : s.accumulators)
        if (a.rescale >= static_cast<int64_t>(claims.rescales.size()))
          r.wrong("an accumulator", "reads a rescale that there is not");
    for (const json::Value &v : r.array(*o, "codes")) {
      if (!r.problem.empty())
        break;
      claims.codes.push_back(codesOf(r, v, claims.rescales.size()));
    }
  }
  if (!r.problem.empty())
    return bad(r.problem);
  return claims;
}

} // namespace dyadic::certificate
