// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a certificate claims, as plain values, and its forms as integer functions.
#pragma once
#include "compiler/certificate/Pieces.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <map>
#include <set>
#include <string>
#include <vector>

namespace dyadic::certificate {

enum class Form { Constant, Dyadic32, Dyadic64, HalfEven, TwoSegment, Thresholds, Table, Wide, Pieces };

struct ChannelClaim {
  Form form = Form::Constant;
  std::vector<std::pair<Integer, Integer>> range; ///< per term
  std::vector<Integer> m;                         ///< per term; empty for thresholds, table, wide and pieces
  Integer b;
  int64_t n = 0;
  std::vector<Integer> numbers; ///< as #qint.step's aux
};

/// What the C takes of several integers; Mixed: the least of some and the largest of others.
enum class Take { Largest, Least, Mixed };

/// Element `element` of what a source holds; source -1: the integer `element` itself.
struct Item {
  int64_t source = -1;
  Integer element;
  std::string input;         ///< of codes: the graph input whose codes it is, instead of a source
  Take take = Take::Largest; ///< of all that stand beside it
  bool operator==(const Item &) const = default;
  bool operator<(const Item &other) const {
    return std::tie(source, element) < std::tie(other.source, other.element);
  }
};
/// Of each element, again and again: what it is, or the largest or least of.
using Items = std::vector<std::vector<Item>>;

/// Integers: codes as they are, or sums of weight * (what is read - zero).
struct SourceClaim {
  bool codes = false;
  int64_t rescale = -1; ///< codes: the rescale that gives them; -1: a graph input
  std::string name;     ///< of the quantiser or input that gives the codes, or of the node that sums
  std::vector<std::string> reads;
  std::vector<int64_t> made; ///< of a sum: the rescales without a quantiser whose integers it reads, and sums
  Items channels; ///< where there are such, per channel that it reads: elements of rescales, by their numbers
  int64_t groups = 1; ///< of those channels; each output reads one
  using Weights = std::vector<std::pair<Integer, Integer>>;
  std::map<int64_t, Weights> known; ///< of channels of one value: sums of the weights that meet it, by output
  Integer zero;
  int64_t bits = 0;
  Weights weights; ///< per output, innermost in memory: sum of |w|, sum of w; empty: every w is 1
};

/// The integers of one term.
struct AccumulatorClaim {
  std::vector<SourceClaim> sources;
  Items elements; ///< empty: element i of the only source
};

struct RescaleClaim {
  bool sum = false; ///< none that the C has: gives what a sum holds as it is, to a sum that reads it
  std::string quantiser;
  int64_t period = 1, terms = 1;
  Integer clampMin, clampMax;
  std::vector<ChannelClaim> channels;
  std::vector<AccumulatorClaim> accumulators;
};

/// Where the codes of one quantiser come from: element by element those of a rescale, or of a graph input.
struct Origin {
  int64_t rescale = -1;
  std::string input;
  int64_t begin = 0, extent = -1; ///< along the concatenated axis; -1: all of it
  Items elements;                 ///< instead of rescale and input: a source is a rescale
  bool operator==(const Origin &) const = default;
};

/// One quantiser's tensor in memory: the ONNX tensor is a reshape of one of shape `view`, whose axis perm[i]
/// is physical axis i. Its code is value * mul + add.
struct CodesClaim {
  std::string key;
  Integer mul = 1, add;
  std::vector<int64_t> view, perm;
  int64_t keptAxis = -1;          ///< physical
  std::vector<int64_t> kept;      ///< ONNX index of each position along it
  std::vector<Integer> constants; ///< by ONNX index
  int64_t axis = 0;               ///< physical, along which origins follow each other
  std::vector<Origin> origins;
  bool operator==(const CodesClaim &) const = default;
};

struct Claims {
  std::string modelSha256;
  std::vector<std::string> inputs, dims, batch; ///< the options that decided what the model means
  std::vector<RescaleClaim> rescales;
  std::vector<CodesClaim> codes;
  /// The rescales that give codes; others make integers without rounding.
  std::set<int64_t> givers() const;
};

/// Reads the text of a certificate; whatever it holds, the answer is claims of consistent sizes or an error.
llvm::Expected<Claims> readClaims(llvm::StringRef text);

/// What each term is multiplied by before the sum is rounded; nothing where the form has no such line.
std::optional<std::vector<Integer>> factorsOf(const ChannelClaim &c, size_t terms);
/// The claimed function of x where the sum of factor * term is m x + offset: constant, dyadic, half_even and
/// wide.
std::optional<Pieces> linePieces(const RescaleClaim &rescale, const ChannelClaim &c, Integer m,
                                 Integer offset, const Integer &lo, const Integer &hi, std::string &why);
/// The claimed function of x, where term t is a_t = mul[t] * x + add[t]. None where the form is malformed:
/// `why` says so.
std::optional<Pieces> piecesOf(const RescaleClaim &rescale, const ChannelClaim &c,
                               const std::vector<Integer> &mul, const std::vector<Integer> &add,
                               const Integer &lo, const Integer &hi, std::string &why);
/// What in its C evaluation leaves 32 or 64 bits or its limbs while term t is in [lo[t], hi[t]]; nothing
/// where all fits.
std::optional<std::string> overflowOf(const RescaleClaim &rescale, const ChannelClaim &c,
                                      const std::vector<Integer> &lo, const std::vector<Integer> &hi);
const char *nameOf(Form form);

} // namespace dyadic::certificate
