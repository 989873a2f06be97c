// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Samples to codes through thresholds, or through a declared lattice.
#include "compiler/eval/qint/PortCodes.h"
#include "compiler/Failure.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
namespace dyadic::eval {
namespace {

llvm::Error rejected(StringRef name, size_t sample, size_t element, const llvm::Twine &what) {
  return failure(ExitCode::Rejected, "input '" + name + "', sample " + llvm::Twine(sample) + ", element " +
                                         llvm::Twine(element) + ": " + what);
}

/// How one port reads a real. The thresholds are copied out once.
class Reader {
public:
  explicit Reader(const InputPort &input) : input(input) {
    auto table = cast<DenseFPElementsAttr>(input.port.getThresholds());
    for (const APFloat &t : table)
      thresholds.push_back(t.convertToFloat());
    channels = static_cast<size_t>(table.getType().getDimSize(0));
    levels = static_cast<size_t>(table.getType().getDimSize(1));
    scale = model::parseRational(cast<StringAttr>(input.port.getScale()[0]).getValue()).value_or(1);
    zero = model::parseRational(input.port.getZero().getValue()).value_or(0);
  }

  /// The code of the real at `element` of a sample in ONNX order; none off the lattice.
  std::optional<int64_t> code(double real, size_t element) const {
    return input.port.getKey().empty() ? onLattice(real) : quantised(static_cast<float>(real), element);
  }

private:
  std::optional<int64_t> onLattice(double real) const {
    Rational x(real), q = x / scale + zero;
    Integer code = model::floorOf(q + Rational(1, 2));
    Rational value = (code - zero) * scale, reference = value == 0 ? scale : Rational(abs(value));
    if (abs(x - value) * (1 << 22) > reference || !code.fits_slong_p())
      return std::nullopt;
    return code.get_si();
  }
  std::optional<int64_t> quantised(float real, size_t element) const {
    if (levels == 0)
      return std::nullopt;
    size_t channel = element / static_cast<size_t>(input.port.getThresholdPeriod()) % channels;
    auto begin = thresholds.begin() + static_cast<std::ptrdiff_t>(channel * levels);
    int64_t passed = std::upper_bound(begin, begin + static_cast<std::ptrdiff_t>(levels), real) - begin;
    ArrayRef<int8_t> descending = input.port.getDescending();
    bool down = !descending.empty() && descending[descending.size() == 1 ? 0 : channel];
    int64_t step = input.bipolar ? 2 : 1;
    return down ? input.codeMax - step * passed : input.codeMin + step * passed;
  }

  const InputPort &input;
  std::vector<float> thresholds;
  size_t channels = 0, levels = 0;
  Rational scale, zero;
};

llvm::Expected<Codes> codesOf(const InputPort &input, const npy::Array &array) {
  StringRef name = input.port.getName().getValue();
  Shape expected(input.port.getShape().asArrayRef().drop_front()), found = array.shape();
  if (found.empty() || found[0] == 0 || Shape(found.begin() + 1, found.end()) != expected)
    return failure(ExitCode::Rejected, "input '" + name +
                                           "': samples first, then the network's shape is needed (" +
                                           llvm::Twine(elements(expected)) + " elements a sample)");
  size_t perSample = static_cast<size_t>(elements(expected));
  Codes codes{found, {}};
  if (npy::isFloating(array.type())) {
    Reader reader(input);
    for (auto [i, real] : llvm::enumerate(array.asDoubles())) {
      std::optional<int64_t> code = std::isfinite(real) ? reader.code(real, i % perSample) : std::nullopt;
      if (!code)
        return rejected(name, i / perSample, i % perSample,
                        std::to_string(real) + (std::isfinite(real) ? " is off the declared lattice"
                                                                    : " is not a finite number"));
      codes.values.push_back(*code);
    }
  } else {
    auto integers = array.asIntegers();
    if (!integers || array.type() == npy::Type::Bool)
      return failure(ExitCode::Rejected, "input '" + name + "' has dtype " + npy::nameOf(array.type()) +
                                             "; give floats (real values) or integers (codes)");
    codes.values = std::move(*integers);
  }
  for (auto [i, code] : llvm::enumerate(codes.values))
    if (code < input.codeMin || code > input.codeMax || (input.bipolar && code == 0))
      return rejected(name, i / perSample, i % perSample,
                      "code " + llvm::Twine(code) + " is outside " + llvm::Twine(input.codeMin) + " .. " +
                          llvm::Twine(input.codeMax));
  return codes;
}

} // namespace

std::vector<InputPort> inputPorts(ModuleOp module) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  std::vector<InputPort> ports;
  for (unsigned i = 0; i < main.getNumArguments(); ++i) {
    Type element = cast<RankedTensorType>(main.getArgument(i).getType()).getElementType();
    InputPort p{cast<qint::PortAttr>(main.getArgAttr(i, qint::portAttrName)), element.isSignedInteger(1),
                qint::minCode(element), qint::maxCode(element)};
    if (auto proven = main.getArgAttrOfType<DenseI64ArrayAttr>(i, qint::codeRangeAttrName)) {
      p.codeMin = proven[0];
      p.codeMax = proven[1];
    }
    ports.push_back(p);
  }
  return ports;
}

llvm::Expected<std::vector<Codes>> portCodes(ArrayRef<InputPort> ports, ArrayRef<Input> inputs) {
  auto serves = [&](const Input &in, const InputPort &p) {
    return in.name == p.port.getName().getValue() || (in.name.empty() && ports.size() == 1);
  };
  for (const Input &in : inputs)
    if (llvm::none_of(ports, [&](const InputPort &p) { return serves(in, p); }))
      return failure(ExitCode::Usage, in.name.empty() ? "name each of the inputs: the network has several"
                                                      : "no input is named '" + in.name + "'");
  std::vector<Codes> all;
  for (const InputPort &p : ports) {
    auto given = llvm::find_if(inputs, [&](const Input &in) { return serves(in, p); });
    if (given == inputs.end())
      return failure(ExitCode::Usage, "input '" + p.port.getName().getValue() + "' is missing");
    auto codes = codesOf(p, given->array);
    if (!codes)
      return codes.takeError();
    if (!all.empty() && all[0].shape[0] != codes->shape[0])
      return failure(ExitCode::Rejected, "the inputs hold different numbers of samples");
    all.push_back(std::move(*codes));
  }
  return all;
}

} // namespace dyadic::eval
