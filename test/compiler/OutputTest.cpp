// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A folder holds the old set or the new set; files that dyadic did not write are never touched.
#include "compiler/output/OutputSet.h"
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace dyadic;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

class Output : public testing::Test {
protected:
  void SetUp() override {
    root = fs::path(testing::TempDir()) / ("dyadic_output_" + std::to_string(getpid()));
    fs::remove_all(root);
    fs::create_directories(root);
  }
  void TearDown() override { fs::remove_all(root); }

  std::string path(const std::string &name) const { return (root / name).string(); }
  std::string read(const std::string &name) const {
    std::ifstream in(root / name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  void write(const std::string &name, const std::string &text) const {
    fs::create_directories((root / name).parent_path());
    std::ofstream(root / name) << text;
  }
  std::vector<std::string> list() const {
    std::vector<std::string> names;
    for (const auto &entry : fs::recursive_directory_iterator(root))
      names.push_back(fs::relative(entry.path(), root).string());
    std::sort(names.begin(), names.end());
    return names;
  }
  static OutputSet make(const std::vector<std::pair<std::string, std::string>> &files,
                        const std::string &name = "net") {
    OutputSet set;
    std::string manifest = "{\"files\":{";
    for (const auto &[file, bytes] : files) {
      EXPECT_FALSE(bool(set.add(file, bytes)));
      manifest += (manifest.back() == '{' ? "\"" : ",\"") + file + "\":\"" + sha256(bytes) + "\"";
    }
    EXPECT_FALSE(bool(set.add(name + "_manifest.json", manifest + "}}")));
    return set;
  }
  static std::pair<ExitCode, std::string> result(llvm::Error error) {
    std::pair<ExitCode, std::string> outcome = {ExitCode::Ok, ""};
    llvm::handleAllErrors(std::move(error),
                          [&](const Failure &failure) { outcome = {failure.code(), failure.message()}; });
    return outcome;
  }

  fs::path root;
};

TEST_F(Output, hash) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_F(Output, refusesBadNames) {
  OutputSet set;
  for (const char *name : {"", "/a", "a//b", "../a", "a/..", "./a"})
    EXPECT_EQ(result(set.add(name, "")).first, ExitCode::Internal) << name;
  EXPECT_EQ(result(set.add("a", "")).first, ExitCode::Ok);
  EXPECT_EQ(result(set.add("a", "")).first, ExitCode::Internal);
}

TEST_F(Output, createsAndReplaces) {
  EXPECT_EQ(result(make({{"net.c", "1"}, {"runtime/a.h", "2"}}).writeFolder(path("deep/er/out/"))).second,
            "");
  EXPECT_THAT(list(),
              ElementsAre("deep", "deep/er", "deep/er/out", "deep/er/out/net.c",
                          "deep/er/out/net_manifest.json", "deep/er/out/runtime", "deep/er/out/runtime/a.h"));
  EXPECT_EQ(result(make({{"two.c", "3"}}, "two").writeFolder(path("deep/er/out"))).second, "");
  EXPECT_THAT(list(), ElementsAre("deep", "deep/er", "deep/er/out", "deep/er/out/two.c",
                                  "deep/er/out/two_manifest.json"));
  EXPECT_EQ(read("deep/er/out/two.c"), "3");
}

TEST_F(Output, takesAnEmptyFolderAndFollowsALink) {
  fs::create_directories(root / "real");
  fs::create_directory_symlink("real", root / "link");
  EXPECT_EQ(result(make({{"net.c", "1"}}).writeFolder(path("link"))).second, "");
  EXPECT_TRUE(fs::is_symlink(root / "link"));
  EXPECT_EQ(read("real/net.c"), "1");
}

TEST_F(Output, leavesForeignFilesAlone) {
  EXPECT_EQ(result(make({{"net.c", "1"}, {"runtime/a.h", "2"}}).writeFolder(path("out"))).second, "");
  write("out/runtime/mine.h", "mine");
  std::vector<std::string> before = list();
  auto [code, text] = result(make({{"net.c", "3"}}).writeFolder(path("out")));
  EXPECT_EQ(code, ExitCode::Usage);
  EXPECT_THAT(text, HasSubstr("'runtime/mine.h'"));
  EXPECT_EQ(list(), before);
  EXPECT_EQ(read("out/net.c"), "1");
}

TEST_F(Output, refusesFoldersThatAreNotItsOwn) {
  write("out/main.c", "mine");
  EXPECT_THAT(result(make({{"net.c", "3"}}).writeFolder(path("out"))).second, HasSubstr("'main.c'"));
  write("bad/net_manifest.json", "{ not json");
  EXPECT_THAT(result(make({{"net.c", "3"}}).writeFolder(path("bad"))).second,
              HasSubstr("'net_manifest.json'"));
  write("file", "x");
  EXPECT_EQ(result(make({{"net.c", "3"}}).writeFolder(path("file"))).first, ExitCode::Usage);
  EXPECT_EQ(result(make({{"net.c", "3"}}).writeFolder(path("file/out"))).first, ExitCode::Usage);
  EXPECT_EQ(result(make({{"net.c", "3"}}).writeFolder(".")).first, ExitCode::Usage);
  EXPECT_EQ(result(make({{"net.c", "3"}}).writeFolder("")).first, ExitCode::Usage);
  EXPECT_EQ(read("out/main.c"), "mine");
}

TEST_F(Output, aFolderThatMayNotBeEmptiedStays) {
  bool superuser = geteuid() == 0; // to whom all is permitted
  if (superuser) {
    ASSERT_EQ(chown(root.c_str(), 65534, 65534), 0);
    ASSERT_EQ(seteuid(65534), 0);
  }
  EXPECT_EQ(result(make({{"net.c", "1"}, {"runtime/a.h", "2"}}).writeFolder(path("out"))).second, "");
  std::vector<std::string> before = list();
  for (const char *folder : {"out", "out/runtime"}) {
    fs::permissions(root / folder, fs::perms::owner_write, fs::perm_options::remove);
    auto [code, text] = result(make({{"net.c", "3"}}).writeFolder(path("out")));
    fs::permissions(root / folder, fs::perms::owner_write, fs::perm_options::add);
    EXPECT_EQ(code, ExitCode::Disk);
    EXPECT_THAT(text, HasSubstr("cannot replace the files in"));
    EXPECT_EQ(list(), before);
    EXPECT_EQ(read("out/net.c"), "1");
  }
  if (superuser)
    ASSERT_EQ(seteuid(0), 0);
}

TEST_F(Output, aFailedWriteLeavesTheOldSet) {
  EXPECT_EQ(result(make({{"net.c", "1"}}).writeFolder(path("out"))).second, "");
  std::vector<std::string> before = list();
  rlimit old;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  rlimit small = {1000, old.rlim_max};
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  auto replaced = result(make({{"a.c", "1"}, {"net.c", std::string(2000, 'x')}}).writeFolder(path("out")));
  auto created = result(make({{"net.c", std::string(2000, 'x')}}).writeFolder(path("some/new")));
  auto single = result(writeFile(path("file"), std::string(2000, 'x')));
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  for (const auto &outcome : {replaced, created, single}) {
    EXPECT_EQ(outcome.first, ExitCode::Disk);
    EXPECT_THAT(outcome.second, HasSubstr("cannot write"));
  }
  EXPECT_EQ(list(), before);
  EXPECT_EQ(read("out/net.c"), "1");
}

TEST_F(Output, singleFiles) {
  EXPECT_EQ(result(writeFile(path("y.npy"), "1")).second, "");
  fs::permissions(root / "y.npy", fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(result(writeFile(path("y.npy"), "22")).second, "");
  EXPECT_EQ(read("y.npy"), "22");
  EXPECT_EQ(fs::status(root / "y.npy").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_THAT(list(), ElementsAre("y.npy"));
  EXPECT_EQ(result(writeFile("/dev/null", "1")).second, "");
  EXPECT_EQ(result(writeFile("/dev/full", "1")).first, ExitCode::Disk);
  EXPECT_EQ(result(writeFile(root.string(), "1")).first, ExitCode::Usage);
}

} // namespace
