// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every exact operation against plain loops over rationals, on tensors of every form.
#include "test/eval/Random.h"
#include <gtest/gtest.h>

namespace dyadic::eval::test {
namespace {

/// A shape that broadcasts to `to`.
Shape thinned(Random &random, const Shape &to) {
  Shape s(to.begin() + random.within(0, static_cast<int64_t>(to.size())), to.end());
  for (int64_t &d : s)
    if (random.chance(40))
      d = 1;
  return s;
}

TEST(ExactTensor, BinaryWithBroadcasting) {
  Random random(1);
  for (int round = 0; round < 400; ++round) {
    Shape out;
    for (int64_t d = random.within(1, 4); d > 0; --d)
      out.push_back(random.within(1, 4));
    bool swap = random.chance(50);
    Shape thin = random.chance(20) ? out : thinned(random, out);
    Tensor a = random.tensor(swap ? thin : out), b = random.tensor(swap ? out : thin);
    auto op = static_cast<Binary>(random.within(0, 3));
    bool zero = false;
    for (int64_t i = 0; i < b.size(); ++i)
      zero = zero || b.at(i) == 0;
    if (op == Binary::Div && zero)
      op = Binary::Sub;
    Tensor got = binary(op, a, b, out);
    ASSERT_EQ(got.shape, out);
    for (const Shape &i : indices(out)) {
      Rational x = broadcastAt(a, i), y = broadcastAt(b, i);
      Rational want = op == Binary::Add   ? Rational(x + y)
                      : op == Binary::Sub ? Rational(x - y)
                      : op == Binary::Mul ? Rational(x * y)
                                          : Rational(x / y);
      ASSERT_EQ(at(got, i), want) << "round " << round;
    }
  }
}

TEST(ExactTensor, ResidualAddOfDifferentScalesStaysALattice) {
  auto t = [](float scale) {
    return Tensor::makeLattice({1, 2}, {3, -5}, -1, {*model::fromFloat32(scale)}, {Rational(0)});
  };
  Tensor sum = binary(Binary::Add, t(0.0371F), t(0.0529F), {1, 2});
  EXPECT_TRUE(sum.isLattice);
  EXPECT_EQ(sum.at(1), -5 * (*model::fromFloat32(0.0371F) + *model::fromFloat32(0.0529F)));
}

TEST(ExactTensor, UnaryAndAffine) {
  Random random(2);
  for (int round = 0; round < 100; ++round) {
    Tensor t = random.tensor({2, 3, 2, 2});
    Tensor r = relu(t), n = negate(t);
    std::vector<Rational> scale, shift;
    for (int c = 0; c < 3; ++c) {
      scale.push_back(random.number());
      shift.push_back(random.number());
    }
    Tensor a = affine(t, scale, shift);
    for (const Shape &i : indices(t.shape)) {
      Rational x = at(t, i);
      size_t c = static_cast<size_t>(i[1]);
      ASSERT_EQ(at(r, i), x > 0 ? x : Rational(0));
      ASSERT_EQ(at(n, i), -x);
      ASSERT_EQ(at(a, i), scale[c] * x + shift[c]);
    }
  }
}

TEST(ExactTensor, Convolution) {
  Random random(3);
  for (int round = 0; round < 200; ++round) {
    bool two = random.chance(70);
    int64_t group = random.within(1, 3), perGroup = random.within(1, 2), outPerGroup = random.within(1, 2);
    size_t axes = two ? 2 : 1;
    Shape in{random.within(1, 2), group * perGroup}, weights{group * outPerGroup, perGroup};
    Shape out{in[0], weights[0]}, strides, pads(2 * axes), dilations;
    for (size_t d = 0; d < axes; ++d) {
      in.push_back(random.within(3, 6));
      weights.push_back(random.within(1, 3));
      strides.push_back(random.within(1, 2));
      dilations.push_back(weights.back() == 3 && in.back() < 5 ? 1 : random.within(1, 2));
      pads[d] = random.within(0, 2);
      pads[axes + d] = random.within(0, 2);
      out.push_back(
          (in.back() + pads[d] + pads[axes + d] - dilations[d] * (weights.back() - 1) - 1) / strides[d] + 1);
    }
    bool huge = random.chance(20); // products beyond 62 bits
    Tensor x = random.tensor(in, huge ? int64_t(1) << 45 : 127),
           w = random.tensor(weights, huge ? int64_t(1) << 45 : 7);
    Tensor bias = random.tensor({weights[0]});
    bool hasBias = random.chance(50);
    Windows win = makeWindows(in, out, Shape(weights.begin() + 2, weights.end()), strides, pads, dilations);
    Tensor got = conv(x, w, hasBias ? &bias : nullptr, win, group, out);
    for (const Shape &o : indices(out)) {
      Rational want = hasBias ? bias.at(o[1]) : Rational(0);
      for (int64_t c = 0; c < perGroup; ++c)
        for (const Shape &k : indices(Shape(weights.begin() + 2, weights.end()))) {
          Shape from{o[0], o[1] / outPerGroup * perGroup + c}, with{o[1], c};
          bool inside = true;
          for (size_t d = 0; d < axes; ++d) {
            from.push_back(o[2 + d] * strides[d] - pads[d] + k[d] * dilations[d]);
            with.push_back(k[d]);
            inside = inside && from.back() >= 0 && from.back() < in[2 + d];
          }
          if (inside) // padding is real 0
            want += at(x, from) * at(w, with);
        }
      ASSERT_EQ(at(got, o), want) << "round " << round;
    }
  }
}

TEST(ExactTensor, MatMul) {
  Random random(4);
  for (int round = 0; round < 200; ++round) {
    int64_t m = random.within(1, 3), k = random.within(1, 4), n = random.within(1, 3),
            b = random.within(1, 2);
    Shape lhs{m, k}, rhs{k, n}, out{m, n};
    switch (random.within(0, 4)) {
    case 1:
      lhs = {b, m, k}, out = {b, m, n};
      break;
    case 2:
      lhs = {2, 1, m, k}, rhs = {b, k, n}, out = {2, b, m, n};
      break;
    case 3:
      lhs = {k}, out = {n};
      break;
    case 4:
      rhs = {k}, out = {m};
      break;
    default:
      break;
    }
    int64_t largest = random.chance(20) ? int64_t(1) << 50 : 127;
    Tensor x = random.tensor(lhs, largest), y = random.tensor(rhs, largest), got = matmul(x, y, out);
    ASSERT_EQ(got.size(), elements(out));
    for (const Shape &o : indices(out)) {
      Rational want = 0;
      for (int64_t i = 0; i < k; ++i) {
        Shape left = o, right = o;
        if (rhs.size() == 1)
          left.push_back(i), right = {i};
        else if (lhs.size() == 1)
          left = {i}, right.insert(right.end() - 1, i);
        else
          left.back() = i, right[right.size() - 2] = i;
        want += broadcastAt(x, left.size() < lhs.size() ? lhs : left) *
                broadcastAt(y, Shape(right.end() - static_cast<std::ptrdiff_t>(rhs.size()), right.end()));
      }
      ASSERT_EQ(at(got, o), want) << "round " << round;
    }
  }
}

TEST(ExactTensor, Movement) {
  Random random(5);
  for (int round = 0; round < 200; ++round) {
    Shape shape{random.within(1, 3), random.within(1, 4), random.within(1, 3)};
    Tensor t = random.tensor(shape);
    Shape perm{2, 0, 1}, turned{shape[2], shape[0], shape[1]};
    Tensor moved = gather(t, transposeGather(shape, perm), turned);
    for (const Shape &i : indices(turned))
      ASSERT_EQ(at(moved, i), at(t, {i[1], i[2], i[0]}));

    Tensor flat = reshape(t, {shape[0], shape[1] * shape[2]});
    for (int64_t i = 0; i < t.size(); ++i)
      ASSERT_EQ(flat.at(i), t.at(i));

    Shape pads{0, random.within(0, 1), random.within(0, 2), 0, random.within(0, 1), random.within(0, 2)},
        padded = shape;
    for (size_t d = 0; d < 3; ++d)
      padded[d] += pads[d] + pads[d + 3];
    Rational fill = random.chance(50) ? Rational(0) : random.number();
    Tensor wide = gather(t, padGather(shape, pads, padded), padded, fill);
    for (const Shape &i : indices(padded)) {
      Shape from{i[0] - pads[0], i[1] - pads[1], i[2] - pads[2]};
      bool inside = from[1] >= 0 && from[1] < shape[1] && from[2] >= 0 && from[2] < shape[2];
      ASSERT_EQ(at(wide, i), inside ? at(t, from) : fill);
    }

    Shape starts{0, shape[1] - 1, 0}, steps{1, -1, 2}, cut{shape[0], shape[1], (shape[2] + 1) / 2};
    Tensor slice = gather(t, mapGather(shape, sliceMaps(starts, steps, cut)), cut);
    for (const Shape &i : indices(cut))
      ASSERT_EQ(at(slice, i), at(t, {i[0], shape[1] - 1 - i[1], 2 * i[2]}));
  }
}

TEST(ExactTensor, Concat) {
  Random random(6);
  for (int round = 0; round < 100; ++round) {
    size_t axis = static_cast<size_t>(random.within(0, 2));
    Shape a{2, 3, 2}, b = a, out = a;
    b[axis] = random.within(1, 3);
    out[axis] += b[axis];
    Tensor x = random.tensor(a), y = random.tensor(b), got = concat({&x, &y}, axis, out);
    for (const Shape &i : indices(out)) {
      Shape from = i;
      bool second = i[axis] >= a[axis];
      from[axis] -= second ? a[axis] : 0;
      ASSERT_EQ(at(got, i), at(second ? y : x, from));
    }
  }
}

TEST(ExactTensor, Pools) {
  Random random(7);
  for (int round = 0; round < 200; ++round) {
    Shape in{1, 3, random.within(3, 6), random.within(3, 6)},
        kernel{random.within(1, 3), random.within(1, 3)};
    Shape strides{random.within(1, 3), random.within(1, 3)}, pads, dilations{1, 1}, out{1, 3};
    for (int64_t k : {kernel[0], kernel[1], kernel[0], kernel[1]})
      pads.push_back(random.within(0, k - 1));
    for (size_t d = 0; d < 2; ++d) {
      int64_t span = in[2 + d] + pads[d] + pads[2 + d] - kernel[d];
      int64_t n =
          (span + strides[d] - 1) / strides[d] + 1;    // ceil_mode: the last window may reach past the pads
      if ((n - 1) * strides[d] >= in[2 + d] + pads[d]) // unless it starts past input plus left pad
        --n;
      out.push_back(n);
    }
    Windows w = makeWindows(in, out, kernel, strides, pads, dilations);
    Tensor t = random.tensor(in, random.chance(10) ? int64_t(1) << 61 : 127);
    bool include = random.chance(50);
    Tensor best = maxPool(t, w, out), mean = averagePool(t, w, include, out);
    for (const Shape &o : indices(out)) {
      Rational sum = 0;
      std::optional<Rational> largest;
      int64_t count = 0;
      for (const Shape &k : indices(kernel)) {
        Shape from{o[0], o[1], o[2] * strides[0] - pads[0] + k[0], o[3] * strides[1] - pads[1] + k[1]};
        bool inside = from[2] >= 0 && from[2] < in[2] && from[3] >= 0 && from[3] < in[3];
        bool inPads = from[2] < in[2] + pads[2] && from[3] < in[3] + pads[3];
        count += include ? inPads : inside;
        if (!inside)
          continue;
        sum += at(t, from);
        if (!largest || at(t, from) > *largest)
          largest = at(t, from);
      }
      ASSERT_TRUE(largest);
      ASSERT_EQ(at(best, o), *largest);
      ASSERT_EQ(at(mean, o), sum / count) << "round " << round;
    }
  }
}

TEST(ExactTensor, ReduceMean) {
  Random random(8);
  for (int round = 0; round < 100; ++round) {
    Shape in{2, 3, 2, 2};
    Tensor t = random.tensor(in, random.chance(10) ? int64_t(1) << 61 : 127);
    std::vector<bool> reduced{false, random.chance(50), random.chance(50), true};
    Shape out;
    for (size_t d = 0; d < 4; ++d)
      if (!reduced[d])
        out.push_back(in[d]);
    Tensor got = reduceMean(t, reduced, out);
    ASSERT_EQ(got.shape, out);
    std::map<Shape, std::pair<Rational, int64_t>> sums;
    for (const Shape &i : indices(in)) {
      Shape to;
      for (size_t d = 0; d < 4; ++d)
        if (!reduced[d])
          to.push_back(i[d]);
      sums[to].first += at(t, i);
      sums[to].second++;
    }
    for (const Shape &o : indices(out))
      ASSERT_EQ(at(got, o), sums[o].first / sums[o].second);
  }
}

TEST(ExactTensor, ArgMaxTakesTheFirst) {
  Tensor t = Tensor::makeDense({2, 3}, {1, 7, 7, -1, -1, -2});
  EXPECT_EQ(argMax(t, 1), (std::vector<int64_t>{1, 0}));
  EXPECT_EQ(argMax(t, 0), (std::vector<int64_t>{0, 0, 0}));
}

TEST(ExactTensor, SoftmaxIsCorrectlyRounded) {
  Tensor equal = Tensor::makeDense({1, 3}, {5, 5, 5});
  for (float p : softmax(equal, 1))
    EXPECT_EQ(p, 0x1.555556p-2F); // 1/3
  Tensor far = Tensor::makeDense({1, 2}, {0, 1000});
  EXPECT_EQ(softmax(far, 1), (std::vector<float>{0.0F, 1.0F}));
  // exp(-100) is 3.783505853677006e-44: a subnormal, 27 units of 2^-149.
  Tensor tiny = Tensor::makeDense({1, 2}, {0, 100});
  EXPECT_EQ(softmax(tiny, 1), (std::vector<float>{27 * 0x1p-149F, 1.0F}));
  Tensor two = Tensor::makeDense({1, 2}, {0, 1});
  EXPECT_EQ(softmax(two, 1), (std::vector<float>{0x1.136562p-2F, 0x1.764d5p-1F})); // 0.26894142, 0.73105858
  Tensor many = Tensor::makeDense({1, 1000}, std::vector<Rational>(1000, Rational(-7)));
  EXPECT_EQ(softmax(many, 1), std::vector<float>(1000, 0.001F));
  // Each row by itself, whatever the largest is.
  Tensor rows = Tensor::makeDense({2, 2}, {0, 1, 1000001, 1000000});
  EXPECT_EQ(softmax(rows, 1),
            (std::vector<float>{0x1.136562p-2F, 0x1.764d5p-1F, 0x1.764d5p-1F, 0x1.136562p-2F}));
}

} // namespace
} // namespace dyadic::eval::test
