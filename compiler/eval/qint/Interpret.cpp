// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Each qint op by its definition: plain loops over integers, 64 bits wide.
#include "compiler/eval/qint/Interpret.h"

#include "compiler/Failure.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
namespace dyadic::eval {
namespace {

RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }

/// The window geometry of conv2d, depthwise_conv2d, im2col and pool.
struct Geometry {
  int64_t n, h, w, c, ho, wo, kh, kw;
  ArrayRef<int64_t> strides, pads, dilations;
  /// Flat index of pixel (y, x) under tap (ky, kx) of batch b, without the channel; -1 on padding.
  int64_t pixel(int64_t b, int64_t y, int64_t x, int64_t ky, int64_t kx) const {
    int64_t iy = y * strides[0] + ky * dilations[0] - pads[0],
            ix = x * strides[1] + kx * dilations[1] - pads[1];
    return iy < 0 || iy >= h || ix < 0 || ix >= w ? -1 : (b * h + iy) * w + ix;
  }
};
template <typename Op> Geometry geometry(Op op, int64_t kh, int64_t kw, int64_t ho, int64_t wo) {
  auto in = typeOf(op.getInput()).getShape();
  return {in[0], in[1], in[2], in[3], ho, wo, kh, kw, op.getStrides(), op.getPads(), op.getDilations()};
}

template <typename F> void eachPixel(const Geometry &g, F visit) {
  for (int64_t b = 0; b < g.n; ++b)
    for (int64_t y = 0; y < g.ho; ++y)
      for (int64_t x = 0; x < g.wo; ++x)
        visit(b, y, x);
}

} // namespace

Ints conv2d(qint::Conv2DOp op, const Ints &x, const Ints &w) {
  auto ws = typeOf(op.getWeights()).getShape(), out = typeOf(op.getResult()).getShape();
  Geometry g = geometry(op, ws[1], ws[2], out[1], out[2]);
  int64_t outputs = ws[0], inner = ws[3], perGroup = outputs / static_cast<int64_t>(op.getGroup()),
          zero = op.getInputZero();
  Ints r;
  r.reserve(typeOf(op.getResult()).getNumElements());
  eachPixel(g, [&](int64_t b, int64_t y, int64_t xo) {
    for (int64_t o = 0; o < outputs; ++o) {
      int64_t sum = 0;
      for (int64_t ky = 0; ky < g.kh; ++ky)
        for (int64_t kx = 0; kx < g.kw; ++kx)
          if (int64_t p = g.pixel(b, y, xo, ky, kx); p >= 0)
            for (int64_t i = 0; i < inner; ++i)
              sum += w[((o * g.kh + ky) * g.kw + kx) * inner + i] *
                     (x[p * g.c + o / perGroup * inner + i] - zero);
      r.push_back(sum);
    }
  });
  return r;
}

Ints depthwise(qint::DepthwiseConv2DOp op, const Ints &x, const Ints &w) {
  auto ws = typeOf(op.getWeights()).getShape(), out = typeOf(op.getResult()).getShape();
  Geometry g = geometry(op, ws[0], ws[1], out[1], out[2]);
  Ints r(typeOf(op.getResult()).getNumElements(), 0);
  int64_t at = 0, zero = op.getInputZero();
  eachPixel(g, [&](int64_t b, int64_t y, int64_t xo) {
    for (int64_t ky = 0; ky < g.kh; ++ky)
      for (int64_t kx = 0; kx < g.kw; ++kx)
        if (int64_t p = g.pixel(b, y, xo, ky, kx); p >= 0)
          for (int64_t c = 0; c < g.c; ++c)
            r[at + c] += w[(ky * g.kw + kx) * g.c + c] * (x[p * g.c + c] - zero);
    at += g.c;
  });
  return r;
}

Ints im2col(qint::Im2ColOp op, const Ints &x) {
  auto in = typeOf(op.getInput()).getShape();
  auto windows = [&](size_t i) {
    return (in[1 + i] + op.getPads()[i] + op.getPads()[2 + i] -
            op.getDilations()[i] * (op.getKernel()[i] - 1) - 1) /
               op.getStrides()[i] +
           1;
  };
  Geometry g = geometry(op, op.getKernel()[0], op.getKernel()[1], windows(0), windows(1));
  Ints r;
  r.reserve(typeOf(op.getResult()).getNumElements());
  eachPixel(g, [&](int64_t b, int64_t y, int64_t xo) {
    for (int64_t ky = 0; ky < g.kh; ++ky)
      for (int64_t kx = 0; kx < g.kw; ++kx) {
        int64_t p = g.pixel(b, y, xo, ky, kx);
        for (int64_t c = 0; c < g.c; ++c)
          r.push_back(p < 0 ? 0 : x[p * g.c + c] - op.getInputZero());
      }
  });
  return r;
}

Ints matmul(qint::MatMulOp op, const Ints &x, const Ints &w) {
  int64_t rows = typeOf(op.getInput()).getDimSize(0), depth = typeOf(op.getInput()).getDimSize(1),
          outputs = typeOf(op.getWeights()).getDimSize(0), zero = op.getInputZero();
  Ints r;
  r.reserve(rows * outputs);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t o = 0; o < outputs; ++o) {
      int64_t sum = 0;
      for (int64_t k = 0; k < depth; ++k)
        sum += w[o * depth + k] * (x[row * depth + k] - zero);
      r.push_back(sum);
    }
  return r;
}

Ints pool(qint::PoolOp op, const Ints &x) {
  auto out = typeOf(op.getResult()).getShape();
  Geometry g = geometry(op, op.getKernel()[0], op.getKernel()[1], out[1], out[2]);
  bool sum = op.getKind() == qint::PoolKind::Sum, least = op.getKind() == qint::PoolKind::Min;
  Ints r;
  r.reserve(typeOf(op.getResult()).getNumElements());
  eachPixel(g, [&](int64_t b, int64_t y, int64_t xo) {
    for (int64_t c = 0; c < g.c; ++c) {
      int64_t best = sum ? 0 : least ? INT64_MAX : INT64_MIN;
      for (int64_t ky = 0; ky < g.kh; ++ky)
        for (int64_t kx = 0; kx < g.kw; ++kx)
          if (int64_t p = g.pixel(b, y, xo, ky, kx); p >= 0) {
            int64_t v = x[p * g.c + c];
            best = sum ? best + v - op.getInputZero() : least ? std::min(best, v) : std::max(best, v);
          }
      r.push_back(best);
    }
  });
  return r;
}

QintInterpreter::QintInterpreter(Block &block) : body(block) {
  for (qint::ConstantOp c : body.getOps<qint::ConstantOp>()) {
    auto values = cast<DenseIntElementsAttr>(c.getValues());
    Ints ints;
    ints.reserve(values.getNumElements());
    for (const APInt &v : values)
      ints.push_back(v.getSExtValue());
    constants[c.getOperation()] = std::make_shared<const Ints>(std::move(ints));
  }
}

llvm::Error QintInterpreter::run(ArrayRef<IntsPtr> arguments) {
  values.map.clear();
  for (auto [argument, ints] : llvm::zip(body.getArguments(), arguments))
    values.set(argument, ints);
  for (Operation &op : body)
    if (!isa<qint::TapOp, func::ReturnOp>(op))
      if (llvm::Error e = evaluate(&op))
        return e;
  return llvm::Error::success();
}

llvm::Error QintInterpreter::store(Value v, Ints ints) {
  Type element = typeOf(v).getElementType();
  int64_t lo = qint::minCode(element), hi = qint::maxCode(element);
  for (int64_t x : ints)
    if (x < lo || x > hi)
      return failure(ExitCode::Internal, "'" + v.getDefiningOp()->getName().getStringRef() + "' gives " +
                                             llvm::Twine(x) + ", which its type does not hold");
  values.set(v, std::make_shared<const Ints>(std::move(ints)));
  return llvm::Error::success();
}

llvm::Error QintInterpreter::evaluate(Operation *op) {
  Value result = op->getResult(0);
  auto in = [&](unsigned i) -> const Ints & { return at(op->getOperand(i)); };
  auto terms = [&] {
    SmallVector<const Ints *> t;
    for (Value v : op->getOperands())
      t.push_back(&at(v));
    return t;
  };
  return TypeSwitch<Operation *, llvm::Error>(op)
      .Case([&](qint::ConstantOp) {
        values.set(result, constants.at(op));
        return llvm::Error::success();
      })
      .Case([&](qint::ReshapeOp o) {
        values.set(result, values.find(o.getInput()));
        return llvm::Error::success();
      })
      .Case([&](qint::Conv2DOp o) { return store(result, conv2d(o, in(0), in(1))); })
      .Case([&](qint::DepthwiseConv2DOp o) { return store(result, depthwise(o, in(0), in(1))); })
      .Case([&](qint::Im2ColOp o) { return store(result, im2col(o, in(0))); })
      .Case([&](qint::MatMulOp o) { return store(result, matmul(o, in(0), in(1))); })
      .Case([&](qint::PoolOp o) { return store(result, pool(o, in(0))); })
      .Case([&](qint::AffineOp o) { return store(result, affine(o, terms())); })
      .Case([&](qint::RescaleOp o) -> llvm::Error {
        llvm::Expected<Ints> r = rescale(o, terms());
        return r ? store(result, std::move(*r)) : r.takeError();
      })
      .Case([&](qint::TransposeOp o) {
        return store(result, transposed(typeOf(o.getInput()).getShape(), o.getPerm(), in(0)));
      })
      .Case([&](qint::PadOp o) {
        return store(result, padded(typeOf(o.getInput()).getShape(), o.getPads(), o.getCode(), in(0)));
      })
      .Case([&](qint::SliceOp o) {
        std::vector<std::vector<int64_t>> maps;
        for (auto [d, extent] : llvm::enumerate(typeOf(result).getShape())) {
          maps.emplace_back();
          for (int64_t i = 0; i < extent; ++i)
            maps.back().push_back(o.getStarts()[d] + i * o.getSteps()[d]);
        }
        return store(result, gathered(typeOf(o.getInput()).getShape(), maps, in(0)));
      })
      .Case([&](qint::GatherOp o) {
        std::vector<std::vector<int64_t>> maps;
        for (Attribute m : o.getMaps())
          maps.push_back(cast<DenseI64ArrayAttr>(m).asArrayRef().vec());
        return store(result, gathered(typeOf(o.getInput()).getShape(), maps, in(0)));
      })
      .Case([&](qint::ConcatOp o) {
        SmallVector<RankedTensorType> types;
        for (Value v : o.getInputs())
          types.push_back(typeOf(v));
        return store(result, concatenated(types, static_cast<unsigned>(o.getAxis()), terms()));
      })
      .Default([&](Operation *o) {
        return failure(ExitCode::Internal, "no evaluation of '" + o->getName().getStringRef() + "'");
      });
}

} // namespace dyadic::eval
