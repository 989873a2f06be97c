// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// NAME_manifest.json: what was compiled, what its edges mean, what it costs.
#include "codegen/Exact.h"
#include "codegen/Model.h"

using namespace mlir;
namespace dyadic::codegen {
namespace json = llvm::json;
namespace {

/// A list over the port's axis, or the one value there is.
template <typename F> json::Value oneOrMany(const std::vector<mpq_class> &values, F show) {
  if (values.size() == 1)
    return show(values[0]);
  json::Array list;
  for (const mpq_class &v : values)
    list.push_back(show(v));
  return list;
}
json::Value exact(const mpq_class &v) { return v.get_num().get_str() + "/" + v.get_den().get_str(); }
json::Value nearest(const mpq_class &v) { return static_cast<double>(nearestFloat(v)); }

json::Array numbers(ArrayRef<int64_t> values) { return json::Array(values); }

json::Object contractOf(const Model &model, const Port &port) {
  json::Object contract{{"mode", port.user ? "user" : "slot"},
                        {"level", "L2"},
                        {"align", port.align},
                        {"owner", port.input || port.user ? "caller" : "network"},
                        {"overwritten", port.input ? port.overwritten : true}};
  if (auto line = model.network.getCacheLineBytes())
    contract["cache_line_bytes"] = static_cast<int64_t>(*line);
  return contract;
}

json::Object portObject(const Model &model, const Port &port) {
  auto scale = parseFractions(port.port.getScale()), offset = parseFractions(port.port.getOffset());
  mpq_class zero = parseFraction(port.port.getZero().getValue());
  Type element = port.tensor().getElementType();
  bool wholeZero = zero.get_den() == 1 && zero.get_num().fits_slong_p();
  return json::Object{
      {"name", jsonText(port.port.getName().getValue())},
      {"shape", numbers(port.port.getShape())},
      {"layout",
       json::Object{{"view", numbers(port.port.getView())}, {"order", numbers(port.port.getPerm())}}},
      {"bits", element.getIntOrFloatBitWidth()},
      {"signed", element.isSignedInteger()},
      {"zero", wholeZero ? json::Value(static_cast<int64_t>(zero.get_num().get_si()))
                         : json::Value(nearestDouble(zero))},
      {"scale", oneOrMany(scale, nearest)},
      {"offset", oneOrMany(offset, nearest)},
      {"scale_exact", oneOrMany(scale, exact)},
      {"offset_exact", oneOrMany(offset, exact)},
      {"axis", static_cast<int64_t>(port.port.getAxis())},
      {"code_min", port.codeMin},
      {"code_max", port.codeMax},
      {"slot_bytes", plat::packedBytes(port.tensor())},
      {"stored_mul", static_cast<int64_t>(port.port.getCodeMul())},
      {"stored_add", static_cast<int64_t>(port.port.getCodeAdd())},
      {"overwritten", port.input && port.overwritten},
      {"contract", contractOf(model, port)},
      {"quantiser", cast<ShapedType>(port.port.getThresholds().getType()).getNumElements() != 0},
      {"key", jsonText(port.port.getKey().getValue())},
      {"head", jsonText(port.port.getHead().getValue())},
  };
}

json::Value moduleText(ModuleOp module, StringRef attribute) {
  Attribute value = module->getAttr(attribute);
  if (auto text = dyn_cast_or_null<StringAttr>(value))
    return jsonText(text.getValue());
  if (auto number = dyn_cast_or_null<IntegerAttr>(value))
    return number.getInt();
  if (auto list = dyn_cast_or_null<DictionaryAttr>(value)) {
    json::Object object;
    for (NamedAttribute entry : list)
      if (auto version = dyn_cast<IntegerAttr>(entry.getValue()))
        object[jsonText(entry.getName().getValue())] = version.getInt();
    return object;
  }
  return nullptr;
}

} // namespace

json::Object manifestOf(const Model &model, ModuleOp module) {
  json::Array inputs, outputs, untapped;
  for (const std::string &key : model.untapped())
    untapped.push_back(jsonText(key));
  for (const Port &port : model.inputs)
    inputs.push_back(portObject(model, port));
  for (const Port &port : model.outputs)
    outputs.push_back(portObject(model, port));
  json::Object manifest{
      {"schema", "dyadic-manifest/1"},
      {"model_sha256", moduleText(module, "qonnx.model_sha256")},
      {"producer", moduleText(module, "qonnx.producer")},
      {"opset", moduleText(module, "qonnx.opset")},
      {"version", model.options.version},
      {"options", json::Object(model.options.options)},
      {"target", model.options.target},
      {"name", model.name},
      {"inputs", std::move(inputs)},
      {"outputs", std::move(outputs)},
      {"untapped", std::move(untapped)},
  };
  if (model.tiled())
    manifest["port"] = model.options.port;
  for (auto &[key, value] : toJson(figuresOf(module)))
    manifest[key] = std::move(value);
  return manifest;
}

} // namespace dyadic::codegen
