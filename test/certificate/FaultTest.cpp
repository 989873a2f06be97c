// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plants faults in the text of honest certificates: each is found, or evaluating every accumulator shows that
// it changes nothing.
#include "Harmless.h"
#include "Support.h"
#include "llvm/Support/JSON.h"
#include <gtest/gtest.h>
#include <random>

namespace dyadic::certificate::test {
namespace {
namespace json = llvm::json;

json::Object &object(json::Value &v) { return *v.getAsObject(); }
json::Array &array(json::Value &v, llvm::StringRef key) { return *v.getAsObject()->getArray(key); }
void bump(json::Value &v, int64_t by) { v = *v.getAsInteger() + by; }

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
    if (honest.givers().count(static_cast<int64_t>(i)) == 0)
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
        "act_scale_per_channel_depthwise", "leaky_relu_16_bits_ties", "leaky_relu_clipped_10_bits"}) {
    std::string path = std::string(DYADIC_TEST_NETWORKS) + "/" + name + ".onnx";
    Certified c = certify(path, specsOf(path));
    ASSERT_FALSE(c.text.empty()) << name << ": " << c.problem;
    Planter(c, name).run(40, random, tally);
  }
  std::printf("small networks: %d faults found, %d harmless\n", tally.found, tally.harmless);
  EXPECT_GE(tally.found + tally.harmless, 200);
  EXPECT_GE(tally.found, 150);
}

/// Each number of each piece off by one, each start too.
TEST(PlantedFaults, AreFoundInPieces) {
  int found = 0, harmless = 0;
  std::set<int64_t> forms;
  for (const char *name : {"leaky_relu_16_bits_ties", "prelu_of_16_bits", "leaky_relu_clipped_10_bits"}) {
    std::string path = std::string(DYADIC_TEST_NETWORKS) + "/" + name + ".onnx";
    Certified c = certify(path, specsOf(path));
    ASSERT_FALSE(c.text.empty()) << name << ": " << c.problem;
    const Claims honest = llvm::cantFail(readClaims(c.text));
    ASSERT_TRUE(llvm::cantFail(check(honest, *c.model)).faults.empty()) << name;
    const RescaleClaim &rescale = honest.rescales.back();
    for (size_t k = 0; k < rescale.channels.size(); ++k) {
      const ChannelClaim &channel = rescale.channels[k];
      if (channel.form != Form::Pieces)
        continue;
      forms.insert(channel.numbers[0].get_si());
      for (size_t at = 0; at < channel.numbers.size(); ++at)
        for (int by : {-1, 1}) {
          Claims planted = honest;
          ChannelClaim &other = planted.rescales.back().channels[k];
          other.numbers[at] += by;
          if (!llvm::cantFail(check(planted, *c.model)).faults.empty()) {
            ++found;
            continue;
          }
          ++harmless;
          EXPECT_TRUE(equalEverywhere(rescale, channel, planted.rescales.back(), other).value_or(false))
              << name << ": number " << at << " of channel " << k << " by " << by;
        }
    }
  }
  std::printf("pieces: %d faults found, %d harmless\n", found, harmless);
  EXPECT_GT(found, 100);
  EXPECT_EQ(forms.size(), 4U); // those of the first pieces: constants, lines, shifts, exact divisions
}

TEST(PlantedFaults, AreFoundInIntegersThatAConvolutionReads) {
  Certified c = certify(DYADIC_SOURCE "/test/fuzz/kept/unrounded_leaky_into_conv.onnx", {});
  ASSERT_FALSE(c.text.empty()) << c.problem;
  const Claims honest = llvm::cantFail(readClaims(c.text));
  EXPECT_TRUE(llvm::cantFail(check(honest, *c.model)).faults.empty());
  auto found = [&](auto plant) {
    Claims planted = honest;
    plant(planted.rescales[0].channels[0]); // two segments: 8 x where x is positive, else x
    return !llvm::cantFail(check(planted, *c.model)).faults.empty();
  };
  ASSERT_EQ(honest.rescales[0].channels[0].form, Form::TwoSegment);
  for (int by : {-1, 1}) {
    EXPECT_TRUE(found([&](ChannelClaim &f) { f.m[0] += by; }));
    EXPECT_TRUE(found([&](ChannelClaim &f) { f.b += by; }));
    for (size_t k = 1; k < 4; ++k) // at 0, where the segments meet, either gives the same
      EXPECT_TRUE(found([&](ChannelClaim &f) { f.numbers[k] += by; })) << k;
  }
}

TEST(PlantedFaults, AreFoundInIntegersOfManyFunctions) {
  int planted = 0;
  for (const char *name : {"positions_into_conv", "zero_points_into_conv", "known_channels_into_conv",
                           "mean_over_channels", "average_over_two", "average_over_padding",
                           "average_in_padding", "known_positions_into_conv", "rows_of_channels"}) {
    Certified c = certify(std::string(DYADIC_SOURCE "/test/fuzz/kept/certificate_") + name + ".onnx", {});
    ASSERT_FALSE(c.text.empty()) << name << ": " << c.problem;
    const Claims honest = llvm::cantFail(readClaims(c.text));
    EXPECT_TRUE(llvm::cantFail(check(honest, *c.model)).faults.empty()) << name;
    const std::set<int64_t> givers = honest.givers();
    auto expectFound = [&](size_t rescale, const char *what, auto plant) {
      for (int by : {-1, 1}) {
        Claims claims = honest;
        plant(claims.rescales[rescale], by);
        EXPECT_FALSE(llvm::cantFail(check(claims, *c.model)).faults.empty())
            << name << ": " << what << " of rescale " << rescale << " by " << by;
        ++planted;
      }
    };
    for (size_t r = 0; r < honest.rescales.size(); ++r) {
      const RescaleClaim &rescale = honest.rescales[r];
      for (size_t k = 0; k < rescale.channels.size() && givers.count(static_cast<int64_t>(r)) == 0;
           k += 1 + rescale.channels.size() / 4) {
        if (rescale.channels[k].form != Form::Dyadic32 && rescale.channels[k].form != Form::Dyadic64)
          continue;
        expectFound(r, "m", [&](RescaleClaim &x, int by) { x.channels[k].m[0] += by; });
        expectFound(r, "b", [&](RescaleClaim &x, int by) { x.channels[k].b += by; });
      }
      if (rescale.accumulators[0].sources.empty()) // constants only
        continue;
      const SourceClaim &source = rescale.accumulators[0].sources[0];
      auto sourceIn = [](RescaleClaim &x) -> SourceClaim & { return x.accumulators[0].sources[0]; };
      if (source.codes)
        continue;
      expectFound(r, "zero", [&](RescaleClaim &x, int by) { sourceIn(x).zero += by; });
      for (size_t k = 0; k < source.weights.size(); ++k) {
        expectFound(r, "|w|", [&](RescaleClaim &x, int by) { sourceIn(x).weights[k].first += by; });
        expectFound(r, "w", [&](RescaleClaim &x, int by) { sourceIn(x).weights[k].second += by; });
      }
    }
  }
  std::printf("integers of many functions: %d faults found\n", planted);
  EXPECT_GE(planted, 100);
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
