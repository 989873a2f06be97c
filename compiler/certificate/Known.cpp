// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums over channels of one value beside others: what those add is known, and the others' weights tell the
// rest.
#include "compiler/certificate/Match.h"
#include "llvm/Support/SaveAndRestore.h"

namespace dyadic::certificate {
namespace {

/// The value of each channel that has but one.
std::map<int64_t, Integer> valuesOf(const Inputs &all) {
  std::map<int64_t, Integer> values;
  std::set<int64_t> others;
  for (size_t i = 0; i < all.integers.size(); ++i) {
    const Term &t = all.integers[i];
    auto [it, fresh] = values.try_emplace(all.channel[i], t.lo);
    if (t.lo != t.hi || it->second != t.lo)
      others.insert(all.channel[i]);
  }
  for (int64_t c : others)
    values.erase(c);
  return values;
}

} // namespace

std::optional<Integer> Matcher::valueMade(llvm::ArrayRef<Item> items) const {
  llvm::SaveAndRestore everyRow(fixed, {}); // whatever the row
  std::optional<Integer> value;
  std::string why;
  Taken none;
  for (const Item &item : items) {
    auto l = item.source < 0 ? std::nullopt
                             : made({}, claims.rescales[static_cast<size_t>(item.source)],
                                    item.element.get_si(), none, why);
    if (!l || (value && *value != l->add))
      return std::nullopt;
    value = l->add;
  }
  return value;
}

std::optional<std::pair<Integer, Integer>> Matcher::relateBesideKnown(const Term &sum, const SumInfo &info,
                                                                      const SourceClaim &s, const Lines &made,
                                                                      const Integer &output,
                                                                      std::string &why) const {
  if (s.known.empty() || s.weights.empty() || info.known || !sum.over)
    return std::nullopt;
  const auto groups = static_cast<size_t>(s.groups), each = s.channels.size() / groups,
             ofGroup = s.weights.size() / groups, at = Integer(output % s.weights.size()).get_ui();
  SourceClaim others;
  others.zero = s.zero;
  others.bits = s.bits;
  others.weights = {s.weights[at]};
  auto &[absolute, all] = others.weights[0];
  Integer claimed, reach; // what channels of one value add in the C
  for (const auto &[channel, weights] : s.known) {
    if (static_cast<size_t>(channel) / each != at / ofGroup)
      continue;
    auto value = valueMade(s.channels[static_cast<size_t>(channel)]);
    if (!value)
      return std::nullopt;
    if (info.padded && *value != s.zero) // borders miss some of it: as any other channel
      continue;
    const auto &[ownAbsolute, own] = weights[at % ofGroup];
    absolute -= ownAbsolute;
    all -= own;
    claimed += own * (*value - s.zero);
    reach += ownAbsolute * abs(*value - s.zero);
  }
  SumInfo rest = info;
  Integer known; // and in the model
  const std::map<int64_t, Integer> values = valuesOf(*sum.over);
  rest.channels.clear();
  for (const SumInfo::Channel &c : info.channels) {
    auto value = values.find(c.channel);
    if (value == values.end() || (info.padded && value->second != info.zero)) {
      rest.channels.push_back(c);
      continue;
    }
    rest.weightAbs -= c.weightAbs;
    rest.weightSum -= c.weightSum;
    known += c.weightSum * (value->second - info.zero);
  }
  auto line = relate(rest, others, made, 0, why);
  if (!line || info.anyOrder * abs(line->first) + reach >= Integer(1)
                                                               << static_cast<unsigned long>(s.bits - 1))
    return std::nullopt;
  return std::pair{line->first, Integer(line->second - line->first * known + claimed)};
}

} // namespace dyadic::certificate
