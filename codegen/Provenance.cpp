// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Follows views back through movement and pooling to what made their integers.
#include "codegen/Provenance.h"

#include <numeric>

using namespace mlir;
namespace dyadic::codegen {
namespace {

void quoted(llvm::raw_ostream &os, StringRef text) { os << llvm::json::Value(jsonText(text)); }

template <typename Range> void numbers(llvm::raw_ostream &os, const Range &values) {
  os << '[';
  llvm::interleave(values, os, [&](int64_t v) { os << v; }, ",");
  os << ']';
}

RankedTensorType tensorOf(Value view) { return cast<plat::ViewType>(view.getType()).getTensor(); }
bool passesOn(const Work &kernel) { return kernel.kernel == "gather" || kernel.kernel == "pool_max"; }

} // namespace

Provenance::Provenance(const Model &model) : model(model) {
  for (plat::TapOp tap : model.inputTaps)
    quantisers.insert(tap.getKey());
  for (const Layer &layer : model.layers) {
    for (plat::TapOp tap : layer.taps)
      quantisers.insert(tap.getKey());
    for (const Work &kernel : layer.works) {
      for (Value out : kernel.outs)
        writers[out].push_back(&kernel);
      if (kernel.step)
        number[kernel.op] = steps++;
    }
  }
}

bool Provenance::widens(const Work &kernel) const {
  plat::StepOp step = kernel.step;
  if (kernel.kernel != "rescale" || quantisers.contains(step.getNode()))
    return false;
  qint::StepAttr proof = step.getProof();
  auto all = [](auto values, int64_t wanted) {
    return llvm::all_of(values.asArrayRef(), [&](int64_t v) { return v == wanted; });
  };
  return proof.getTerms() == 1 && all(proof.getForms(), static_cast<int64_t>(qint::StepForm::dyadic64)) &&
         all(proof.getMult(), 1) && all(proof.getBias(), 0) && all(proof.getShift(), 0);
}

ArrayRef<const Work *> Provenance::writersOf(Value view) const {
  auto it = writers.find(view);
  return it == writers.end() ? ArrayRef<const Work *>() : ArrayRef<const Work *>(it->second);
}

void Provenance::names(Value view, SmallVectorImpl<std::string> &out) const {
  auto add = [&](StringRef name) {
    if (!llvm::is_contained(out, name))
      out.push_back(name.str());
  };
  for (const Work *made : writersOf(view)) {
    const Work &kernel = *made;
    if (plat::StepOp step = kernel.step; step && !widens(kernel))
      add(step.getNode());
    else if (step)
      names(kernel.ins.front(), out);
    else if (!passesOn(kernel))
      add(kernel.node);
    else
      names(kernel.ins.front(), out);
  }
  for (const Port &port : model.inputs)
    if (port.view == view)
      add(port.port.getKey().empty() ? port.port.getName().getValue() : port.port.getKey().getValue());
}

SmallVector<int64_t> Provenance::unpack(plat::ConstantOp constant) const {
  Type element = constant.getElement();
  unsigned bits = plat::storedBits(element);
  ArrayRef<char> image = cast<DenseElementsAttr>(constant.getValues()).getRawData();
  bool splat = cast<DenseElementsAttr>(constant.getValues()).isSplat();
  unsigned unit = std::max(8u, bits) / 8;
  SmallVector<int64_t> values;
  uint64_t at = 0;
  for (int64_t i = 0; i < static_cast<int64_t>(constant.getCount()); ++i) {
    uint64_t code = 0;
    for (unsigned k = 0; k < bits; ++k, ++at) {
      uint64_t byte = splat ? at / 8 % unit : at / 8;
      code |= uint64_t{(static_cast<uint8_t>(image[byte]) >> (at % 8)) & 1u} << k;
    }
    if (element.isSignedInteger(1))
      values.push_back(code ? 1 : -1);
    else if (element.isSignedInteger() && bits < 64 && code >> (bits - 1))
      values.push_back(static_cast<int64_t>(code) - (int64_t{1} << bits));
    else
      values.push_back(static_cast<int64_t>(code));
  }
  return values;
}

std::optional<Places> Provenance::movedFrom(Value view) const {
  SmallVector<const Work *> chain;
  for (Value v = view; writersOf(v).size() == 1; v = chain.back()->ins.front()) {
    const Work *maker = writersOf(v).front();
    if (maker->step || !passesOn(*maker))
      break;
    chain.push_back(maker);
  }
  std::optional<Places> places;
  for (const Work *kernel : llvm::reverse(chain)) {
    Places next = placesOf(model, *kernel);
    places = places ? places->then(next) : next;
  }
  return places && !places->mixed ? places : std::nullopt;
}

void Provenance::printSum(llvm::raw_ostream &os, const Work &kernel,
                          const std::optional<Places> &places) const {
  SmallVector<std::string> reads;
  names(kernel.ins.front(), reads);
  os << "{\"node\":";
  quoted(os, kernel.node);
  os << ",\"reads\":[";
  llvm::interleave(reads, os, [&](const std::string &r) { quoted(os, r); }, ",");
  DictionaryAttr params = kernel.params;
  os << "],\"zero\":" << plat::numberAt(params, "in.zero")
     << ",\"bits\":" << plat::numberAt(params, "acc_bits");
  if (plat::ConstantOp weights = model.constant(kernel.weights)) {
    int64_t outputs = plat::numberAt(params, "out_c");
    bool outputsInnermost = kernel.kernel.starts_with("depthwise");
    SmallVector<std::pair<int64_t, int64_t>> sums(outputs);
    SmallVector<int64_t> values = unpack(weights);
    int64_t perOutput = static_cast<int64_t>(values.size()) / outputs;
    for (auto [i, w] : llvm::enumerate(values)) {
      auto &sum =
          sums[outputsInnermost ? static_cast<int64_t>(i) % outputs : static_cast<int64_t>(i) / perOutput];
      sum.first += w < 0 ? -w : w;
      sum.second += w;
    }
    os << ",\"weights\":[";
    llvm::interleave(sums, os, [&](const auto &s) { os << '[' << s.first << ',' << s.second << ']'; }, ",");
    os << ']';
    if (places && (outputs > 1 || places->filled())) {
      Places outputOf = *places;
      outputOf.reduce(outputs);
      outputOf.print(os, "outputs");
    }
  }
  os << '}';
}

void Provenance::printAccumulators(llvm::raw_ostream &os, const Work &kernel) const {
  os << '[';
  if (kernel.kernel != "rescale") {
    printSum(os, kernel, std::nullopt);
    os << ']';
    return;
  }
  auto print = [&](Value in) {
    Value v = in;
    const Work *maker = nullptr;
    for (auto made = writersOf(v); !made.empty(); made = writersOf(v)) {
      maker = made.front();
      if (maker->step || !passesOn(*maker))
        break;
      v = maker->ins.front();
      maker = nullptr;
    }
    if (maker && !maker->step)
      return printSum(os, *maker, movedFrom(in));
    SmallVector<std::string> from;
    names(in, from);
    os << "{\"codes\":";
    quoted(os, from.empty() ? "" : from.front());
    if (maker)
      os << ",\"rescale\":" << number.lookup(maker->op);
    os << '}';
  };
  llvm::interleave(kernel.ins, os, print, ",\n  ");
  os << ']';
}

int64_t Provenance::kernelModulus(const Work &kernel, int depth) const {
  qint::StepAttr proof = const_cast<plat::StepOp &>(kernel.step).getProof();
  int64_t modulus = static_cast<int64_t>(proof.getPeriod()) * static_cast<int64_t>(proof.getChannels());
  auto join = [&](const Work &sum, bool moved) {
    if (sum.weights)
      modulus = std::lcm(modulus, moved ? tensorOf(kernel.outs.front()).getNumElements()
                                        : plat::numberAt(sum.params, "out_c"));
  };
  if (kernel.kernel != "rescale") {
    join(kernel, false);
    return modulus;
  }
  for (Value in : kernel.ins) {
    bool moved = false;
    for (auto made = writersOf(in); !made.empty(); made = writersOf(in)) {
      const Work &maker = *made.front();
      if (maker.step) { // perhaps a sum that was made one integer first
        StringRef node = const_cast<plat::StepOp &>(maker.step).getNode();
        StringRef own = const_cast<plat::StepOp &>(kernel.step).getNode();
        if (depth > 0 && (node == own || !quantisers.contains(node)))
          modulus = std::lcm(modulus, moved ? tensorOf(kernel.outs.front()).getNumElements()
                                            : kernelModulus(maker, depth - 1));
        break;
      }
      if (!passesOn(maker)) {
        join(maker, moved);
        break;
      }
      moved = true;
      in = maker.ins.front();
    }
  }
  return modulus;
}

std::optional<Provenance::Origins> Provenance::originsOf(Value view) const {
  ArrayRef<const Work *> made = writersOf(view);
  if (made.empty()) {
    for (const Port &p : model.inputs)
      if (p.view == view) {
        Origin input;
        input.input = (p.port.getKey().empty() ? p.port.getName() : p.port.getKey()).str();
        return Origins{0, {input}};
      }
    return std::nullopt;
  }
  if (made.size() > 1)
    return joined(view, SmallVector<const Work *>(made));
  const Work &kernel = *made.front();
  if (kernel.step) {
    Origin step;
    step.rescale = number.lookup(kernel.op);
    step.modulus = kernelModulus(kernel);
    return Origins{0, {step}};
  }
  if (!passesOn(kernel))
    return std::nullopt;
  auto origins = originsOf(kernel.ins.front());
  if (origins)
    for (Origin &o : origins->parts)
      (kernel.kernel == "gather" ? o.moved : o.pooled) = true;
  if (origins && origins->parts.size() == 1)
    origins->parts[0].end = view;
  return origins;
}

std::optional<Provenance::Origins> Provenance::joined(Value view, SmallVector<const Work *> parts) const {
  auto base = [](const Work *part) { return plat::numberAt(part->params, "out_base"); };
  llvm::sort(parts, [&](const Work *a, const Work *b) { return base(a) < base(b); });
  RankedTensorType type = tensorOf(view);
  // The axis along which the boxes follow each other.
  int64_t stride = type.getNumElements();
  for (auto [d, extent] : llvm::enumerate(type.getShape())) {
    stride /= extent;
    int64_t across = type.getNumElements() / extent, begin = 0;
    Origins all{static_cast<int64_t>(d), {}};
    for (const Work *part : parts) {
      int64_t count = tensorOf(part->ins.front()).getNumElements();
      auto origins = originsOf(part->ins.front());
      if (count % across != 0 || base(part) != begin * stride || !origins)
        break;
      if (origins->parts.size() == 1) {
        origins->parts[0].begin = begin;
        origins->parts[0].extent = count / across;
      } else if (origins->axis == all.axis) { // joined of joined tensors
        for (Origin &o : origins->parts)
          o.begin += begin;
      } else {
        break;
      }
      all.parts.append(origins->parts);
      begin += count / across;
    }
    if (begin == extent)
      return all;
  }
  return std::nullopt;
}

bool Provenance::printCodes(llvm::raw_ostream &os, plat::TapOp tap) const {
  auto origins = originsOf(tap.getView());
  if (!origins)
    return false;
  os << "{\"key\":";
  quoted(os, tap.getKey());
  bool bipolar = tensorOf(tap.getView()).getElementType().isSignedInteger(1); // y is the bit of -1 or +1
  os << ",\"mul\":" << (bipolar ? 2 : 1) * static_cast<int64_t>(tap.getCodeMul()) << ",\"add\":"
     << static_cast<int64_t>(tap.getCodeAdd()) - (bipolar ? static_cast<int64_t>(tap.getCodeMul()) : 0)
     << ",\"view\":";
  numbers(os, tap.getOnnxView());
  os << ",\"perm\":";
  numbers(os, tap.getPerm());
  if (tap.getKept()) {
    os << ",\"kept_axis\":" << static_cast<int64_t>(tap.getKeptAxis()) << ",\"kept\":";
    numbers(os, *tap.getKept());
    os << ",\"constants\":";
    numbers(os, *tap.getConstants());
  }
  os << ",\"axis\":" << origins->axis << ",\"from\":[";
  auto print = [&](const Origin &origin) {
    os << "{\"pooled\":" << (origin.pooled ? "true" : "false")
       << ",\"moved\":" << (origin.moved ? "true" : "false");
    if (origin.rescale >= 0) {
      os << ",\"rescale\":" << origin.rescale;
    } else {
      os << ",\"input\":";
      quoted(os, origin.input);
    }
    if (auto places = origin.end && origin.rescale >= 0 && (origin.modulus > 1 || origin.moved)
                          ? movedFrom(origin.end)
                          : std::nullopt;
        places && (origin.modulus > 1 || places->filled())) {
      places->reduce(origin.modulus);
      places->print(os, "places");
    }
    if (origin.extent >= 0)
      os << ",\"begin\":" << origin.begin << ",\"extent\":" << origin.extent;
    os << '}';
  };
  llvm::interleave(origins->parts, os, print, ",");
  os << "]}";
  return true;
}

} // namespace dyadic::codegen
