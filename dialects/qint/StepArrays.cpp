// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Turns the per-channel records of a step into arrays, without repeating equal thresholds and tables.
#include "dialects/qint/StepArrays.h"

#include "llvm/ADT/STLExtras.h"

#include <map>
#include <numeric>

using namespace mlir;
namespace dyadic::qint {
namespace {

constexpr int64_t mostLimbs = 8; // DYADIC_WIDE_MAX_LIMBS

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

/// One list of numbers for each channel or piece, empty where that is not wide.
llvm::Error addWide(WideArrays &out, ArrayRef<ArrayRef<int64_t>> lists, int64_t terms) {
  bool first = true;
  for (ArrayRef<int64_t> aux : lists) {
    if (aux.empty())
      continue;
    if (aux.size() < 2 || aux[0] < 1 || static_cast<int64_t>(aux.size()) != 2 + aux[0] * (terms + 4))
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
  out.row.assign(lists.size(), 0);
  for (auto [i, aux] : llvm::enumerate(lists)) {
    if (aux.empty())
      continue;
    auto [it, fresh] = rows.try_emplace(aux.vec(), static_cast<int64_t>(rows.size()));
    out.row[i] = it->second;
    if (!fresh)
      continue;
    int64_t have = aux[0];
    auto number = [&, aux = aux](int64_t k) { return aux.slice(2 + k * have, have); };
    for (int64_t t = 0; t < terms; ++t)
      appendLimbs(out.A, number(t), out.limbs);
    appendLimbs(out.B, number(terms), out.limbs);
    appendLimbs(out.P, number(terms + 1), out.limbs);
    appendLimbs(out.Q, number(terms + 2), out.limbs);
    appendLimbs(out.Q2, number(terms + 3), out.limbs);
  }
  if (out.Q == out.Q2)
    out.Q2.clear();
  bool identity = rows.size() == lists.size();
  for (size_t i = 0; identity && i < lists.size(); ++i)
    identity = out.row[i] == static_cast<int64_t>(i);
  if (identity)
    out.row.clear();
  return llvm::Error::success();
}

/// As many pieces for each channel as the one with the most has.
llvm::Error addPieces(PieceArrays &out, StepAttr step, ArrayRef<int64_t> channels) {
  std::vector<SmallVector<StepPiece, 4>> all(channels.size());
  for (auto [i, c] : llvm::enumerate(channels)) {
    if (step.getForms()[c] != static_cast<int8_t>(StepForm::pieces))
      continue;
    auto pieces = piecesOf(auxOf(step, c));
    if (!pieces)
      return llvm::createStringError("the pieces of a channel are malformed");
    out.count = std::max<int64_t>(out.count, pieces->size());
    all[i] = std::move(*pieces);
  }
  std::vector<ArrayRef<int64_t>> wide;
  for (SmallVector<StepPiece, 4> &pieces : all) {
    StepPiece none;
    none.start = INT64_MAX;
    pieces.resize(out.count, none);
    for (auto [i, piece] : llvm::enumerate(pieces)) {
      if (i > 0)
        out.start.push_back(piece.start);
      out.forms.push_back(static_cast<int64_t>(piece.form));
      out.line.m.push_back(piece.m);
      out.line.b.push_back(piece.b);
      out.line.n.push_back(piece.n);
      wide.push_back(piece.wide);
    }
  }
  auto has = [&](StepForm form) { return llvm::is_contained(out.forms, static_cast<int64_t>(form)); };
  bool lined = has(StepForm::dyadic64) || has(StepForm::halfEven);
  if (!lined)
    out.line.m.clear();
  if (!lined && !has(StepForm::constant))
    out.line.b.clear();
  if (allZero(out.line.n))
    out.line.n.clear();
  return addWide(out.wide, wide, 1);
}

} // namespace

ArrayRef<int64_t> auxOf(StepAttr step, int64_t c) {
  if (step.getAux().empty())
    return {};
  int64_t begin = step.getAuxBegin()[c], end = step.getAuxBegin()[c + 1];
  return step.getAux().asArrayRef().slice(begin, end - begin);
}

std::optional<SmallVector<StepPiece, 4>> piecesOf(ArrayRef<int64_t> aux) {
  SmallVector<StepPiece, 4> pieces;
  while (!aux.empty()) {
    StepPiece piece;
    if (!pieces.empty()) {
      piece.start = aux[0];
      aux = aux.drop_front();
      if (piece.start <= pieces.back().start || aux.empty())
        return std::nullopt;
    }
    if (aux[0] == static_cast<int64_t>(StepForm::wide)) {
      if (aux.size() < 2 || aux[1] < 1 || aux[1] > mostLimbs ||
          static_cast<int64_t>(aux.size()) < 3 + 5 * aux[1])
        return std::nullopt;
      piece.form = StepForm::wide;
      piece.wide = aux.slice(1, 2 + 5 * aux[1]);
      aux = aux.drop_front(3 + 5 * aux[1]);
    } else {
      piece.form = static_cast<StepForm>(aux[0]);
      if ((aux[0] != static_cast<int64_t>(StepForm::constant) &&
           aux[0] != static_cast<int64_t>(StepForm::dyadic64) &&
           aux[0] != static_cast<int64_t>(StepForm::halfEven)) ||
          aux.size() < 4 || aux[3] < 0 || aux[3] > 62)
        return std::nullopt;
      piece.m = aux[1];
      piece.b = aux[2];
      piece.n = aux[3];
      aux = aux.drop_front(4);
    }
    pieces.push_back(piece);
  }
  if (pieces.size() < 2)
    return std::nullopt;
  return pieces;
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
  bool uses[9] = {};
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
  std::vector<ArrayRef<int64_t>> wide;
  for (int64_t c : channels)
    wide.push_back(step.getForms()[c] == static_cast<int8_t>(StepForm::wide) ? auxOf(step, c)
                                                                             : ArrayRef<int64_t>());
  if (auto error = addWide(out.wide, wide, out.terms))
    return error;
  if (used(StepForm::pieces))
    if (auto error = addPieces(out.pieces, step, channels))
      return error;
  return out;
}

llvm::Expected<StepArrays> makeStepArrays(StepAttr step) {
  SmallVector<int64_t> all(step.getChannels());
  std::iota(all.begin(), all.end(), 0);
  return makeStepArrays(step, all);
}

} // namespace dyadic::qint
