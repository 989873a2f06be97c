// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which claimed accumulator holds which derived integers, and what it reaches.
#pragma once
#include "compiler/certificate/Check.h"

namespace dyadic::certificate {

/// A claimed integer: the sum of factor[t] * (integer of term t), plus add.
struct Linear {
  std::vector<Integer> factor;
  Integer add;
  /// Where it lies, though its terms do not all vary freely: parts of one activation.
  std::optional<std::pair<Integer, Integer>> within = std::nullopt;
  bool operator==(const Linear &l) const { return factor == l.factor && add == l.add; }
};

/// mul * x + add.
struct Line {
  Integer mul = 1, add;
  bool operator==(const Line &) const = default;
};

/// How what a sum reads follows from what the model sums: for every channel the same, or for each its own.
struct Lines {
  Line all;
  std::map<int64_t, Line> of;
  bool constants = false; ///< some of what is read is no integer of the model
  const Line &at(int64_t channel) const {
    auto own = of.find(channel);
    return own == of.end() ? all : own->second;
  }
};

/// What a rescale reads for one element, term by term.
struct Reading {
  std::vector<Linear> terms;
  std::vector<Integer> lo, hi;
};

/// The terms of an element as one integer s, where their sum is unit * s; a single term is s itself.
struct Whole {
  Rational unit;
  std::vector<Integer> steps; ///< s is the sum of step * term
  Integer lo, hi;
  bool sign = false; ///< only the ends occur
};
Whole wholeOf(const std::vector<Term> &terms);

/// What was made of the integers `base`, however bent and summed, as one function of `whole`.
struct Nested {
  std::vector<Term> base;
  Whole whole;
  std::vector<Segment> segments;
};
std::optional<Nested> nestedOf(const Element &e);

/// The channels that an output of a sum reads.
llvm::ArrayRef<std::vector<Item>> channelsOf(const SourceClaim &s, const Integer &output);
Linear constantOf(size_t terms, const Integer &value);
/// Factor and offset by which claimed sums follow from derived ones, where what is summed is `made` of the
/// derived integers; `why` where they cannot.
std::optional<std::pair<Integer, Integer>> relate(const SumInfo &s, const SourceClaim &a, const Lines &made,
                                                  const Integer &output, std::string &why);
std::pair<Integer, Integer> reachOf(const Linear &l, const std::vector<Term> &terms);
const ChannelClaim &channelAt(const RescaleClaim &rescale, int64_t element);

Fault fault(const llvm::Twine &what);
/// The first place where two functions of `whole` differ at an integer that occurs.
std::optional<Integer> differenceOver(const Whole &whole, const Pieces &f, const Pieces &g);
/// Ranges as claimed hold what is reachable, and its C stays in its words there.
std::optional<Fault> checkReach(const RescaleClaim &rescale, const ChannelClaim &claim,
                                const std::vector<Integer> &lo, const std::vector<Integer> &hi);
/// Factor and offset where a linear form follows from s.
std::optional<std::pair<Integer, Integer>> along(const Linear &l, const Whole &whole);
/// Least and greatest value.
std::pair<Integer, Integer> reachOf(const Pieces &f);
bool isLine(const Piece &p);
/// Where a rounded function has few values, a line for each.
Pieces runsWhereFew(const Pieces &f);
/// What a rescale makes of s; none where what it reads does not follow from s.
std::optional<Pieces> piecesAlong(const RescaleClaim &rescale, const ChannelClaim &claim,
                                  const Reading &reading, const Whole &whole, std::string &why);

class Matcher {
public:
  Matcher(const Claims &claims, const Derived &derived);

  /// What a rescale reads for an element, in terms of `terms`; `variant`: which of the several that its first
  /// accumulator is the largest of, -1: that largest one itself.
  std::optional<Fault> read(const std::vector<Term> &terms, const RescaleClaim &rescale, int64_t element,
                            int64_t variant, Reading &r) const;
  // Composed.cpp
  /// What a rescale makes of s, also where what it reads was bent on the way by others without a quantiser.
  std::optional<Pieces> composed(const std::vector<Term> &terms, const Whole &whole,
                                 const RescaleClaim &rescale, int64_t element, int64_t variant) const;
  /// What a rescale makes of s, where several sums of one operator together are what the model sums.
  std::optional<Pieces> together(const std::vector<Term> &terms, const Whole &whole,
                                 const RescaleClaim &rescale, int64_t element) const;
  /// Calls `holds` with the widest integer and the function of it, for each row of the others' values; false
  /// where there are too many, or where some do not hold.
  bool eachRow(const std::vector<Term> &base, const std::vector<Segment> &segments,
               llvm::function_ref<bool(const std::vector<Term> &, const std::vector<Segment> &)> holds) const;
  /// How many variants there are: 1 where the accumulator is one integer, or where there are several terms.
  int64_t variantsOf(const RescaleClaim &rescale, int64_t element) const;
  /// What the C takes of those variants.
  static Take takeOf(const RescaleClaim &rescale, int64_t element) {
    const AccumulatorClaim &a = rescale.accumulators[0];
    return a.elements.empty() ? Take::Largest
                              : a.elements[static_cast<size_t>(element) % a.elements.size()][0].take;
  }
  /// Factor and offset by which a quantiser's codes follow from what lies in memory.
  std::pair<Integer, Integer> scaleOf(const std::string &key) const {
    auto own = scales.find(key);
    return own == scales.end() ? std::pair<Integer, Integer>{1, 0} : own->second;
  }
  bool givesCodes(int64_t rescale) const { return givers.count(rescale) != 0; }
  /// The rescale without a quantiser that made what is read; null where a quantiser or a sum did.
  const RescaleClaim *madeBy(const SourceClaim &s) const {
    return s.codes && s.rescale >= 0 && !givesCodes(s.rescale)
               ? &claims.rescales[static_cast<size_t>(s.rescale)]
               : nullptr;
  }
  const RescaleClaim *madeBy(const AccumulatorClaim &a, const Item &i) const {
    return i.source < 0 ? nullptr : madeBy(a.sources[static_cast<size_t>(i.source)]);
  }
  /// Of codes that lie in one place, whichever quantiser they are of, one term.
  Element joinedCodes(Element e) const;
  /// The tensors in which the codes of a quantiser lie.
  const std::set<std::string> &namesOf(const std::string &name) const { return names.of(name); }

private:
  /// What accumulator `a` is for an element of the rescale that reads it.
  static llvm::ArrayRef<Item> itemsAt(const AccumulatorClaim &a, int64_t element, Item &own);
  using Taken = std::vector<bool>; ///< terms that an accumulator was matched with
  std::optional<Linear> items(const std::vector<Term> &terms, const AccumulatorClaim &a,
                              llvm::ArrayRef<Item> items, Taken &taken, std::string &why) const;
  std::optional<Linear> item(const std::vector<Term> &terms, const AccumulatorClaim &a, const Item &item,
                             Taken &taken, std::string &why) const;
  /// The same, whatever else was matched.
  std::optional<Linear> item(const std::vector<Term> &terms, const AccumulatorClaim &a,
                             const Item &item) const;
  /// What one accumulator is as a function of s.
  std::optional<Pieces> alongOf(const std::vector<Term> &terms, const Whole &whole, const AccumulatorClaim &a,
                                llvm::ArrayRef<Item> items) const;
  /// Integers that a rescale without a quantiser makes.
  std::optional<Linear> made(const std::vector<Term> &terms, const RescaleClaim &maker, int64_t element,
                             Taken &taken, std::string &why) const;
  /// As a sum of what it reads, without rounding.
  std::optional<Linear> sumMade(const std::vector<Term> &terms, const RescaleClaim &maker, int64_t element,
                                Taken &taken, std::string &why) const;
  /// Factor and offset with which such a rescale makes the integers of an activation.
  std::optional<std::pair<Integer, Integer>> bent(const Bend &bend, const RescaleClaim &maker,
                                                  int64_t element) const;
  /// An accumulator of a term that has one value in this row.
  std::optional<Linear> fixedItem(size_t terms, const AccumulatorClaim &a, const Item &item) const;
  // Together.cpp
  struct Made {
    std::map<int, Integer> factors;                       ///< of each part, by slot
    std::map<int64_t, std::pair<Integer, Integer>> reach; ///< of what they are together, by channel
  };
  /// An accumulator that is one of several sums of an operator.
  struct Summand {
    size_t accumulator;
    const SourceClaim *source;
    Integer output, factor;
  };
  using Reach = std::map<size_t, std::pair<Integer, Integer>>; ///< by accumulator
  /// What such a sum reads in its only channel, as lines; `element`: which of those that are read as they
  /// are.
  std::optional<Pieces> linesSummed(const std::vector<Term> &terms, const Whole &whole, const SourceClaim &s,
                                    const Integer &output, const Integer &element) const;
  std::optional<Linear> sumsTogether(const std::vector<Term> &terms, size_t term,
                                     llvm::ArrayRef<Summand> summands, Reach &reach) const;
  // Digits.cpp
  /// One digit of every weight, of which the C sums times 2^from.
  struct Digit {
    const Summand *summand;
    Integer absolute, sum; ///< of the digits
    long from;
  };
  /// From the lowest digit to the highest, without those that are all 0.
  static std::optional<std::vector<Digit>> digitsOf(llvm::ArrayRef<Summand> summands);
  /// Sums of the digits of one sum's weights, each times its power of two.
  std::optional<Linear> digitsTogether(const std::vector<Term> &terms, size_t term,
                                       llvm::ArrayRef<Summand> summands, Reach &reach) const;
  // PartDigits.cpp
  /// Sums of one integer, which parts of an activation are together, each times a digit of the weights or all
  /// of it; `of`: the parts, made as `made` tells.
  std::optional<Linear> partsTogether(const std::vector<Term> &terms, const Beside &of, const Made &made,
                                      llvm::ArrayRef<Summand> summands, Reach &reach) const;
  // Known.cpp
  /// The one value that all of these have; none where they read others.
  std::optional<Integer> valueMade(llvm::ArrayRef<Item> items) const;
  /// Factor and offset as `relate` gives them, where some channels have one value.
  std::optional<std::pair<Integer, Integer>> relateBesideKnown(const Term &sum, const SumInfo &info,
                                                               const SourceClaim &s, const Lines &made,
                                                               const Integer &output, std::string &why) const;
  // Parts.cpp
  /// What a rescale makes as a sum of parts of one activation and the integer that bends.
  std::optional<Linear> parts(const std::vector<Term> &terms, const RescaleClaim &maker, int64_t element,
                              Taken &taken) const;
  std::optional<Linear> partsOf(const Bend &like, const std::vector<Term> &terms, const RescaleClaim &maker,
                                int64_t element, Taken &taken) const;
  /// One integer of a sum, where that sum is past its bend.
  std::optional<Linear> gatedPart(const Bend &like, const std::vector<Term> &terms, const RescaleClaim &maker,
                                  int64_t element, Taken &taken) const;
  /// A sum of what a rescale makes, where that is such a sum in every channel, as one of the sums of the
  /// parts.
  std::optional<Linear> sumOfParts(const std::vector<Term> &terms, const SourceClaim &s,
                                   const Integer &output, Taken &taken, std::string &why) const;
  /// Whatever is read for these channels as sums of parts, which is all that is summed.
  std::optional<Made> madeOfParts(const Beside &of, llvm::ArrayRef<std::vector<Item>> channels) const;
  // Summed.cpp
  class Makers;
  /// By which lines the integers that a sum reads, made by rescales without a quantiser, follow from those
  /// that the model sums; none where they do not.
  std::optional<Lines> sumsWhatIsMade(const Term &sum, const SourceClaim &s, const Integer &output) const;
  /// By which line such a rescale's element follows from an integer.
  std::optional<Line> lineOf(const Term &integer, const RescaleClaim &maker, int64_t element) const;
  std::optional<std::pair<Integer, Integer>> largest(const Largest &largest, const AccumulatorClaim &a,
                                                     llvm::ArrayRef<Item> items) const;
  /// The rescale whose clamp limits what is read; null where none does.
  const RescaleClaim *makerOf(const AccumulatorClaim &a, llvm::ArrayRef<Item> items) const;
  std::string describe(const Term &t) const;
  bool sameIntegers(const Term &t, const SourceClaim &s) const;
  /// What reads these codes gets them: they lie in memory as they are, or as bits of +1 and -1.
  bool readsCodes(llvm::ArrayRef<std::string> keys) const;
  /// Of two quantisers whose codes lie in one place every element is one integer: both are held against it.
  bool inOnePlace(const Source &a, const Source &b) const;

  const Claims &claims;
  const Derived &derived;
  Names names;
  std::set<int64_t> givers;
  std::map<std::string, std::pair<Integer, Integer>> scales; ///< factor and offset of codes, by key
  std::set<int64_t> scaled;                                  ///< rescales whose integers are no codes
  static constexpr int deepest = 12; ///< rescales that read rescales that read rescales ...
  mutable int depth = 0;
  mutable std::map<std::pair<const void *, const void *>, std::optional<Made>> knownParts;
  mutable std::vector<std::pair<Term, Integer>> fixed; ///< terms that have one value in this row, and it
  mutable std::map<std::tuple<const void *, const void *, std::set<int64_t>>, std::optional<Lines>> knownMade;
};

} // namespace dyadic::certificate
