// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// numpy's files: what is read, what is written, and what each other form is called when it is refused.
#include "compiler/npy/Npy.h"
#include <gmock/gmock.h>

using namespace dyadic;
using namespace dyadic::npy;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

std::string header(const std::string &dictionary, int version = 1) {
  std::string file("\x93NUMPY", 6);
  file += char(version);
  file += '\0';
  size_t n = dictionary.size();
  file += char(n & 0xff);
  file += char(n >> 8);
  if (version > 1)
    file += std::string(2, '\0');
  return file + dictionary;
}
std::string plain(const std::string &descr, const std::string &shape, size_t bytes) {
  return header("{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }\n") +
         std::string(bytes, '\0');
}
std::string whyNot(const std::string &bytes) {
  llvm::Expected<Array> array = parseNpy(bytes, "x.npy");
  if (array)
    return "accepted";
  std::string text;
  llvm::handleAllErrors(array.takeError(), [&](const Failure &failure) {
    EXPECT_EQ(failure.code(), ExitCode::Usage);
    text = failure.message();
  });
  return text;
}

template <typename T> class NpyTypes : public testing::Test {};
using AllTypes =
    testing::Types<int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t, float, double>;
TYPED_TEST_SUITE(NpyTypes, AllTypes);

TYPED_TEST(NpyTypes, comesBackAsWritten) {
  std::vector<TypeParam> values = {TypeParam(1),
                                   TypeParam(2),
                                   TypeParam(-3),
                                   std::numeric_limits<TypeParam>::max(),
                                   std::numeric_limits<TypeParam>::lowest(),
                                   TypeParam(0)};
  std::string file = toNpy(Array::of<TypeParam>({2, 3}, values));
  EXPECT_EQ((file.size() - values.size() * sizeof(TypeParam)) % 64, 0u);
  llvm::Expected<Array> back = parseNpy(file, "x.npy");
  ASSERT_TRUE(bool(back)) << llvm::toString(back.takeError());
  EXPECT_EQ(back->type(), typeOf<TypeParam>());
  EXPECT_THAT(back->shape(), ElementsAre(2, 3));
  EXPECT_EQ(back->values<TypeParam>(), values);
  EXPECT_EQ(back->asDoubles()[1], 2.0);
}

TEST(Npy, numpysOwnBytes) {
  // numpy.save of numpy.array([1, -2], dtype='<i2'), version 1.0
  std::string dictionary = "{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }";
  dictionary += std::string(118 - 1 - dictionary.size(), ' ') + "\n";
  std::string file = header(dictionary) + std::string("\x01\x00\xfe\xff", 4);
  EXPECT_EQ(toNpy(Array::of<int16_t>({2}, {1, -2})), file);
}

TEST(Npy, ranksAndVersions) {
  EXPECT_EQ(whyNot(plain("<f4", "()", 4)), "accepted");
  EXPECT_EQ(whyNot(plain("<f4", "(0, 5)", 0)), "accepted");
  EXPECT_EQ(whyNot(plain("|b1", "(3,)", 3)), "accepted");
  EXPECT_EQ(whyNot(plain(">u1", "(3,)", 3)), "accepted");
  std::string dictionary = "{'shape':(2,1),'descr':\"<f8\",'fortran_order':True}";
  for (int version : {1, 2, 3})
    EXPECT_EQ(whyNot(header(dictionary, version) + std::string(16, '\0')), "accepted") << version;
}

TEST(Npy, refusesOtherFormsByName) {
  EXPECT_THAT(whyNot(plain(">f4", "(2,)", 8)), HasSubstr("big-endian data (>f4)"));
  EXPECT_THAT(whyNot(plain("|O", "(2,)", 8)), HasSubstr("object arrays (|O)"));
  EXPECT_THAT(whyNot(plain("<U3", "(2,)", 24)), HasSubstr("dtype '<U3'"));
  EXPECT_THAT(whyNot(plain("<c8", "(2,)", 16)), HasSubstr("dtype '<c8'"));
  EXPECT_THAT(whyNot(plain("<f2", "(2,)", 4)), HasSubstr("dtype '<f2'"));
  EXPECT_THAT(whyNot(header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}")),
              HasSubstr("structured dtypes"));
  EXPECT_THAT(
      whyNot(header("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2)}") + std::string(16, '\0')),
      HasSubstr("Fortran order"));
}

TEST(Npy, refusesLies) {
  EXPECT_THAT(whyNot(""), HasSubstr("not an npy file"));
  EXPECT_THAT(whyNot("PK\3\4 something"), HasSubstr("not an npy file"));
  EXPECT_THAT(whyNot(plain("<f4", "(3,)", 8)), HasSubstr("promises 12 bytes of elements, but 8 follow"));
  EXPECT_THAT(whyNot(plain("<f4", "(1,)", 8)), HasSubstr("promises 4 bytes of elements, but 8 follow"));
  EXPECT_THAT(whyNot(plain("<f4", "(4294967296, 4294967296, 4)", 8)), HasSubstr("more elements than memory"));
  EXPECT_THAT(whyNot(plain("<f4", "(99999999999999999999,)", 8)), HasSubstr("something else than extents"));
  EXPECT_THAT(whyNot(plain("<f4", "(-1,)", 8)), HasSubstr("something else than extents"));
  EXPECT_THAT(whyNot(plain("<f4", "(1" + std::string(80, ',') + ")", 8)), HasSubstr("shape"));
  EXPECT_THAT(whyNot(header("{'descr': '<f4', 'fortran_order': False}")), HasSubstr("lacks"));
  EXPECT_THAT(whyNot(header("{'descr': '<f4', 'descr': '<f4'}")), HasSubstr("unexpected key 'descr'"));
  EXPECT_THAT(whyNot(header("{'\x1b[31m': 1}")), HasSubstr("unexpected key '?[31m'"));
}

TEST(Npy, everyTruncationIsRefused) {
  std::string file = toNpy(Array::of<float>({2, 2}, {1, 2, 3, 4}));
  for (size_t n = 0; n < file.size(); ++n)
    EXPECT_NE(whyNot(file.substr(0, n)), "accepted") << n;
}

TEST(Npy, integers) {
  EXPECT_FALSE(Array::of<float>({1}, {1.0f}).asIntegers());
  EXPECT_FALSE(Array::of<uint64_t>({1}, {UINT64_MAX}).asIntegers());
  EXPECT_THAT(*Array::of<int8_t>({2}, {-1, 1}).asIntegers(), ElementsAre(-1, 1));
}

TEST(Npz, comesBackAsWrittenAndIsDeterministic) {
  std::vector<NamedArray> arrays = {{"b|Conv", Array::of<int32_t>({2}, {1, 2})},
                                    {"a", Array::of<float>({}, {1.5f})}};
  llvm::Expected<std::string> file = toNpz(arrays);
  ASSERT_TRUE(bool(file)) << llvm::toString(file.takeError());
  llvm::Expected<std::vector<NamedArray>> back = parseNpz(*file, "x.npz");
  ASSERT_TRUE(bool(back)) << llvm::toString(back.takeError());
  ASSERT_EQ(back->size(), 2u);
  EXPECT_EQ((*back)[0].name, "b|Conv");
  EXPECT_EQ((*back)[1].array.values<float>()[0], 1.5f);
  llvm::Expected<std::string> again = toNpz(arrays);
  ASSERT_TRUE(bool(again));
  EXPECT_EQ(*file, *again);
}

TEST(Npz, emptyArchive) {
  llvm::Expected<std::string> file = toNpz({});
  ASSERT_TRUE(bool(file));
  llvm::Expected<std::vector<NamedArray>> back = parseNpz(*file, "x.npz");
  ASSERT_TRUE(bool(back)) << llvm::toString(back.takeError());
  EXPECT_TRUE(back->empty());
}

TEST(Npz, hostileBytesAreRefusedOrRead) {
  llvm::Expected<std::string> file = toNpz({{"a", Array::of<int8_t>({3}, {1, 2, 3})}});
  ASSERT_TRUE(bool(file));
  for (size_t i = 0; i < file->size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string broken = *file;
      broken[i] = char(broken[i] ^ (1 << bit));
      llvm::consumeError(parseNpz(broken, "x.npz").takeError());
    }
  llvm::Expected<std::vector<NamedArray>> cut = parseNpz(llvm::StringRef(*file).drop_back(10), "x.npz");
  ASSERT_FALSE(bool(cut));
  EXPECT_THAT(llvm::toString(cut.takeError()), HasSubstr("not an npz file"));
}

} // namespace
