// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Turns the per-channel records of a step into arrays, without repeating equal thresholds and tables.
#include "dialects/qint/StepArrays.h"

#include "llvm/ADT/STLExtras.h"

#include <map>
#include <numeric>

using namespace mlir;
namespace dyadic::qint {
namespace {

bool allZero(ArrayRef<int64_t> v) {
  return llvm::all_of(v, [](int64_t x) { return x == 0; });
}

/// Keeps lists of numbers in one array, equal lists once.
class Pool {
public:
  explicit Pool(std::vector<int64_t> &store) : store(store) {}
  int64_t place(ArrayRef<int64_t> list) {
    auto [it, fresh] = places.try_emplace(list.vec(), static_cast<int64_t>(store.size()));
    if (fresh)
      store.insert(store.end(), list.begin(), list.end());
    return it->second;
  }

private:
  std::vector<int64_t> &store;
  std::map<std::vector<int64_t>, int64_t> places;
};

/// A number of few limbs as one of more: two's complement.
void appendLimbs(std::vector<int64_t> &to, ArrayRef<int64_t> from, int64_t limbs) {
  int64_t sign = (from.back() & 0x80000000) ? 0xffffffff : 0;
  for (int64_t i = 0; i < limbs; ++i)
    to.push_back(i < static_cast<int64_t>(from.size()) ? from[i] & 0xffffffff : sign);
}

llvm::Error addWide(StepArrays &out, StepAttr step, ArrayRef<int64_t> channels) {
  bool first = true;
  for (int64_t c : channels) {
    if (step.getForms()[c] != static_cast<int8_t>(StepForm::wide))
      continue;
    ArrayRef<int64_t> aux = auxOf(step, c);
    if (aux.size() < 2 || aux[0] < 1 ||
        static_cast<int64_t>(aux.size()) != 2 + aux[0] * (step.getTerms() + 4))
      return llvm::createStringError("a wide channel has %zu auxiliary numbers, which do not fit its limbs",
                                     aux.size());
    if (!first && aux[1] != out.tie)
      return llvm::createStringError("the channels of one step differ in their tie rule");
    out.tie = aux[1];
    out.limbs = std::max(out.limbs, aux[0]);
    first = false;
  }
  if (first)
    return llvm::Error::success();
  std::map<std::vector<int64_t>, int64_t> rows;
  out.wideRow.assign(channels.size(), 0);
  for (auto [i, c] : llvm::enumerate(channels)) {
    if (step.getForms()[c] != static_cast<int8_t>(StepForm::wide))
      continue;
    ArrayRef<int64_t> aux = auxOf(step, c);
    auto [it, fresh] = rows.try_emplace(aux.vec(), static_cast<int64_t>(rows.size()));
    out.wideRow[i] = it->second;
    if (!fresh)
      continue;
    int64_t have = aux[0];
    auto number = [&](int64_t k) { return aux.slice(2 + k * have, have); };
    for (int64_t t = 0; t < step.getTerms(); ++t)
      appendLimbs(out.wideA, number(t), out.limbs);
    appendLimbs(out.wideB, number(step.getTerms()), out.limbs);
    appendLimbs(out.wideP, number(step.getTerms() + 1), out.limbs);
    appendLimbs(out.wideQ, number(step.getTerms() + 2), out.limbs);
    appendLimbs(out.wideQ2, number(step.getTerms() + 3), out.limbs);
  }
  if (out.wideQ == out.wideQ2)
    out.wideQ2.clear();
  bool identity = rows.size() == channels.size();
  for (size_t i = 0; identity && i < channels.size(); ++i)
    identity = out.wideRow[i] == static_cast<int64_t>(i);
  if (identity)
    out.wideRow.clear();
  return llvm::Error::success();
}

} // namespace

ArrayRef<int64_t> auxOf(StepAttr step, int64_t c) {
  if (step.getAux().empty())
    return {};
  int64_t begin = step.getAuxBegin()[c], end = step.getAuxBegin()[c + 1];
  return step.getAux().asArrayRef().slice(begin, end - begin);
}

bool sameChannel(StepAttr step, int64_t a, int64_t b) {
  int64_t terms = step.getTerms();
  ArrayRef<int64_t> mult = step.getMult();
  return a == b ||
         (step.getForms()[a] == step.getForms()[b] && step.getBias()[a] == step.getBias()[b] &&
          step.getShift()[a] == step.getShift()[b] &&
          mult.slice(a * terms, terms) == mult.slice(b * terms, terms) && auxOf(step, a) == auxOf(step, b));
}

llvm::Expected<StepArrays> makeStepArrays(StepAttr step, ArrayRef<int64_t> channels) {
  if (llvm::all_of(channels, [&](int64_t c) { return sameChannel(step, c, channels[0]); }))
    channels = channels.take_front();
  StepArrays out;
  out.channels = channels.size();
  out.terms = step.getTerms();
  out.clampMin = step.getClampMin();
  out.clampMax = step.getClampMax();
  bool uses[8] = {};
  for (int64_t c : channels) {
    out.forms.push_back(step.getForms()[c]);
    uses[step.getForms()[c]] = true;
  }
  out.form = out.forms[0];
  if (llvm::all_equal(out.forms))
    out.forms.clear();
  auto used = [&](StepForm f) { return uses[static_cast<int>(f)]; };

  bool lined = used(StepForm::dyadic32) || used(StepForm::dyadic64) || used(StepForm::halfEven) ||
               used(StepForm::twoSegment);
  for (int64_t c : channels) {
    if (lined)
      for (int64_t t = 0; t < out.terms; ++t)
        out.line.m.push_back(step.getMult()[c * out.terms + t]);
    if (lined || used(StepForm::constant))
      out.line.b.push_back(step.getBias()[c]);
    if (lined)
      out.line.n.push_back(step.getShift()[c]);
  }
  if (allZero(out.line.n))
    out.line.n.clear();

  Pool thresholds(out.thresholds), entries(out.entries);
  for (int64_t c : channels) {
    auto form = static_cast<StepForm>(step.getForms()[c]);
    ArrayRef<int64_t> aux = auxOf(step, c);
    if (used(StepForm::twoSegment)) {
      bool is = form == StepForm::twoSegment;
      out.split.push_back(is ? aux[0] : 0);
      out.upper.m.push_back(is ? aux[1] : 0);
      out.upper.b.push_back(is ? aux[2] : 0);
      out.upper.n.push_back(is ? aux[3] : 0);
    }
    if (used(StepForm::thresholds)) {
      bool is = form == StepForm::thresholds;
      out.thresholdFirst.push_back(is ? thresholds.place(aux.drop_front()) : 0);
      out.thresholdCount.push_back(is ? aux.size() - 1 : 0);
      out.descending.push_back(is ? aux[0] : 0);
    }
    if (used(StepForm::table)) {
      bool is = form == StepForm::table;
      out.entryFirst.push_back(is ? entries.place(aux.drop_front()) : 0);
      out.aLow.push_back(is ? aux[0] : 0);
    }
  }
  if (allZero(out.upper.n))
    out.upper.n.clear();
  if (allZero(out.descending))
    out.descending.clear();
  if (auto error = addWide(out, step, channels))
    return error;
  return out;
}

llvm::Expected<StepArrays> makeStepArrays(StepAttr step) {
  SmallVector<int64_t> all(step.getChannels());
  std::iota(all.begin(), all.end(), 0);
  return makeStepArrays(step, all);
}

} // namespace dyadic::qint
