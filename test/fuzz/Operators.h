// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every operator that dyadic supports, each with a function that puts one random valid node into a network.
#pragma once
#include "test/fuzz/Graph.h"

namespace dyadic::fuzz {

/// Which shapes an operator takes.
enum class Needs { Any, Matrix, Line, Space, Image };

struct Operator {
  const char *row; ///< line of the table of networks
  Needs needs = Needs::Any;
  /// Puts the operator behind x. A quantiser gives codes of `grade`.
  Tensor (*make)(Graph &, Tensor x, Grade grade) = nullptr;
  enum Kind {
    Plain,
    Sums,      ///< reads integers of one scale: quantise before
    Gives,     ///< a quantiser, counted by what it gives
    OneBit,    ///< a quantiser that gives -1 and +1 only
    OfWeights, ///< counted by the weights' codes
    Head       ///< ends the network
  } kind = Plain;
};

/// All of them, always in the same order.
const std::vector<Operator> &operators();
const Operator &operatorOf(const std::string &row);

/// Puts the operator behind x, counts it, and makes the result small again if it grew.
Tensor apply(Graph &g, const Operator &op, Tensor x, Grade grade);

void addQuantisers(std::vector<Operator> &all);
void addLinear(std::vector<Operator> &all);
void addElementwise(std::vector<Operator> &all);
void addPools(std::vector<Operator> &all);
void addMovement(std::vector<Operator> &all);
void addReshapes(std::vector<Operator> &all);
void addHeads(std::vector<Operator> &all);

/// A Quant of x. `even`: one scale for all elements.
Tensor quantise(Graph &g, Tensor x, Grade grade, bool even = false);

/// A quantised constant.
struct Weights {
  std::string name;
  double reach = 1, unit = 0;
  int bits = 8;
  bool even = true; ///< one scale
};
/// `axis`: that of the outputs; `grade`: its codes', else drawn.
Weights weights(Graph &g, const Dims &shape, int64_t axis, const Grade *grade = nullptr,
                bool dequantise = false);

/// One constant along axis 1, or for the whole tensor, or now and then for every element.
std::string parameter(Graph &g, const Tensor &x, double reach, bool nonzero = false);

/// One of the forms that no operator of the table gives, behind x.
Tensor anotherForm(Graph &g, Tensor x);

/// x with `rank` axes.
Tensor toRank(Graph &g, Tensor x, size_t rank);
/// Another value of x's shape that depends on x or on another input: something to add.
Tensor partner(Graph &g, const Tensor &x);
/// A node whose list of axes is an input from opset `since` on.
Tensor withAxes(Graph &g, const std::string &op, const Tensor &x, const Dims &axes, Dims shape, int64_t since,
                Attributes attributes = {});

} // namespace dyadic::fuzz
