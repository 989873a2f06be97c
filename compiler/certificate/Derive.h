// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From the ONNX model to the exact function in front of every quantiser, element by element.
#pragma once
#include "compiler/certificate/Exact.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/Error.h"
#include <map>
#include <memory>
#include <set>

namespace dyadic::certificate {

/// Integers that the network holds: codes of a quantiser or of a graph input, or sums of products of them.
struct Source {
  enum class Kind { Codes, Free, Sum } kind = Kind::Codes;
  std::string name; ///< quantiser's key, graph input, or the node that sums
  std::vector<std::string>
      reads;         ///< Sum: names of the integers it reads; Codes: of all that were joined, or empty
  std::string place; ///< tells moved copies of one tensor apart
  auto operator<=>(const Source &) const = default;
};

/// Weights too wide for the kernels, one by one, and what each meets: a compiler may sum their digits.
struct WideWeights {
  struct Tap {
    Integer weight, lo, hi; ///< the integer lies in [lo, hi] beyond the zero
    uint32_t place;
    int64_t channel;
  };
  std::vector<Tap> taps;
  std::vector<std::vector<bool>> patterns; ///< which places of the window may lie inside
};

/// How a Sum is made of what it reads: sum of weight * (integer - zero), the weights in lowest terms.
struct SumInfo {
  Integer weightSum, weightAbs; ///< over the taps that are summed (removed channels are not)
  int64_t zero = 0;
  bool padded = false; ///< then another zero means another function at the borders
  Integer anyOrder;    ///< no partial sum exceeds this
  /// Where inputs that are known are summed too: the sum is times * (the term's integer) + offset.
  Integer times = 1, offset;
  bool known = false; ///< they are
  /// Sums of the weights of each channel, where its integers may be others than what is read.
  struct Channel {
    int64_t channel;
    Integer weightSum, weightAbs;
  };
  std::vector<Channel> channels;
  std::shared_ptr<const WideWeights> wide; ///< null where no weight needs more than 16 bits, but of parts
};

struct Term;
/// The integers that an operator sums, and the channel of each.
struct Inputs {
  std::vector<Term> integers;
  std::vector<int64_t> channel;
  bool constants = false; ///< there are some besides, which are no integers
};

struct Bend;
struct Largest;
struct Beside;
/// alpha * (integer of a source), which lies in [lo, hi].
struct Term {
  unsigned source;
  Rational alpha;
  Integer lo, hi;
  std::vector<std::shared_ptr<const SumInfo>> sums = {}; ///< that it may be one of, or the largest
  std::shared_ptr<const Bend> bend = nullptr; ///< the integers of an activation that no quantiser rounds
  std::shared_ptr<const Largest> largest = nullptr; ///< the largest of several functions' integers
  bool sign = false;                                ///< only its ends occur: -1 and +1
  bool known = false;                               ///< constants that an operator sums along with integers
  /// Of integers that together are a bend (Bends.cpp), and of sums of such: which of them; -1: of none.
  int slot = -1;
  /// Of a sum of those: all that stand beside each other in the elements that it sums.
  std::shared_ptr<const Beside> of = nullptr;
  /// Of any other sum: all that its operator sums.
  std::shared_ptr<const Inputs> over = nullptr;
};

/// The integers that stand beside each other in each element that is summed, and its channel.
struct Beside {
  std::vector<std::vector<Term>> elements;
  std::vector<int64_t> channels;
};

/// One element's real: posts(sum of terms + beta), or the largest or least of several such.
struct Element {
  std::vector<Term> terms;
  Rational beta;
  std::vector<Post> posts;
  std::shared_ptr<const std::vector<Element>> choices = nullptr; ///< then the rest is empty
  bool least = false;                                            ///< of the choices, not the largest
  bool isConstant() const { return terms.empty() && !choices; }
  bool isAffine() const { return posts.empty() && !choices; }
};

/// An integer `unit` of which is `element`; the greatest unit there is.
struct Bend {
  Element element;
  Rational unit;
  std::vector<Segment> segments; ///< of the element over its terms' sum (wholeOf)
  bool part = false;             ///< one of several integers that together are an activation
  int gated = -1;                ///< which of the terms counts where the function is 1, and else nothing does
};

/// How the integers of an activation that no quantiser rounds are derived: as one, as one of all that was
/// made of the same integers, or as how far past each of its bends and whether past it. A compiler may take
/// any; all are exact.
enum class Splitting { Never, Nested, BeyondWords, Always, BeforeQuantisersToo };

/// The greatest rational of which all values are multiples.
Rational unitOf(llvm::ArrayRef<Segment> segments);
/// Least and greatest value.
std::pair<Rational, Rational> reachOf(llvm::ArrayRef<Segment> segments);

/// An integer: (choice - base) / unit of the largest choice, or of the least; each is affine.
struct Largest {
  std::vector<Element> choices;
  Rational unit, base;
  bool least = false;
  /// Whether mul * integer is greatest where that choice is taken, as C takes it.
  bool isTakenBy(const Rational &mul) const { return least ? mul * unit < 0 : mul * unit > 0; }
};

/// A tensor of reals: elements that are alike share an entry.
struct Field {
  std::vector<int64_t> shape;
  std::vector<uint32_t> index; ///< row-major, into `elements`
  std::vector<Element> elements;
};
using FieldPtr = std::shared_ptr<const Field>;

/// Codes of channels that the compiler took out: the channel of element i is i / stride % extent.
struct Removed {
  int64_t stride = 1, extent = 1;
  std::map<int64_t, Integer> codes;
};

/// What is known in front of one quantiser.
struct Quantised {
  std::string key;
  bool input = false; ///< gives the codes of a graph input: the C takes them as they are
  std::vector<int64_t> shape;
  std::vector<uint32_t> index; ///< row-major, into `functions`
  struct Function {
    Element element;
    Quantiser quantiser;
    Pieces pieces;                 ///< of its single term; empty for none and for several
    std::vector<Function> choices; ///< the code is the largest or least of theirs; the element is empty
    bool least = false;            ///< of those codes, not the largest
    /// Gives one code over its whole range.
    bool isAlways(const Integer &code) const;
  };
  std::vector<Function> functions;
};

struct Derived {
  std::vector<Source> sources;
  std::vector<Quantised> quantised;      ///< in the order of the graph
  std::map<std::string, FieldPtr> codes; ///< by key: what each quantiser's codes reach
  bool bends = false;                    ///< some activation is not rounded, or some sum is padded
};

/// Derives every quantiser of @main that depends on an input. `removed` says which channels are constants;
/// that they are is for the caller to check.
/// `known`: another derivation of the model, whose ranges of codes hold as well.
llvm::Expected<Derived> derive(mlir::ModuleOp module, const std::map<std::string, Removed> &removed,
                               Splitting splitting = Splitting::Never, const Derived *known = nullptr);

/// A name as JSON can hold it, and the name of the ONNX node an op came from.
std::string textOf(llvm::StringRef name);
std::string nodeOf(mlir::Operation *op);

/// Equal functions of the same integers.
bool sameFunction(const Element &a, const Element &b);
/// Both may occur: ranges are joined.
void joinRanges(Element &into, const Element &from);
/// Calls `visit` with every term, those of choices too.
void eachTerm(Element &e, llvm::function_ref<void(Term &)> visit);

class Walker {
public:
  Walker(const std::map<std::string, Removed> &removed, Derived &out, Splitting splitting,
         const Derived *ranges)
      : removed(removed), out(out), splitting(splitting), ranges(ranges) {}
  llvm::Error run(mlir::func::FuncOp main);

  /// One weight, the element it meets, and its place in the window.
  struct Tap {
    int64_t weight;
    const Element *in;
    uint32_t place;
    int64_t channel;
  };

private:
  llvm::Expected<FieldPtr> step(mlir::Operation *op);
  llvm::Expected<FieldPtr> fieldOf(mlir::Value v);
  llvm::Expected<FieldPtr> constant(mlir::Operation *op);
  FieldPtr argument(mlir::func::FuncOp main, unsigned i);
  llvm::Error error(const llvm::Twine &what) const;
  /// An error where an element is a graph input's real, whose codes nobody has told.
  llvm::Error needsCodes(const FieldPtr &f) const;
  /// What a sum reads: affine, and all its codes known.
  llvm::Expected<FieldPtr> integersOf(mlir::Value v);

  // Elementwise.cpp
  llvm::Expected<FieldPtr> binary(mlir::Operation *op);
  FieldPtr spread(const FieldPtr &f, llvm::ArrayRef<int64_t> shape);
  llvm::Expected<FieldPtr> apply(const FieldPtr &f, const Post &post);
  llvm::Expected<Element> applied(Element e, const Post &post);
  FieldPtr combine(const FieldPtr &a, const FieldPtr &b,
                   llvm::function_ref<Element(const Element &, const Element &)> f);
  /// Without posts: an unrounded value becomes an integer of its own.
  /// `side`: of an operator that reads several such.
  llvm::Expected<FieldPtr> affine(const FieldPtr &f, llvm::StringRef side = "");
  llvm::Error makeAffine(Element &e, llvm::StringRef side);
  llvm::Error chooseLargest(Element &e);
  // Nested.cpp
  /// The function that `segments` describe of the integers `base`, by one integer; `e` names it.
  Element bendAs(const Element &e, const std::vector<Term> &base, std::vector<Segment> segments);
  /// Sums of bends of the same integers as one.
  FieldPtr nested(FieldPtr f);
  // Bends.cpp
  bool splits(const std::vector<Segment> &segments) const;
  /// The function that `segments` describe of the element's terms, as integers of one bend at most.
  Element splitAtBends(const Element &e, const std::vector<Segment> &segments, llvm::StringRef side);
  /// Names of what the integers of these terms are made of.
  std::vector<std::string> readsOf(llvm::ArrayRef<Term> terms) const;
  std::string nameFor(const Element &e) const;

  // Movement.cpp
  /// Element i of the result is element from[i] of f; -1: `fill`.
  FieldPtr gather(const FieldPtr &f, std::vector<int64_t> shape, const std::vector<int64_t> &from,
                  const Rational &fill, const std::string &place);
  llvm::Expected<FieldPtr> move(mlir::Operation *op);
  llvm::Expected<FieldPtr> concat(mlir::Operation *op);

  // Linear.cpp
  llvm::Expected<FieldPtr> conv(mlir::Operation *op);
  llvm::Expected<FieldPtr> matmul(mlir::Operation *op);
  struct Weights {
    std::vector<int64_t> shape, values; ///< row-major; weight = value * unit[its output]
    std::vector<Rational> unit;
  };
  llvm::Expected<Weights> weightsOf(mlir::Operation *constant, size_t outAxis);
  /// One output: an element for each pattern (which places of the window lie inside the input), or one for
  /// all. `zero`: the integer that padding reads as.
  llvm::Expected<std::vector<Element>> sumOf(llvm::ArrayRef<Tap> taps, const Rational &unit,
                                             llvm::ArrayRef<std::vector<bool>> patterns,
                                             const std::optional<Integer> &zero);

  /// The integers that stand beside each other in what is summed.
  std::shared_ptr<const Beside> partsOf(llvm::ArrayRef<Tap> taps);

  // Uniform.cpp
  /// A real as unit * integer + base, in every element of a channel that an operator reads.
  struct Integers {
    FieldPtr field;
    std::map<int64_t, std::pair<Rational, Rational>> channels; ///< unit and base
    unsigned source = 0;
  };
  /// Whatever the functions: an element's terms are one integer, with its offset, or without it and beside
  /// it. Constants stay, and are base + a multiple of the unit; so is 0 where the operator pads.
  Integers inOneUnit(const FieldPtr &f, llvm::function_ref<int64_t(int64_t flat)> channelOf, bool offsets,
                     bool padded);
  /// One element for several constants.
  std::optional<Element> knownOf(const Integers &x, llvm::ArrayRef<uint32_t> entries, int64_t channel);
  /// The current operator sums elements of `f`; channelOf: of each; `joined`: what stands for each channel.
  void reads(const FieldPtr &f, llvm::function_ref<int64_t(int64_t flat)> channelOf,
             llvm::ArrayRef<Element> joined, const Integers *x = nullptr);
  /// All integers of these sources that it sums.
  std::shared_ptr<const Inputs> inputsOf(const std::set<unsigned> &group);

  // Rows.cpp
  /// A product of rows whose functions differ from row to row; `columns`: of a constant on the left.
  llvm::Expected<FieldPtr> rowByRow(const FieldPtr &x, const Weights &weights, std::vector<int64_t> shape,
                                    int64_t columns,
                                    llvm::function_ref<int64_t(int64_t output, int64_t k)> weightOf);

  // Pool.cpp
  llvm::Expected<FieldPtr> maxPool(mlir::Operation *op);

  // Average.cpp
  llvm::Expected<FieldPtr> average(mlir::Operation *op);
  struct Window {
    std::vector<int64_t> flat;
    int64_t count; ///< that the sum is divided by
    int64_t channel;
    int64_t plane, planeSize; ///< where the elements of its channel begin; -1: it has none
  };
  llvm::Expected<FieldPtr> meansOf(const FieldPtr &x, llvm::ArrayRef<Window> windows, bool offsets);
  /// `offsets`: constants are integers of the others' lattice; else they count beside them.
  llvm::Expected<Element> meanOf(const FieldPtr &x, llvm::ArrayRef<uint32_t> which, int64_t count,
                                 int64_t channel, const Element *like, bool offsets);

  // Quantise.cpp
  llvm::Expected<FieldPtr> quantise(mlir::Operation *op);
  /// What another derivation knows of an element's code; null where there is none.
  const Term *reachedBefore(const std::string &key, size_t element) const;

  unsigned intern(Source s);
  unsigned moved(unsigned source, const std::string &place);
  /// One element that stands for several; none where their functions differ.
  std::optional<Element> joined(const FieldPtr &f, llvm::ArrayRef<uint32_t> entries);
  /// The largest of several, whatever their functions.
  Element largestOf(const FieldPtr &f, llvm::ArrayRef<uint32_t> entries);
  /// Codes of two quantisers that lie in one tensor get one source.
  void joinSources(Term &a, Term &b);

  const std::map<std::string, Removed> &removed;
  Derived &out;
  const Splitting splitting;
  const Derived *ranges;
  std::map<Source, unsigned> known;
  std::map<std::vector<const Element *>, std::shared_ptr<const Beside>>
      summed; ///< of one operator: the elements that its sums meet
  std::vector<std::pair<std::vector<Term>, int64_t>> inputs; ///< of one operator: integers and channel
  std::map<std::set<unsigned>, std::shared_ptr<const Inputs>> overs;
  bool constants = false; ///< of one operator: it sums some that are no integers
  bool byChannel = false; ///< the channels' integers are not alike, or are none that are given
  llvm::DenseMap<mlir::Value, FieldPtr> fields;
  std::map<std::vector<const void *>, FieldPtr> quantisedAlike;
  mlir::Operation *current = nullptr;
};

} // namespace dyadic::certificate
