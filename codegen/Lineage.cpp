// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Follows elements back through the boxes of gathers and the windows of pools.
#include "codegen/Lineage.h"
#include "codegen/Places.h"
#include <algorithm>
#include <numeric>

using namespace mlir;
namespace dyadic::codegen {
namespace {

constexpr int64_t greatestModulus = int64_t{1} << 31;

bool passesOn(const Work &kernel) {
  return !kernel.step && (kernel.kernel == "gather" || kernel.kernel == "pool_max");
}
int64_t elementsOf(Value view) { return cast<plat::ViewType>(view.getType()).getTensor().getNumElements(); }

/// Adds the sources of `other` and says which of the result's each of them is.
std::vector<int64_t> addSources(Lineage &to, const Lineage &other) {
  std::vector<int64_t> at;
  for (const Lineage::Source &s : other.sources) {
    auto it = std::find(to.sources.begin(), to.sources.end(), s);
    at.push_back(it - to.sources.begin());
    if (it == to.sources.end())
      to.sources.push_back(s);
  }
  return at;
}

/// Appends what element i of `l` is.
void append(std::vector<Lineage::Item> &to, const Lineage &l, ArrayRef<int64_t> sources, int64_t i) {
  if (l.from.empty())
    to.push_back({sources[0], i});
  else
    for (const Lineage::Item &item : l.from[i])
      to.push_back({item.source < 0 ? item.source : sources[item.source], item.element});
}

/// Where several are taken from what may be taken of several itself: whether all is one least or largest.
void mark(std::vector<Lineage::Item> &items, const Lineage &in, ArrayRef<int64_t> from, bool least) {
  if (from.size() < 2)
    return;
  const bool other = !in.from.empty() && llvm::any_of(from, [&](int64_t k) {
    const bool isLeast = llvm::any_of(in.from[k], [](const Lineage::Item &i) { return i.isMark(); });
    return in.from[k].size() > 1 && isLeast != least;
  });
  if (other)
    items.push_back({Lineage::Item::mixed, 0});
  else if (least)
    items.push_back({Lineage::Item::least, 0});
}

} // namespace

void Lineage::reduce(llvm::function_ref<int64_t(const Source &)> modulus) {
  std::vector<int64_t> moduli;
  for (const Source &s : sources)
    moduli.push_back(modulus(s));
  if (from.empty())
    return;
  for (std::vector<Item> &items : from) {
    for (Item &item : items)
      if (item.source >= 0)
        item.element %= moduli[item.source];
    std::sort(items.begin(), items.end());
    items.erase(std::unique(items.begin(), items.end()), items.end());
    if (llvm::count_if(items, [](const Item &i) { return !i.isMark(); }) == 1)
      llvm::erase_if(items, [](const Item &i) { return i.isMark(); });
  }
  for (size_t period = 1; period < from.size(); ++period)
    if (from.size() % period == 0 &&
        std::equal(from.begin() + static_cast<std::ptrdiff_t>(period), from.end(), from.begin())) {
      from.resize(period);
      break;
    }
  if (sources.size() == 1 && moduli[0] == 1 && from.size() == 1 && from[0] == std::vector<Item>{{0, 0}})
    from.clear();
}

Lineages::Lineages(const Model &model) : model(model) {
  for (const Layer &layer : model.layers)
    for (const Work &kernel : layer.works)
      for (Value out : kernel.outs)
        writers[out].push_back(&kernel);
  for (const Layer &layer : model.layers)
    for (plat::TapOp tap : layer.taps)
      if (showsCodes(tap))
        for (const Lineage::Source &s : sourcesOf(tap.getView()))
          if (s.work && s.work->step)
            givers.insert(s.work->op);
}

bool Lineages::showsCodes(plat::TapOp tap) const {
  return llvm::none_of(model.outputs, [&](const Port &port) {
    return port.port.getKey().empty() && port.port.getName() == tap.getKeyAttr();
  });
}

ArrayRef<const Work *> Lineages::writersOf(Value view) const {
  auto it = writers.find(view);
  return it == writers.end() ? ArrayRef<const Work *>() : ArrayRef<const Work *>(it->second);
}

std::vector<Lineage::Source> Lineages::sourcesOf(Value view) const {
  Lineage all;
  for (const Work *made : writersOf(view)) {
    Lineage one;
    if (passesOn(*made))
      one.sources = sourcesOf(made->ins.front());
    else
      one.sources = {{made, nullptr}};
    addSources(all, one);
  }
  for (const Port &port : model.inputs)
    if (port.view == view)
      all.sources.push_back({nullptr, &port});
  return all.sources;
}

std::optional<Lineage> Lineages::of(Value view) const {
  ArrayRef<const Work *> made = writersOf(view);
  Lineage r;
  if (made.empty()) {
    for (const Port &port : model.inputs)
      if (port.view == view)
        r.sources = {{nullptr, &port}};
    if (plat::ConstantOp constant = constantBehind(model, view))
      for (int64_t v : unpack(constant))
        r.from.push_back({{-1, v}});
    return r.sources.empty() && r.from.empty() ? std::nullopt : std::optional(std::move(r));
  }
  if (made.size() == 1 && !passesOn(*made.front())) {
    r.sources = {{made.front(), nullptr}};
    return r;
  }
  r.from.resize(elementsOf(view));
  for (const Work *kernel : made) {
    if (!passesOn(*kernel))
      return std::nullopt;
    auto in = of(kernel->ins.front());
    if (!in)
      return std::nullopt;
    std::vector<int64_t> sources = addSources(r, *in);
    Places places = placesOf(model, *kernel);
    const bool least = kernel->kernel == "pool_max" && plat::numberAt(kernel->params, "minimum") != 0;
    for (size_t i = 0; i < places.from.size(); ++i) {
      for (int64_t k : places.from[i])
        append(r.from[i], *in, sources, k);
      mark(r.from[i], *in, places.from[i], least);
      if (places.from[i].empty() && places.fill && made.size() == 1)
        r.from[i].push_back({-1, *places.fill});
    }
  }
  if (llvm::any_of(r.from, [](const auto &items) { return items.empty(); }))
    return std::nullopt;
  return r;
}

int64_t Lineages::readModulus(const Lineage::Source &source) const {
  if (source.input)
    return 1;
  const Work &kernel = *source.work;
  if (kernel.step)
    return givesCodes(kernel) ? 1 : stepModulus(kernel);
  return sumModulus(kernel);
}

int64_t Lineages::sumModulus(const Work &kernel) {
  if (kernel.weights)
    return plat::numberAt(kernel.params, "out_c");
  const int64_t channels = plat::numberAt(kernel.params, "channels");
  const auto read = cast<plat::ViewType>(kernel.ins.front().getType()).getTensor();
  return channels == read.getShape().back() ? channels : elementsOf(kernel.outs.front());
}

int64_t Lineages::stepModulus(const Work &kernel) const {
  if (auto it = moduli.find(kernel.op); it != moduli.end())
    return it->second;
  qint::StepAttr proof = const_cast<plat::StepOp &>(kernel.step).getProof();
  auto modulus = static_cast<int64_t>(proof.getPeriod()) * static_cast<int64_t>(proof.getChannels());
  int64_t whole = elementsOf(kernel.outs.front());
  auto join = [&](int64_t other) {
    modulus = std::lcm(modulus, other);
    if (modulus > greatestModulus)
      modulus = whole;
  };
  if (kernel.kernel != "rescale") {
    join(sumModulus(kernel));
  } else {
    for (Value in : kernel.ins) {
      auto lineage = of(in);
      if (!lineage)
        continue;
      auto own = [&](const Lineage::Source &s) { return readModulus(s); };
      if (lineage->from.empty()) {
        join(own(lineage->sources[0]));
      } else {
        lineage->reduce(own);
        join(std::max<int64_t>(1, static_cast<int64_t>(lineage->from.size())));
      }
    }
  }
  return moduli[kernel.op] = modulus;
}

SmallVector<int64_t> unpack(plat::ConstantOp constant) {
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

plat::ConstantOp constantBehind(const Model &model, Value view) {
  auto op = view.getDefiningOp<plat::ConstantViewOp>();
  return op ? model.constant(op.getConstantAttr()) : plat::ConstantOp();
}

} // namespace dyadic::codegen
