// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Graph inputs: which axis is the batch, what symbolic extents are, which lattice was declared.
#include "compiler/import/Importer.h"
#include "compiler/import/Text.h"

using namespace mlir;
namespace dyadic::import_ {
namespace {

StringAttr exact(Builder &b, const model::Rational &value) { return b.getStringAttr(value.get_str()); }

ArrayAttr exact(Builder &b, const std::vector<model::Rational> &values, const char *absent) {
  SmallVector<Attribute> out;
  for (const model::Rational &value : values)
    out.push_back(exact(b, value));
  if (out.empty())
    out.push_back(b.getStringAttr(absent));
  return b.getArrayAttr(out);
}
} // namespace

std::optional<Dims> Importer::inputShape(const onnx::ValueInfoProto &info, Location loc,
                                         std::set<std::string> &bound) {
  std::string name = "input '" + shown(info.name()) + "'";
  auto complain = [&](const llvm::Twine &message) {
    report(loc, message);
    return std::nullopt;
  };
  if (!info.type().has_tensor_type())
    return complain(name + " is no tensor; tensors are supported: export with plain tensor inputs");
  if (!info.type().tensor_type().has_shape())
    return complain(name + " has no shape; a shape is needed: export with a fixed input shape");
  const auto &dims = info.type().tensor_type().shape().dim();
  if (dims.empty())
    return complain(name + " is a scalar; its first axis must count samples: export with a batch axis");
  Dims shape;
  bool complete = true;
  for (int axis = 0; axis < dims.size(); ++axis) {
    const auto &dim = dims[axis];
    int64_t extent = dim.has_dim_value() ? dim.dim_value() : 0;
    bool symbolic = !dim.has_dim_value() || (axis == 0 && extent <= 0);
    if (axis == 0) {
      if (!symbolic && (bakedBatch == 0 || inputNames.size() == 1))
        bakedBatch = extent;
      shape.push_back(options.batch);
      for (const DimBinding &binding : options.dims)
        if (dim.has_dim_param() && binding.name == dim.dim_param()) {
          bound.insert(binding.name);
          if (binding.extent != options.batch)
            usage = "--dim " + binding.name + "=" + std::to_string(binding.extent) +
                    " sets the batch axis of " + name + "; use --batch " + std::to_string(binding.extent);
        }
      continue;
    }
    if (symbolic) {
      // An axis without a name is bound as INPUT.AXIS.
      std::string symbol =
          dim.dim_param().empty() ? info.name() + "." + std::to_string(axis) : dim.dim_param();
      auto binding = llvm::find_if(options.dims, [&](const DimBinding &b) { return b.name == symbol; });
      if (binding == options.dims.end()) {
        complete = false;
        report(loc, name + " has no fixed extent on axis " + llvm::Twine(axis) + " ('" + shown(symbol) +
                        "'); every axis after the batch needs one; add --dim '" + shown(symbol) +
                        "=N' with the extent to compile for");
        continue;
      }
      bound.insert(symbol);
      extent = binding->extent;
    }
    if (extent < 1)
      return complain(name + " has extent " + llvm::Twine(extent) + " on axis " + llvm::Twine(axis) +
                      "; extents are positive: export with a fixed input shape");
    shape.push_back(extent);
  }
  if (!complete)
    return std::nullopt;
  auto count = product(shape);
  if (!count || *count > Limits::elements)
    return complain(name + " of shape " + shown(shape) + " has more than " + llvm::Twine(Limits::elements) +
                    " elements");
  return shape;
}

/// The declared lattice of one input, or null.
Attribute Importer::lattice(const onnx::ValueInfoProto &info, DimsRef shape, bool only) {
  for (const InputSpec &spec : options.inputs) {
    if (!(spec.name.empty() ? only : spec.name == info.name()))
      continue;
    int64_t channels = shape.size() > 1 ? shape[1] : 1;
    for (const auto *list : {&spec.mean, &spec.std})
      if (list->size() > 1 && int64_t(list->size()) != channels)
        usage = "--input: mean and std of '" + shown(info.name()) + "' need one value, or one for each of " +
                std::to_string(channels) + " channels; found " + std::to_string(list->size());
    return qonnx::LatticeAttr::get(&context, spec.bits, spec.isSigned, exact(builder, spec.scale),
                                   exact(builder, spec.zero), exact(builder, spec.mean, "0"),
                                   exact(builder, spec.std, "1"));
  }
  return {};
}

void Importer::declareInputs(func::FuncOp function) {
  std::set<std::string> bound;
  std::string known;
  for (int k = 0; k < graph.input_size(); ++k) {
    const auto &info = graph.input(k);
    if (!inputNames.count(info.name()) || values.count(info.name()))
      continue;
    known += (known.empty() ? "'" : ", '") + shown(info.name()) + "'";
    Location loc = locate(listing.inputs[k], info.name());
    Entry &entry = values[info.name()];
    entry.poisoned = true;
    if (!isUsed(info.name())) {
      emitWarning(loc) << "no output depends on input '" << shown(info.name()) << "'; it is left out";
      continue;
    }
    auto shape = inputShape(info, loc, bound);
    if (!shape)
      continue;
    auto type = typeOf(info.type().tensor_type().elem_type());
    if (!type || *type == Type::f64 || *type == Type::boolean || bytesOf(*type) == 8) {
      report(loc, "input '" + shown(info.name()) + "' has element type " +
                      elementTypeName(info.type().tensor_type().elem_type()) +
                      "; float32 and integers of 8 to 32 bits are supported: export with a float32 input");
      if (!type)
        llvm::consumeError(type.takeError());
      continue;
    }
    SmallVector<NamedAttribute> attributes{
        builder.getNamedAttr("qonnx.name", builder.getStringAttr(info.name()))};
    if (Attribute declared = lattice(info, *shape, inputNames.size() == 1))
      attributes.push_back(builder.getNamedAttr("qonnx.lattice", declared));
    if (*type != Type::f32) {
      bool isSigned = *type == Type::i8 || *type == Type::i16 || *type == Type::i32;
      mlir::Type element = IntegerType::get(&context, unsigned(bytesOf(*type)) * 8,
                                            isSigned ? IntegerType::Signed : IntegerType::Unsigned);
      attributes.push_back(builder.getNamedAttr("qonnx.element_type", TypeAttr::get(element)));
    }
    unsigned index = function.getNumArguments();
    if (failed(function.insertArgument(index, RankedTensorType::get(*shape, builder.getF32Type()),
                                       builder.getDictionaryAttr(attributes), loc))) {
      report(loc, "input '" + shown(info.name()) + "' cannot become an argument");
      continue;
    }
    entry.value = function.getArgument(index);
    entry.type = *type;
    entry.poisoned = false;
  }
  if (inputNames.empty())
    report(locate({1, 1}, ""),
           "the graph has no inputs; at least one is needed: recurrent and attention layers are sometimes "
           "exported as constants; export the network with its layers in the graph");
  for (const InputSpec &spec : options.inputs)
    if (spec.name.empty() ? inputNames.size() > 1 : !inputNames.count(spec.name))
      usage =
          (spec.name.empty() ? std::string("--input without a name needs a model of one input")
                             : "--input names '" + shown(spec.name) + "', which is no input of the model") +
          "; its inputs are " + known;
  for (const DimBinding &binding : options.dims)
    if (!bound.count(binding.name) && usage.empty())
      usage = "--dim names '" + shown(binding.name) + "', which is no symbolic extent of an input";
}

} // namespace dyadic::import_
