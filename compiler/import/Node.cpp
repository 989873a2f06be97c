// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Access to one node's inputs and attributes, with every misuse answered in the node's name.
#include "compiler/import/Node.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Text.h"
#include <cmath>

using namespace mlir;
namespace dyadic::import_ {

std::string nodeName(const onnx::NodeProto &proto) {
  std::string op = shown(proto.op_type(), 60);
  if (!proto.name().empty())
    return op + " '" + shown(proto.name()) + "'";
  for (const std::string &output : proto.output())
    if (!output.empty())
      return op + " producing '" + shown(output) + "'";
  return op;
}

DimsRef Node::shape(size_t k) const {
  const Entry &entry = entries[k];
  return entry.constant ? DimsRef(entry.constant->shape)
                        : cast<RankedTensorType>(entry.value.getType()).getShape();
}

FailureOr<Value> Node::operand(size_t k) {
  if (entries[k].value)
    return entries[k].value;
  return importer.materialise(*this, entries[k].constant);
}

FailureOr<const Constant *> Node::parameter(size_t k, llvm::StringRef what) {
  const Constant *c = constant(k);
  if (!c)
    return refuse(has(k) ? what + " depends on a graph input" : what + " is missing", "constant parameters",
                  "make it a constant in the exported network");
  if (c->type != Type::f32) {
    // Integer-valued parameters occur as int64 or float64 constants; they must be float32 values exactly.
    auto copy = std::make_shared<Constant>(*c);
    copy->type = Type::f32;
    copy->f.clear(), copy->d.clear(), copy->i.clear(), copy->live.clear(), copy->quantised.reset();
    for (int64_t k = 0; k < c->count(); ++k)
      copy->f.push_back(float(c->number(k)));
    for (int64_t k = 0; k < c->count(); ++k)
      if (std::isfinite(c->number(k)) && double(copy->f[k]) != c->number(k))
        return refuse(what + " is a " + toString(c->type) + " that is no float32 value", "float32 parameters",
                      "cast it to float32");
    entries[k].constant = copy;
    c = copy.get();
  }
  for (float v : c->f)
    if (!std::isfinite(v))
      return refuse(what + " holds " + (std::isnan(v) ? "NaN" : "infinity"), "finite values",
                    "look for a diverged training or a broken export");
  return c;
}

LogicalResult Node::integers(size_t k, llvm::StringRef what, Dims &out) {
  if (!has(k))
    return success();
  const Constant *c = constant(k);
  if (!c)
    return refuse(what + " depends on the values of a graph input", "constant " + what,
                  "export with fixed shapes");
  if (isFloat(c->type) || c->shape.size() > 1)
    return broken(what + " is " + toString(c->type) + shown(c->shape), "a list of integers is needed");
  if (c->count() > 4096)
    return broken(what + " has " + llvm::Twine(c->count()) + " entries", "at most 4096 are read");
  out = c->i;
  return success();
}

const onnx::AttributeProto *Node::find(llvm::StringRef name) const {
  for (const auto &a : proto.attribute())
    if (a.name() == name)
      return &a;
  return nullptr;
}

/// The attribute when it is of the type the operator defines (files of IR version 1 leave the type out).
#define DYADIC_ATTRIBUTE(name, TYPE, present)                                                                \
  const onnx::AttributeProto *a = find(name);                                                                \
  if (!a)                                                                                                    \
    return success();                                                                                        \
  if (a->type() != onnx::AttributeProto::TYPE &&                                                             \
      !(a->type() == onnx::AttributeProto::UNDEFINED && (present)))                                          \
    return broken("its attribute " + name + " is of type " +                                                 \
                      llvm::StringRef(onnx::AttributeProto::AttributeType_Name(a->type())).lower(),          \
                  "type " + llvm::StringRef(#TYPE).lower() + " is needed");

LogicalResult Node::get(llvm::StringRef name, int64_t &out) {
  DYADIC_ATTRIBUTE(name, INT, a->has_i())
  out = a->i();
  return success();
}
LogicalResult Node::get(llvm::StringRef name, float &out) {
  DYADIC_ATTRIBUTE(name, FLOAT, a->has_f())
  out = a->f();
  if (!std::isfinite(out))
    return broken("its attribute " + name + " is not finite", "a finite number is needed");
  return success();
}
LogicalResult Node::get(llvm::StringRef name, std::string &out) {
  DYADIC_ATTRIBUTE(name, STRING, a->has_s())
  out = a->s();
  return success();
}
LogicalResult Node::get(llvm::StringRef name, Dims &out) {
  DYADIC_ATTRIBUTE(name, INTS, a->ints_size() > 0)
  if (a->ints_size() > (1 << 20))
    return broken("its attribute " + name + " has " + llvm::Twine(a->ints_size()) + " entries",
                  "at most 1048576 are read");
  out.assign(a->ints().begin(), a->ints().end());
  return success();
}
LogicalResult Node::get(llvm::StringRef name, std::vector<float> &out) {
  DYADIC_ATTRIBUTE(name, FLOATS, a->floats_size() > 0)
  out.assign(a->floats().begin(), a->floats().end());
  return success();
}
LogicalResult Node::get(llvm::StringRef name, bool &out) {
  int64_t value = out;
  if (failed(get(name, value)))
    return failure();
  if (value != 0 && value != 1)
    return broken("its attribute " + name + " is " + llvm::Twine(value), "0 or 1 is needed");
  out = value != 0;
  return success();
}

LogicalResult Node::refuse(const llvm::Twine &found, const llvm::Twine &supported, const llvm::Twine &todo) {
  importer.report(loc, nodeName(proto) + ": found: " + found + "; supported: " + supported + "; " + todo);
  return failure();
}

LogicalResult Node::broken(const llvm::Twine &found, const llvm::Twine &rule) {
  importer.report(loc, nodeName(proto) + ": " + found + "; " + rule + ": export the model again");
  return failure();
}

LogicalResult Node::give(ConstantRef constant, size_t k) {
  if (int(k) < proto.output_size() && !proto.output(int(k)).empty()) {
    Entry entry;
    entry.constant = std::move(constant);
    importer.define(proto.output(int(k)), std::move(entry));
  }
  return success();
}

LogicalResult Node::give(Constant constant, size_t k) {
  if (int(k) < proto.output_size())
    constant.name = proto.output(int(k));
  return give(std::make_shared<const Constant>(std::move(constant)), k);
}

LogicalResult Node::give(Value value, size_t k, Type type) {
  if (int(k) < proto.output_size() && !proto.output(int(k)).empty()) {
    Entry entry;
    entry.value = value;
    entry.type = type;
    importer.define(proto.output(int(k)), std::move(entry));
  }
  return success();
}

LogicalResult Node::passOn() {
  return entries[0].constant ? give(entries[0].constant) : give(entries[0].value, 0, entries[0].type);
}

OpBuilder &Node::builder() { return importer.builder; }

FailureOr<RankedTensorType> Node::tensorType(DimsRef shape) {
  auto count = product(shape);
  if (!count || *count > Limits::elements)
    return broken("its result of shape " + shown(shape) + " is too large",
                  "at most " + llvm::Twine(Limits::elements) + " elements are supported");
  if (*count == 0)
    return refuse("its result of shape " + shown(shape) + " is empty", "tensors with elements",
                  "remove the empty tensor from the network");
  if (shape.size() > 16)
    return refuse("its result has " + llvm::Twine(shape.size()) + " axes", "at most 16", "flatten it");
  return RankedTensorType::get(shape, builder().getF32Type());
}

LogicalResult Node::reserve(int64_t count) { return importer.reserve(*this, count); }

} // namespace dyadic::import_
