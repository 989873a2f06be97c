// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass choose-impl: multiply, or read products from a table.
#include "dialects/qint/Qint.h"
#include "passes/Passes.h"
#include "passes/Verdict.h"
#include "passes/model/LutCost.h"
#include "llvm/Support/GlobPattern.h"

using namespace mlir;
namespace dyadic {
#define GEN_PASS_DEF_CHOOSEIMPL
#include "passes/Passes.h.inc"
namespace {

enum class Wish { mac, lut, cheapest };

std::optional<Wish> parseWish(StringRef text) {
  if (text == "mac")
    return Wish::mac;
  if (text == "lut")
    return Wish::lut;
  if (text == "auto")
    return Wish::cheapest;
  return std::nullopt;
}

struct ChooseImpl : impl::ChooseImplBase<ChooseImpl> {
  using ChooseImplBase::ChooseImplBase;

  struct Rule {
    std::string text;
    llvm::GlobPattern pattern;
    Wish wish;
    bool met = false;
  };

  void runOnOperation() override {
    Wish otherwise = Wish::mac;
    std::vector<Rule> rules;
    for (const std::string &choice : choices) {
      auto [node, how] = StringRef(choice).rsplit('=');
      std::optional<Wish> wish = parseWish(how.empty() ? node : how);
      if (!wish) {
        getOperation().emitError() << "'" << choice << "' names no implementation; choose mac, lut or auto";
        return signalPassFailure();
      }
      if (how.empty()) {
        otherwise = *wish;
        continue;
      }
      // A node's own name counts before it is read as a pattern, so that names may hold '[' or '*'.
      auto pattern = llvm::GlobPattern::create(node);
      if (!pattern) {
        llvm::consumeError(pattern.takeError());
        pattern = llvm::GlobPattern::create("");
      }
      rules.push_back({node.str(), std::move(*pattern), *wish});
    }
    bool ok = true;
    getOperation().walk([&](Operation *op) {
      if (auto m = dyn_cast<qint::MatMulOp>(op))
        ok &= choose(m, m.getInput(), rules, otherwise);
      else if (auto d = dyn_cast<qint::DepthwiseConv2DOp>(op))
        ok &= choose(d, d.getInput(), rules, otherwise);
      else if (auto c = dyn_cast<qint::Conv2DOp>(op))
        ok &= choose(c, c.getInput(), rules, otherwise);
    });
    for (const Rule &r : rules)
      if (!r.met) {
        InFlightDiagnostic d = getOperation().emitError()
                               << "--impl " << r.text
                               << "=... matches no convolution or matrix product; name an ONNX node, or a "
                               << "pattern with * for any run of characters";
        setVerdict(d, Verdict::Usage);
        ok = false;
      }
    if (!ok)
      signalPassFailure();
  }

  /// Multiply-accumulates of a linear op: result elements times weights per output.
  template <typename Op> static int64_t macsOf(Op op) {
    auto out = cast<RankedTensorType>(op.getResult().getType()),
         w = cast<RankedTensorType>(op.getWeights().getType());
    return out.getNumElements() / out.getShape().back() * w.getNumElements();
  }

  template <typename Op> bool choose(Op op, Value input, std::vector<Rule> &rules, Wish wish) {
    for (Rule &r : rules)
      if (op.getNode() == r.text || r.pattern.match(op.getNode())) {
        wish = r.wish;
        r.met = true;
      }
    if (auto columns = input.getDefiningOp<qint::Im2ColOp>())
      input = columns.getInput(); // the kernel looks products up by the stored codes
    Type x = cast<RankedTensorType>(input.getType()).getElementType(),
         w = cast<RankedTensorType>(op.getWeights().getType()).getElementType();
    int64_t zero = op.getInputZero();
    if (auto columns = op.getInput().template getDefiningOp<qint::Im2ColOp>())
      zero = columns.getInputZero();
    unsigned wBits = w.getIntOrFloatBitWidth(), xBits = x.getIntOrFloatBitWidth();
    model::LutTable table = model::lutTable(wBits, xBits, {qint::minCode(w), qint::maxCode(w)},
                                            {qint::minCode(x) - zero, qint::maxCode(x) - zero});
    int64_t macs = macsOf(op),
            weightBytes =
                (cast<RankedTensorType>(op.getWeights().getType()).getNumElements() * wBits + 7) / 8;
    model::MacCost cost;
    cost.multiply = static_cast<double>(mulCycles);
    bool accumulates32 =
        cast<RankedTensorType>(op.getResult().getType()).getElementType().isSignedInteger(32);
    bool possible = table.allowed() && accumulates32;
    if (wish == Wish::lut && !possible) {
      InFlightDiagnostic d = op.emitError() << "node '" << op.getNode() << "': ";
      if (accumulates32)
        setVerdict(d, Verdict::DoesNotFit);
      if (!accumulates32)
        d << "products from a table are summed in 32 bits, this node needs 64";
      else if (table.entries == 0)
        d << "a table of products of " << wBits << "-bit weights and " << xBits << "-bit activations has 2^"
          << (wBits + xBits) << " entries, more than " << model::LutTable::maxBytes << " bytes";
      else
        d << "a table of products of " << wBits << "-bit weights and " << xBits << "-bit activations takes "
          << table.bytes << " bytes (2^" << (wBits + xBits) << " entries of " << table.entryBytes
          << "), more than " << model::LutTable::maxBytes;
      d << ". Use --impl auto, --impl mac, or name the nodes that shall use tables: --impl NODE=lut";
      return false;
    }
    bool useLut = wish == Wish::lut ||
                  (wish == Wish::cheapest && possible && model::preferLut(cost, macs, table, false));
    op.setImpl(useLut ? qint::Impl::Lut : qint::Impl::Mac);
    auto whole = [](double work) { return std::to_string(static_cast<int64_t>(work)); };
    std::string why = wish != Wish::cheapest ? "asked for"
                      : !possible            ? "a table would not fit"
                      : useLut               ? "the table saves more work than it has bytes"
                                             : "a table saves too little work";
    why += "; work mac " + whole(model::macWork(cost, macs)) + ", lut " +
           (possible ? whole(model::lutWork(cost, macs)) : "-") + "; bytes mac " +
           std::to_string(weightBytes) + ", lut " +
           (possible ? std::to_string(weightBytes + table.bytes) : "-");
    op->setAttr("impl_why", StringAttr::get(op.getContext(), why));
    return true;
  }
};

} // namespace
} // namespace dyadic
