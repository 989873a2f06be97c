// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plants faults in the text of honest certificates: each is found, or evaluating every accumulator shows that
// it changes nothing.
#include "Support.h"
#include "llvm/Support/JSON.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <random>

namespace dyadic::certificate::test {
namespace {
namespace json = llvm::json;

json::Object &object(json::Value &v) { return *v.getAsObject(); }
json::Array &array(json::Value &v, llvm::StringRef key) { return *v.getAsObject()->getArray(key); }
void bump(json::Value &v, int64_t by) { v = *v.getAsInteger() + by; }

/// One channel as its C evaluates it, in plain machine words.
struct Plain {
  Form form;
  std::vector<int64_t> m, numbers;
  int64_t b, n, low, high;

  Plain(const RescaleClaim &r, const ChannelClaim &c)
      : form(c.form), b(c.b.get_si()), n(c.n), low(r.clampMin.get_si()), high(r.clampMax.get_si()) {
    for (const Integer &v : c.m)
      m.push_back(v.get_si());
    for (const Integer &v : c.numbers)
      numbers.push_back(v.get_si());
  }
  int64_t operator()(const std::vector<int64_t> &a) const {
    __int128 x = b;
    for (size_t t = 0; t < m.size(); ++t)
      x += static_cast<__int128>(m[t]) * a[t];
    auto limited = [&](__int128 y) { return static_cast<int64_t>(y < low ? low : y > high ? high : y); };
    switch (form) {
    case Form::Constant:
      return b;
    case Form::Dyadic32:
    case Form::Dyadic64:
      return limited(x >> n);
    case Form::HalfEven:
      return limited(n == 0 ? x : (x + ((static_cast<__int128>(1) << (n - 1)) - 1) + ((x >> n) & 1)) >> n);
    case Form::TwoSegment:
      return limited(
          a[0] < numbers[0] ? x >> n : (static_cast<__int128>(numbers[1]) * a[0] + numbers[2]) >> numbers[3]);
    case Form::Thresholds: {
      auto count = std::upper_bound(numbers.begin() + 1, numbers.end(), a[0]) - numbers.begin() - 1;
      return limited(numbers[0] == 1 ? high - count : low + count);
    }
    case Form::Table:
      return numbers[1 + static_cast<size_t>(a[0] - numbers[0])];
    case Form::Wide:
      return wide(a);
    }
    return 0;
  }

  /// The search of dyadic_wide.c on numbers of any length.
  int64_t wide(const std::vector<int64_t> &a) const {
    auto limbs = static_cast<size_t>(numbers[0]);
    auto number = [&](size_t i) {
      Integer v;
      for (size_t k = 0; k < limbs; ++k)
        v += Integer(static_cast<long>(numbers[2 + i * limbs + k])) << (32 * k);
      return v >= Integer(1) << (32 * limbs - 1) ? Integer(v - (Integer(1) << (32 * limbs))) : v;
    };
    Integer v = number(a.size());
    for (size_t t = 0; t < a.size(); ++t)
      v += number(t) * a[t];
    Integer p = number(a.size() + 1), q = number(a.size() + 2), q2 = number(a.size() + 3);
    int64_t least = low, most = high;
    while (least < most) {
      int64_t k = most - (most - least) / 2;
      Integer boundary = k * p + (k > 0 ? q : q2);
      bool belongs = numbers[1] == 0 || (numbers[1] == 2 && k % 2 == 0) || (numbers[1] == 3 && k > 0) ||
                     (numbers[1] == 4 && k <= 0);
      if (v > boundary || (v == boundary && belongs))
        least = k;
      else
        most = k - 1;
    }
    return least;
  }
};

/// Whether two channels are one function over the range that the honest certificate proves; nothing where
/// there is too much of it to be tried out.
std::optional<bool> equalEverywhere(const RescaleClaim &r, const ChannelClaim &honest, const RescaleClaim &s,
                                    const ChannelClaim &planted) {
  if (planted.n < 0 || planted.n > 62)
    return std::nullopt;
  Integer count = 1;
  std::vector<int64_t> a;
  for (const auto &[lo, hi] : honest.range) {
    count *= hi - lo + 1;
    a.push_back(lo.get_si());
  }
  if (count > (honest.form == Form::Wide || planted.form == Form::Wide ? 1 << 20 : 1 << 26))
    return std::nullopt;
  Plain f(r, honest), g(s, planted);
  for (Integer k = 0; k < count; ++k) {
    if (f(a) != g(a))
      return false;
    for (size_t t = 0; t < a.size() && ++a[t] > honest.range[t].second; ++t)
      a[t] = honest.range[t].first.get_si();
  }
  return true;
}

/// ONNX channel of position `at` of a quantiser's tensor [N, C, ...], and whether a channel is still there.
int64_t keptChannel(const CodesClaim &c, int64_t at) { return c.kept.empty() ? at : c.kept[at]; }
bool isKept(const CodesClaim &c, int64_t channel) {
  return c.kept.empty() || llvm::is_contained(c.kept, channel);
}

/// What a convolution of codes can sum to for one output, by plain loops: at every position every weight
/// meets the code that makes most (least) of it. Nothing where the step is of another kind.
std::optional<std::pair<Integer, Integer>> reachOf(mlir::ModuleOp model, const Claims &claims,
                                                   const Derived &derived, size_t rescale, size_t channel) {
  const AccumulatorClaim &a = claims.rescales[rescale].accumulators[0];
  auto codesOf = [&](const std::string &key) {
    return llvm::find_if(claims.codes, [&](const CodesClaim &c) { return c.key == key; });
  };
  auto out = codesOf(claims.rescales[rescale].quantiser);
  if (a.codes || a.reads.size() != 1 || a.zero != 0 || out == claims.codes.end())
    return std::nullopt;
  auto in = codesOf(a.reads[0]);
  auto source = llvm::find_if(derived.quantised, [&](const Quantised &q) { return q.key == a.reads[0]; });
  qonnx::ConvOp conv;
  model.walk([&](qonnx::ConvOp op) {
    if (nodeOf(op) == a.name)
      conv = op;
  });
  auto weights = conv ? conv.getWeights().getDefiningOp<qonnx::QuantConstantOp>() : qonnx::QuantConstantOp();
  if (!weights || in == claims.codes.end() || source == derived.quantised.end() || source->input)
    return std::nullopt;
  auto shape = [](mlir::Value v) { return mlir::cast<mlir::RankedTensorType>(v.getType()).getShape(); };
  auto x = shape(conv.getInput()), w = shape(conv.getWeights()), y = shape(conv.getResult());
  std::vector<int64_t> codes, low(x[1], INT64_MAX), high(x[1], INT64_MIN);
  for (const llvm::APInt &v : weights.getCodes().getValues<llvm::APInt>())
    codes.push_back(v.getSExtValue());
  int64_t plane = x[2] * x[3];
  for (size_t i = 0; i < source->index.size(); ++i)
    for (const Piece &p : source->functions[source->index[i]].pieces)
      for (const Integer &at : {p.lo, p.hi}) {
        int64_t c = static_cast<int64_t>(i) / plane % x[1];
        low[c] = std::min<int64_t>(low[c], p.at(at).get_si());
        high[c] = std::max<int64_t>(high[c], p.at(at).get_si());
      }
  int64_t o = keptChannel(*out, static_cast<int64_t>(channel)), group = o / (y[1] / conv.getGroup());
  std::optional<std::pair<Integer, Integer>> reach;
  for (int64_t row = 0; row < y[2]; ++row)
    for (int64_t column = 0; column < y[3]; ++column) {
      int64_t least = 0, most = 0;
      for (int64_t i = 0; i < w[1]; ++i)
        for (int64_t k = 0; k < w[2] * w[3]; ++k) {
          int64_t iy = row * conv.getStrides()[0] + k / w[3] * conv.getDilations()[0] - conv.getPads()[0];
          int64_t ix = column * conv.getStrides()[1] + k % w[3] * conv.getDilations()[1] - conv.getPads()[1];
          int64_t c = group * w[1] + i, v = codes[(o * w[1] + i) * w[2] * w[3] + k];
          if (iy < 0 || iy >= x[2] || ix < 0 || ix >= x[3] || !isKept(*in, c))
            continue;
          least += v * (v > 0 ? low[c] : high[c]);
          most += v * (v > 0 ? high[c] : low[c]);
        }
      if (!reach)
        reach = {least, most};
      reach->first = std::min<Integer>(reach->first, least);
      reach->second = std::max<Integer>(reach->second, most);
    }
  return reach;
}

struct Tally {
  int found = 0, harmless = 0;
};

class Planter {
public:
  Planter(const Certified &c, std::string name)
      : name(std::move(name)), model(*c.model), root(*json::parse(c.text)) {
    auto claims = readClaims(c.text);
    honest = *claims;
    auto d = derive(model, removedBy(honest));
    derived = std::move(*d);
  }

  /// Plants `count` faults of all kinds.
  void run(unsigned count, std::mt19937 &random, Tally &tally) {
    for (unsigned k = 0; k < count; ++k)
      plant(random, tally);
  }

private:
  bool accepts(const json::Value &text, bool deriveAgain) {
    std::string printed;
    llvm::raw_string_ostream(printed) << text;
    auto claims = readClaims(printed);
    if (!claims) {
      llvm::consumeError(claims.takeError());
      return false;
    }
    planted = *claims;
    if (!deriveAgain)
      return compare(planted, derived).faults.empty();
    auto verdict = check(planted, model);
    EXPECT_TRUE(bool(verdict)) << name;
    return !verdict ? (llvm::consumeError(verdict.takeError()), false) : verdict->faults.empty();
  }

  void plant(std::mt19937 &random, Tally &tally) {
    json::Value text = root;
    json::Array &rescales = array(text, "rescales"), &codes = array(text, "codes");
    if (rescales.empty())
      return;
    size_t i = random() % rescales.size(), k = random() % codes.size();
    if (llvm::none_of(honest.codes, [&](const CodesClaim &x) {
          return llvm::any_of(x.origins,
                              [&](const Origin &o) { return o.rescale == static_cast<int64_t>(i); });
        }))
      return; // sums without rounding: their numbers are looked at through the quantiser behind
    json::Array &channels = array(rescales[i], "channel");
    size_t c = random() % channels.size(), other = c;
    json::Object &channel = object(channels[c]);
    int64_t by = random() % 2 ? 1 : -1;
    bool again = false, formOnly = true;
    std::string what;
    switch (random() % 12) {
    case 0:
    case 1:
      if (!channel.getArray("m") || channel.getString("form") == "constant")
        return;
      bump((*channel.getArray("m"))[0], by);
      what = "m";
      break;
    case 2:
      if (!channel.get("b"))
        return;
      bump(*channel.get("b"), by);
      what = "b";
      break;
    case 3:
      if (!channel.get("n") || channel.getString("form") == "constant")
        return;
      bump(*channel.get("n"), by);
      what = "n";
      break;
    case 4: {
      json::Array *numbers = channel.getArray("thresholds");
      if (!numbers)
        numbers = channel.getArray("table");
      if (!numbers)
        numbers = channel.getArray("numbers");
      if (!numbers || numbers->size() < 2)
        return;
      bump((*numbers)[1 + random() % (numbers->size() - 1)], by);
      what = "a number of the form";
      break;
    }
    case 5: { // a cut range
      json::Array &range = *(*channel.getArray("range"))[0].getAsArray();
      if (range[0] == range[1])
        return;
      bump(range[by > 0 ? 0 : 1], by);
      what = "range";
      formOnly = false;
      break;
    }
    case 6:
      other = random() % channels.size();
      if (channels[c] == channels[other] || object(channels[c]).getString("form") == "table")
        return;
      std::swap(channels[c], channels[other]);
      what = "swapped channels";
      break;
    case 7:
      bump((*object(rescales[i]).getArray("clamp"))[random() % 2], by);
      what = "clamp";
      break;
    case 8:
      codes.erase(codes.begin() + k);
      what = "dropped quantiser";
      formOnly = false;
      break;
    case 9:
      codes.push_back(codes[k]);
      what = "quantiser twice";
      formOnly = false;
      break;
    case 10: {
      json::Array *constants = object(codes[k]).getArray("constants");
      if (!constants)
        return;
      std::vector<size_t> gone;
      for (size_t x = 0; x < constants->size(); ++x)
        if (!llvm::is_contained(*object(codes[k]).getArray("kept"), json::Value(static_cast<int64_t>(x))))
          gone.push_back(x);
      bump((*constants)[gone[random() % gone.size()]], by);
      what = "constant of a removed channel";
      formOnly = false;
      again = true;
      break;
    }
    default: {
      json::Array &accumulators = array(rescales[i], "accumulators");
      json::Array *weights = object(accumulators[0]).getArray("weights");
      if (!weights)
        return;
      bump((*(*weights)[random() % weights->size()].getAsArray())[0], by);
      what = "sum of weights";
      formOnly = false;
    }
    }
    if (!accepts(text, again)) {
      ++tally.found;
      return;
    }
    if (what == "range") { // wider than it need be: what is left holds all that can be reached
      auto reach = reachOf(model, honest, derived, i, c);
      ASSERT_TRUE(reach.has_value()) << name << ": a cut range of rescale " << i << ", channel " << c
                                     << " is accepted";
      EXPECT_GE(reach->first, planted.rescales[i].channels[c].range[0].first) << name;
      EXPECT_LE(reach->second, planted.rescales[i].channels[c].range[0].second) << name;
      ++tally.harmless;
      return;
    }
    EXPECT_TRUE(formOnly) << name << ": " << what << " of rescale " << i << ", channel " << c << ", entry "
                          << k << " is accepted";
    const RescaleClaim &was = honest.rescales[i], &is = planted.rescales[i];
    bool same = true;
    auto compareChannel = [&](size_t x) {
      auto equal = equalEverywhere(was, was.channels[x], is, is.channels[x]);
      EXPECT_TRUE(equal.has_value()) << name << ": " << what
                                     << " of a form that cannot be tried out is accepted";
      same &= equal.value_or(false);
    };
    if (what == "clamp")
      for (size_t x = 0; x < channels.size(); ++x)
        compareChannel(x);
    else
      for (size_t x : {c, other})
        compareChannel(x);
    EXPECT_TRUE(same) << name << ": " << what << " of rescale " << i << ", channel " << c
                      << " changes codes and is accepted";
    ++tally.harmless;
  }

  std::string name;
  mlir::ModuleOp model;
  json::Value root;
  Claims honest, planted;
  Derived derived;
};

TEST(PlantedFaults, AreFoundInSmallNetworks) {
  std::mt19937 random(7);
  Tally tally;
  for (const char *name :
       {"conv_3x3", "conv_depthwise", "act_9_to_12_bits", "act_16_bits", "add_different_scales",
        "add_two_accumulators", "add_leaky_relu", "add_power_of_two_scales", "concat_dense_block",
        "concat_into_conv", "quant_after_equal_quant", "zero_point_per_channel", "pad_zero_point",
        "act_scale_per_channel_depthwise"}) {
    std::string path = std::string(DYADIC_TEST_NETWORKS) + "/" + name + ".onnx";
    Certified c = certify(path, specsOf(path));
    ASSERT_FALSE(c.text.empty()) << name << ": " << c.problem;
    Planter(c, name).run(40, random, tally);
  }
  std::printf("small networks: %d faults found, %d harmless\n", tally.found, tally.harmless);
  EXPECT_GE(tally.found + tally.harmless, 200);
  EXPECT_GE(tally.found, 150);
}

TEST(PlantedFaults, AreFoundInRealNetworks) {
  if (modelsFolder().empty())
    GTEST_SKIP() << "DYADIC_MODELS is not set";
  std::mt19937 random(8);
  Tally tally;
  struct Case {
    const char *name;
    std::vector<std::string> specs;
    unsigned count;
  };
  for (const Case &model : {Case{"mobilenet_v1_w4a4", {}, 50}, Case{"mobilenet_v1_w8a8", {}, 30},
                            Case{"mlp_w8a8", {}, 60}, Case{"tfc_w1a1", {}, 60}, Case{"tfc_w2a2", {}, 60},
                            Case{"jet_tagging_w6a6", {"global_in:scale=0.015625,bits=8,signed"}, 120}}) {
    Certified c = certify(modelsFolder() + "/" + model.name + ".onnx", model.specs);
    ASSERT_FALSE(c.text.empty()) << model.name << ": " << c.problem;
    Planter(c, model.name).run(model.count, random, tally);
  }
  std::printf("real networks: %d faults found, %d harmless\n", tally.found, tally.harmless);
  EXPECT_GE(tally.found + tally.harmless, 200);
  EXPECT_GE(tally.found, 120);
}

TEST(HostileCertificates, AreRefusedOrJudged) {
  std::string path = std::string(DYADIC_TEST_NETWORKS) + "/add_two_accumulators.onnx";
  Certified c = certify(path, {});
  ASSERT_FALSE(c.text.empty()) << c.problem;
  auto judge = [&](const std::string &text) {
    auto claims = readClaims(text);
    if (!claims)
      return llvm::consumeError(claims.takeError());
    auto verdict = check(*claims, *c.model);
    if (!verdict)
      llvm::consumeError(verdict.takeError());
  };
  judge("");
  judge("null");
  judge(std::string(1 << 20, '['));
  judge("{\"schema\":\"dyadic-certificate/1\",\"model_sha256\":\"\",\"rescales\":[{}],\"codes\":[{}]}");
  for (size_t n = 0; n < c.text.size(); n += 97)
    judge(c.text.substr(0, n));
  std::mt19937 random(9);
  for (int k = 0; k < 300; ++k) { // numbers and letters changed at random
    std::string text = c.text;
    for (int i = 0; i < 3; ++i) {
      size_t at = random() % text.size();
      text[at] = std::isdigit(static_cast<unsigned char>(text[at])) ? static_cast<char>('0' + random() % 10)
                                                                    : "-0 9,:[]{}\"x"[random() % 13];
    }
    judge(text);
  }
}

} // namespace
} // namespace dyadic::certificate::test
