// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of operators, and how one is put behind another.
#include "test/fuzz/Operators.h"

namespace dyadic::fuzz {

const std::vector<Operator> &operators() {
  static const std::vector<Operator> all = [] {
    std::vector<Operator> list;
    for (auto add : {addQuantisers, addLinear, addElementwise, addPools, addMovement, addReshapes, addHeads})
      add(list);
    return list;
  }();
  return all;
}

const Operator &operatorOf(const std::string &row) {
  for (const Operator &op : operators())
    if (op.row == row)
      return op;
  std::abort();
}

static size_t rankFor(Graph &g, Needs needs, size_t rank) {
  switch (needs) {
  case Needs::Matrix:
    return 2;
  case Needs::Line:
    return 3;
  case Needs::Image:
    return 4;
  case Needs::Space:
    return rank == 3 || rank == 4 ? rank : g.d.chance(25) ? 3 : 4;
  case Needs::Any:
    break;
  }
  return rank <= 4 ? rank : 4;
}

static Tensor requantise(Graph &g, const Tensor &x) {
  g.count("Quant", x.grade);
  return quantise(g, x, x.grade, true);
}

Tensor apply(Graph &g, const Operator &op, Tensor x, Grade grade) {
  x = toRank(g, x, rankFor(g, op.needs, x.shape.size()));
  // What reads sums of integers needs one scale, but for a few networks whose scales may have a common unit.
  bool sums = op.kind == Operator::Sums || op.kind == Operator::OfWeights;
  if (sums && !(x.codes && x.even) && !(x.unit > 0 && x.width < 24 && g.d.chance(30)) &&
      !(x.codes && g.d.chance(10)))
    x = requantise(g, x);
  bool gives = op.kind == Operator::Gives || op.kind == Operator::OneBit;
  if (op.kind != Operator::OfWeights)
    g.count(op.row, gives ? grade : x.grade);
  Tensor y = op.make(g, x, grade);
  y.reach = std::max(y.reach, 1e-6);
  return y;
}

Tensor partner(Graph &g, const Tensor &x) {
  static const std::vector<const char *> ways = {"Quant", "MultiThreshold", "LeakyRelu", "Mul",
                                                 "Add of a constant"};
  Tensor y = apply(g, operatorOf(g.d.pick(ways)), x, {static_cast<int>(g.d.between(1, 8)), g.d.chance(50)});
  return y;
}

} // namespace dyadic::fuzz
