// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Structs of the runtime from parameter dictionaries, field by field in the order of the C struct.
#include "codegen/Model.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {

using K = plat::FieldKind;

class Printer {
public:
  Printer(CWriter &w, const Model &model) : w(w), model(model) {}

  /// Structs that `params` points to, each printed before the one that points to it.
  void pointees(const plat::StructSchema &schema, DictionaryAttr params, const std::string &path) {
    for (const plat::Field &field : schema.fields) {
      auto inner = params.getAs<DictionaryAttr>(field.name);
      if (inner && field.kind == K::nested)
        pointees(*field.schema, inner, path);
      if (inner && field.kind == K::pointer)
        printStruct(w, model, *field.schema, inner, path + "_" + field.name.str());
    }
  }

  /// The value of a field, or nothing where the pointer is null.
  std::string value(const plat::Field &field, Attribute attr, const std::string &path) {
    switch (field.kind) {
    case K::number: {
      int64_t number = cast<IntegerAttr>(attr).getInt();
      bool named = number >= 0 && number < static_cast<int64_t>(field.names.size());
      return named ? field.names[number].str() : literal(number);
    }
    case K::nested:
      return inlineStruct(*field.schema, cast<DictionaryAttr>(attr), path);
    case K::pointer:
      return attr ? "&" + path + "_" + field.name.str() : "";
    case K::array:
      return attr ? model.cName(model.constant(attr)) : "";
    case K::step:
      return attr ? "&" + model.step(attr).getSymName().str() : "";
    case K::list:
      break; // printed by itself
    }
    return "";
  }

  std::string inlineStruct(const plat::StructSchema &schema, DictionaryAttr params, const std::string &path) {
    std::string text;
    for (const plat::Field &field : schema.fields)
      if (std::string v = value(field, params.get(field.name), path); !v.empty())
        text += (text.empty() ? "." : ", .") + field.name.str() + " = " + v;
    return "{" + (text.empty() ? "0" : text) + "}";
  }

private:
  CWriter &w;
  const Model &model;
};

} // namespace

void printStruct(CWriter &w, const Model &model, const plat::StructSchema &schema, DictionaryAttr params,
                 llvm::StringRef cName) {
  Printer p(w, model);
  std::string path = cName.str();
  p.pointees(schema, params, path);
  w.block(
      "static const " + schema.cType + " " + cName + " =",
      [&] {
        for (const plat::Field &field : schema.fields) {
          if (field.kind == K::list) {
            w.block(
                "." + field.name + " =",
                [&] {
                  for (Attribute element : params.getAs<ArrayAttr>(field.name))
                    w.line(p.inlineStruct(*field.schema, cast<DictionaryAttr>(element), path) + ",");
                },
                ",");
          } else if (std::string v = p.value(field, params.get(field.name), path); !v.empty() && v != "{0}") {
            w.line("." + field.name + " = " + v + ",");
          }
        }
      },
      ";");
}

void printConstant(CWriter &w, const Model &model, plat::ConstantOp constant, bool isStatic) {
  w.line(llvm::Twine(isStatic ? "static " : "") + "const " + cTypeOf(constant) + " " + model.cName(constant) +
         "[" + llvm::Twine(cElements(constant)) + "] = {");
  w.numbers(constant);
  w.line("};");
}

std::string describeStep(plat::StepOp step) {
  auto p = step.getParams();
  std::string clamp = ", " + std::to_string(plat::numberAt(p, "clamp_min")) + ", " +
                      std::to_string(plat::numberAt(p, "clamp_max")) + ")";
  std::string sum = plat::numberAt(p, "terms") == 1 ? "m * a + b" : "sum of m_t * a_t, + b";
  std::string text;
  if (p.get("forms"))
    text = "each channel in its own form, see forms";
  else
    switch (static_cast<qint::StepForm>(plat::numberAt(p, "form"))) {
    case qint::StepForm::constant:
      text = "y = b";
      break;
    case qint::StepForm::dyadic32:
    case qint::StepForm::dyadic64:
      text = "y = clamp((" + sum + ") >> n" + clamp;
      break;
    case qint::StepForm::halfEven:
      text = "y = clamp((" + sum + ") / 2^n rounded half to even" + clamp;
      break;
    case qint::StepForm::twoSegment:
      text = "y = clamp((m * a + b) >> n" + clamp + ", other numbers from split on";
      break;
    case qint::StepForm::thresholds:
      text = "y = code by thresholds on a";
      break;
    case qint::StepForm::table:
      text = "y = table[a - a_low]";
      break;
    case qint::StepForm::wide:
      text = "y = exact division in several limbs";
      break;
    case qint::StepForm::pieces:
      text = "y = one of " + std::to_string(plat::numberAt(p, "pieces.count")) +
             " pieces, by where a lies, each in its own form";
      break;
    }
  int64_t channels = plat::numberAt(p, "channels");
  return text +
         (channels == 1 ? ", the same for all channels" : ", " + std::to_string(channels) + " channels");
}

} // namespace dyadic::codegen
