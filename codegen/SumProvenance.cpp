// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tells of every sum what it reads, and the sums of its weights.
#include "codegen/Places.h"
#include "codegen/Provenance.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {

/// Of |w| and of w.
using WeightSums = SmallVector<std::pair<int64_t, int64_t>>;
void addTo(std::pair<int64_t, int64_t> &sum, int64_t w) {
  sum.first += w < 0 ? -w : w;
  sum.second += w;
}
void print(llvm::raw_ostream &os, ArrayRef<std::pair<int64_t, int64_t>> sums) {
  os << "\"weights\":[";
  llvm::interleave(sums, os, [&](const auto &s) { os << '[' << s.first << ',' << s.second << ']'; }, ",");
  os << ']';
}

/// Whether a step gives this element one value whatever it reads, and its numbers show it.
bool isConstant(const Work &kernel, int64_t element) {
  qint::StepAttr proof = const_cast<plat::StepOp &>(kernel.step).getProof();
  auto terms = static_cast<int64_t>(proof.getTerms()), channels = static_cast<int64_t>(proof.getChannels());
  int64_t c = element / static_cast<int64_t>(proof.getPeriod()) % channels;
  switch (static_cast<qint::StepForm>(proof.getForms()[c])) {
  case qint::StepForm::constant:
    return true;
  case qint::StepForm::dyadic32:
  case qint::StepForm::dyadic64:
  case qint::StepForm::halfEven:
    return llvm::all_of(proof.getMult().asArrayRef().slice(c * terms, terms),
                        [](int64_t m) { return m == 0; });
  default:
    return false;
  }
}

} // namespace

void Provenance::names(Value view, SmallVectorImpl<std::string> &out) const {
  auto add = [&](StringRef name) {
    if (!llvm::is_contained(out, name))
      out.push_back(name.str());
  };
  for (const Lineage::Source &s : lineages.sourcesOf(view)) {
    if (s.input)
      add(nameOf(*s.input));
    else if (!s.work->step || (s.work->kernel != "rescale" && !lineages.givesCodes(*s.work)))
      add(s.work->node);
    else if (lineages.givesCodes(*s.work))
      add(nodeOfStep(*s.work));
    else // integers without rounding: what they are made of
      for (Value in : s.work->ins)
        names(in, out);
  }
}

/// Channels of one value: what the weights that meet each of them sum to, for every output that reads it.
void Provenance::printKnown(llvm::raw_ostream &os, const Work &kernel, ArrayRef<Makers> channels,
                            int64_t groups) const {
  plat::ConstantOp constant = model.constant(kernel.weights);
  std::vector<const Work *> works(static_cast<size_t>(steps));
  for (const Layer &layer : model.layers)
    for (const Work &work : layer.works)
      if (work.step)
        works[number.lookup(work.op)] = &work;
  SmallVector<size_t> known;
  for (size_t c = 0; c < channels.size(); ++c)
    if (llvm::all_of(channels[c],
                     [&](const auto &m) { return m.first >= 0 && isConstant(*works[m.first], m.second); }))
      known.push_back(c);
  if (known.empty() || !constant)
    return;
  SmallVector<int64_t> values = unpack(constant);
  auto each = static_cast<int64_t>(channels.size()) / groups;
  int64_t outputs = plat::numberAt(kernel.params, "out_c"),
          perOutput = static_cast<int64_t>(values.size()) / outputs, ofGroup = outputs / groups;
  os << ",\"known\":[";
  llvm::interleave(
      known, os,
      [&](size_t c) {
        auto channel = static_cast<int64_t>(c);
        WeightSums sums(ofGroup);
        for (int64_t o = 0; o < ofGroup; ++o)
          for (int64_t k = channel % each; k < perOutput; k += each)
            addTo(sums[o], values[(channel / each * ofGroup + o) * perOutput + k]);
        os << "{\"channel\":" << channel << ',';
        print(os, sums);
        os << '}';
      },
      ",");
  os << ']';
}

void Provenance::printMade(llvm::raw_ostream &os, const Work &kernel) const {
  auto isMade = [&](const Lineage::Source &s) {
    return s.work && s.work->step && !lineages.givesCodes(*s.work);
  };
  auto isSum = [](const Lineage::Source &s) { return s.work && !s.work->step; };
  Value in = kernel.ins.front();
  if (llvm::none_of(lineages.sourcesOf(in), [&](const Lineage::Source &s) { return isMade(s) || isSum(s); }))
    return;
  Lineage lineage = lineages.of(in).value_or(Lineage());
  // The kernel's own channels, whatever the shape of the tensor.
  const bool product = kernel.kernel.starts_with("matmul");
  const int64_t depth = plat::numberAt(kernel.params, product          ? "k"
                                                      : kernel.weights ? "in_c"
                                                                       : "channels"),
                count = tensorOf(in).getNumElements();
  // By channel, whatever its position: elements that are alike once. Where a pool takes an axis for its rows,
  // by output.
  const bool byOutput = depth != tensorOf(in).getShape().back() && !kernel.weights;
  const int64_t outputs = tensorOf(kernel.outs.front()).getNumElements();
  std::vector<Makers> channels(static_cast<size_t>(byOutput ? outputs : depth));
  SmallVector<const Work *> sums; // that are summed as they are: number k is -2 - k
  auto makerOf = [&](const Lineage::Item &item) -> std::pair<int64_t, int64_t> {
    const Lineage::Source *s = item.source < 0 ? nullptr : &lineage.sources[item.source];
    if (s && isMade(*s))
      return {number.lookup(s->work->op), item.element % lineages.stepModulus(*s->work)};
    if (!s || !isSum(*s))
      return {-1, 0};
    auto known = llvm::find(sums, s->work);
    const auto k = static_cast<int64_t>(known - sums.begin());
    if (known == sums.end())
      sums.push_back(s->work);
    return {-2 - k, item.element % lineages.readModulus(*s)};
  };
  auto add = [&](int64_t channel, int64_t i) {
    auto insert = [&](const Lineage::Item &item) {
      if (!item.isMark())
        channels[channel].insert(makerOf(item));
    };
    if (lineage.from.empty())
      insert({0, i});
    else
      llvm::for_each(lineage.from[i % lineage.from.size()], insert);
  };
  if (byOutput) {
    Places places = placesOf(model, kernel);
    for (int64_t o = 0; o < outputs; ++o) {
      for (int64_t i : places.from[o])
        add(o, i);
      if (places.from[o].empty())
        channels[o].insert({-1, 0});
    }
  } else {
    for (int64_t i = 0; i < count; ++i)
      add(i % depth, i);
  }
  bool dense = product || kernel.kernel.starts_with("conv2d");
  int64_t groups = !dense    ? static_cast<int64_t>(channels.size())
                   : product ? 1
                             : plat::numberAt(kernel.params, "groups");
  os << ",\"made\":{\"groups\":" << groups << ",\"channels\":[";
  llvm::interleave(
      channels, os,
      [&](const auto &items) {
        os << '[';
        llvm::interleave(
            items, os, [&](const auto &i) { os << '[' << i.first << ',' << i.second << ']'; }, ",");
        os << ']';
      },
      ",");
  os << ']';
  if (!sums.empty()) {
    os << ",\"sums\":[";
    llvm::interleave(sums, os, [&](const Work *sum) { printSum(os, *sum); }, ",");
    os << ']';
  }
  if (dense)
    printKnown(os, kernel, channels, groups);
  os << '}';
}

void Provenance::printSum(llvm::raw_ostream &os, const Work &kernel) const {
  SmallVector<std::string> reads;
  names(kernel.ins.front(), reads);
  os << "{\"node\":";
  quoted(os, kernel.node);
  os << ",\"reads\":[";
  llvm::interleave(reads, os, [&](const std::string &r) { quoted(os, r); }, ",");
  os << ']';
  printMade(os, kernel);
  DictionaryAttr params = kernel.params;
  os << ",\"zero\":" << plat::numberAt(params, "in.zero")
     << ",\"bits\":" << plat::numberAt(params, "acc_bits");
  if (plat::ConstantOp weights = model.constant(kernel.weights)) {
    int64_t outputs = plat::numberAt(params, "out_c");
    bool outputsInnermost = kernel.kernel.starts_with("depthwise");
    WeightSums sums(outputs);
    SmallVector<int64_t> values = unpack(weights);
    int64_t perOutput = static_cast<int64_t>(values.size()) / outputs;
    for (auto [i, w] : llvm::enumerate(values))
      addTo(sums[outputsInnermost ? static_cast<int64_t>(i) % outputs : static_cast<int64_t>(i) / perOutput],
            w);
    os << ',';
    print(os, sums);
  }
  os << '}';
}

} // namespace dyadic::codegen
