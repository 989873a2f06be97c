// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The text of a certificate, taken as hostile: every key, type and size is looked at.
#include "compiler/Failure.h"
#include "compiler/Json.h"
#include "compiler/certificate/Reader.h"
#include "llvm/ADT/StringSwitch.h"

namespace dyadic::certificate {
namespace {

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
                 .Case("pieces", 8)
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
  bool lined = c.form < Form::Thresholds;
  if (lined) {
    c.m = r.numbers(r.array(*o, "m"), "'m'");
    c.b = r.number(*o, "b");
    c.n = r.count(*o, "n", -128, 127);
    if (c.m.size() != terms)
      r.wrong("a channel", "does not have one m per term");
  }
  StringRef key = c.form == Form::Thresholds ? "thresholds" : c.form == Form::Table ? "table" : "numbers";
  if (c.form == Form::TwoSegment || !lined)
    c.numbers = r.numbers(r.array(*o, key), "'" + key + "'");
  return c;
}

/// [[[source, element], ...], ...], every source from `least` on and below `sources`; a text instead of one
/// is an input, -2 says that the least is taken, -3 that the least of some and the largest of others is.
Items itemsOf(Reader &r, const json::Array &list, int64_t sources, int64_t least = -1) {
  Items all;
  for (const json::Value &v : list) {
    std::vector<Item> items;
    Take take = Take::Largest;
    const json::Array *several = v.getAsArray();
    for (const json::Value &x : several ? *several : json::Array()) {
      const json::Array *pair = x.getAsArray();
      if (!pair || pair->size() != 2) {
        r.wrong("'elements'", "holds what is no pair");
        return all;
      }
      Item item;
      if (auto mark = (*pair)[0].getAsInteger(); least == -1 && mark && (*mark == -2 || *mark == -3)) {
        take = *mark == -2 ? Take::Least : Take::Mixed;
        continue;
      }
      if (auto name = (*pair)[0].getAsString())
        item.input = name->str();
      else
        item.source = r.count(&(*pair)[0], "a source of 'elements'", least, sources - 1);
      bool number = item.source == -1 && item.input.empty();
      item.element = number ? r.number(&(*pair)[1], "'elements'")
                            : Integer(r.count(&(*pair)[1], "'elements'", 0, mostElements));
      items.push_back(std::move(item));
    }
    if (items.empty())
      r.wrong("'elements'", "has an element that is nothing");
    for (Item &item : items)
      item.take = take;
    all.push_back(std::move(items));
  }
  if (all.empty())
    r.wrong("'elements'", "is empty");
  return all;
}

SourceClaim::Weights weightsOf(Reader &r, const json::Object &o) {
  SourceClaim::Weights weights;
  for (const json::Value &w : r.array(o, "weights"))
    weights.push_back(r.pair(w, "'weights'"));
  if (weights.empty())
    r.wrong("'weights'", "is empty");
  return weights;
}

SourceClaim sourceOf(Reader &r, const json::Value &v);

/// Sums that another one reads: each as what a rescale would make that changes nothing. The number of the
/// first.
int64_t sumsOf(Reader &r, const json::Array &list) {
  std::vector<RescaleClaim> own;
  const Integer most = (Integer(1) << 63) - 1;
  for (const json::Value &v : list) {
    RescaleClaim as;
    as.sum = true;
    as.clampMin = -most - 1;
    as.clampMax = most;
    as.channels = {{Form::Dyadic64, {{as.clampMin, most}}, {1}, 0, 0, {}}};
    as.accumulators.emplace_back();
    as.accumulators[0].sources.push_back(sourceOf(r, v));
    as.quantiser = as.accumulators[0].sources[0].name;
    if (as.accumulators[0].sources[0].codes)
      r.wrong("'sums'", "holds what is no sum");
    own.push_back(std::move(as));
  }
  const auto first = r.rescales + static_cast<int64_t>(r.sums.size());
  r.sums.insert(r.sums.end(), own.begin(), own.end());
  return first;
}

/// By channel, what a sum reads that rescales without a quantiser or other sums made.
void readMade(Reader &r, SourceClaim &s, const json::Object &o) {
  const json::Array &sums = o.get("sums") ? r.array(o, "sums") : json::Array();
  const int64_t first = sumsOf(r, sums);
  s.groups = r.count(o, "groups", 1, mostElements);
  s.channels = itemsOf(r, r.array(o, "channels"), r.current, -1 - static_cast<int64_t>(sums.size()));
  for (std::vector<Item> &items : s.channels)
    for (Item &item : items)
      if (item.source < -1) // -2 is the first
        item.source = first - 2 - item.source;
  for (const json::Value &known : o.get("known") ? r.array(o, "known") : json::Array())
    if (const json::Object *k = r.object(known, "an entry of 'known'")) {
      auto most = static_cast<int64_t>(s.channels.size()) - 1;
      s.known[r.count(*k, "channel", 0, most)] = weightsOf(r, *k);
    }
}

SourceClaim sourceOf(Reader &r, const json::Value &v) {
  SourceClaim s;
  const json::Object *o = r.object(v, "an accumulator");
  if (!o)
    return s;
  if (auto codes = o->getString("codes")) {
    s.codes = true;
    s.name = codes->str();
    if (o->get("rescale"))
      s.rescale = r.count(*o, "rescale", 0, r.current - 1);
    return s;
  }
  s.name = r.text(*o, "node");
  for (const json::Value &read : r.array(*o, "reads"))
    if (auto name = read.getAsString())
      s.reads.push_back(name->str());
    else
      r.wrong("'reads'", "holds what is no text");
  if (const json::Value *made = o->get("made"))
    if (const json::Object *m = r.object(*made, "'made'"))
      readMade(r, s, *m);
  s.zero = r.number(*o, "zero");
  s.bits = r.count(*o, "bits", 1, 64);
  if (o->get("weights"))
    s.weights = weightsOf(r, *o);
  auto groups = static_cast<size_t>(s.groups);
  if (s.channels.size() % groups != 0 || s.weights.size() % groups != 0)
    r.wrong("'groups'", "does not divide the channels");
  for (const auto &[channel, weights] : s.known)
    if (weights.size() * groups != s.weights.size())
      r.wrong("'known'", "does not have one pair per output");
  std::set<int64_t> made;
  for (const std::vector<Item> &items : s.channels)
    for (const Item &item : items)
      if (item.source >= 0)
        made.insert(item.source);
  s.made.assign(made.begin(), made.end());
  return s;
}

AccumulatorClaim accumulatorOf(Reader &r, const json::Value &v) {
  AccumulatorClaim a;
  const json::Object *o = r.object(v, "an accumulator");
  if (!o)
    return a;
  if (!o->get("sources")) {
    a.sources.push_back(sourceOf(r, v));
    return a;
  }
  for (const json::Value &s : r.array(*o, "sources"))
    a.sources.push_back(sourceOf(r, s));
  a.elements = itemsOf(r, r.array(*o, "elements"), static_cast<int64_t>(a.sources.size()));
  return a;
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
    if (!r.problem.empty())
      return s;
    s.accumulators.push_back(accumulatorOf(r, a));
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
  c.axis = c.view.empty()
               ? 0
               : r.count(*o, "axis", 0, std::max<int64_t>(0, static_cast<int64_t>(c.view.size()) - 1));
  for (const json::Value &from : r.array(*o, "from")) {
    const json::Object *x = r.object(from, "an entry of 'from'");
    if (!x)
      return c;
    Origin origin;
    if (x->get("elements"))
      origin.elements = itemsOf(r, r.array(*x, "elements"), static_cast<int64_t>(rescales));
    else if (x->get("rescale"))
      origin.rescale = r.count(*x, "rescale", 0, static_cast<int64_t>(rescales) - 1);
    else
      origin.input = r.text(*x, "input");
    if (x->get("extent")) {
      origin.begin = r.count(*x, "begin", 0, mostElements);
      origin.extent = r.count(*x, "extent", 1, mostElements);
    }
    c.origins.push_back(origin);
  }
  return c;
}

} // namespace

std::set<int64_t> Claims::givers() const {
  std::set<int64_t> r;
  for (const CodesClaim &c : codes)
    for (const Origin &o : c.origins) {
      if (o.rescale >= 0)
        r.insert(o.rescale);
      for (const auto &items : o.elements)
        for (const Item &item : items)
          if (item.source >= 0)
            r.insert(item.source);
    }
  return r;
}

llvm::Expected<Claims> readClaims(StringRef text) {
  auto bad = [](const llvm::Twine &what) {
    return failure(ExitCode::Rejected, "the certificate cannot be read: " + what);
  };
  llvm::Expected<json::Value> root = parseJson(text);
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
    r.rescales = static_cast<int64_t>(rescales.size());
    for (const json::Value &v : rescales) {
      if (!r.problem.empty())
        break;
      claims.rescales.push_back(rescaleOf(r, v));
      ++r.current;
    }
    for (const json::Value &v : r.array(*o, "codes")) {
      if (!r.problem.empty())
        break;
      claims.codes.push_back(codesOf(r, v, claims.rescales.size()));
    }
    claims.rescales.insert(claims.rescales.end(), r.sums.begin(), r.sums.end());
  }
  if (!r.problem.empty())
    return bad(r.problem);
  return claims;
}

} // namespace dyadic::certificate
