// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The command line as interface.md has it; every mistake in it ends with exit code 2.
#include "compiler/driver/CommandLine.h"
#include "compiler/driver/Line.h"
#include "compiler/driver/Terminal.h"

namespace dyadic {
namespace {

void addIo(CLI::App &command, std::vector<std::string> &io) {
  addRepeated(command, "--io", io,
              "input_N or output_N: in memory that the user binds, or (slot) in the arena")
      ->type_name("PORT=user|slot");
}

void addCheck(CLI::App &app, Line &line) {
  CLI::App *command = app.add_subcommand("check", "tell everything that keeps a model from being compiled");
  addModel(*command, line.check.model, line.texts);
  addJson(*command, line);
  command->footer("Examples:\n  dyadic check model.onnx\n"
                  "  dyadic check model.onnx --input "
                  "x:bits=8,unsigned,scale=1/255,mean=0.485:0.456:0.406,std=0.229:0.224:0.225");
  command->callback([&line] {
    line.chosen = [&line](Session &session) {
      if (llvm::Error error = readModelOptions(line.texts, line.check.model))
        return error;
      return runCheck(line.check, session);
    };
  });
}

llvm::Error readCompileOptions(const Texts &texts, CompileOptions &options) {
  if (llvm::Error error = readImplementations(texts, options.implementations))
    return error;
  if (llvm::Error error = readTiles(texts, options.tiles))
    return error;
  if (!texts.selfTest.empty()) {
    llvm::Expected<SelfTest> test = parseSelfTest(texts.selfTest);
    if (!test)
      return test.takeError();
    options.selfTest = std::move(*test);
  }
  if (!texts.stopAfter.empty()) {
    llvm::Expected<Level> level =
        parseLevel("--stop-after", texts.stopAfter, {Level::Qonnx, Level::Qint, Level::Plat});
    if (!level)
      return level.takeError();
    options.stopAfter = *level;
  }
  return llvm::Error::success();
}

void addCompile(CLI::App &app, Line &line) {
  CLI::App *command = app.add_subcommand("compile", "write C99 that computes exactly what the model means");
  addModel(*command, line.compile.model, line.texts);
  CompileOptions &options = line.compile.options;
  addFile(*command, line, "-o,--output", line.compile.output,
          "the folder to write; with --stop-after a .mlir file")
      ->type_name("DIR")
      ->required();
  command->add_option("--target", options.target.name, "the machine, as dyadic targets lists them")
      ->type_name("T");
  addTargetChanges(*command, options.target);
  command->add_option("--name", options.name, "prefixes files, macros and symbols (net)")->type_name("NAME");
  addRepeated(*command, "--impl", line.texts.implementations,
              "mac, lut or auto; or NODE=lut for one node or pattern")
      ->type_name("IMPL");
  addTiles(*command, line.texts);
  command
      ->add_option(
          "--self-test", line.texts.selfTest,
          "add NAME_selftest.c with these inputs and the codes to expect; several inputs: a .npz file")
      ->type_name("X.npy[:N]");
  command
      ->add_option("--stop-after", line.texts.stopAfter,
                   "qonnx, qint or plat: write that level's module instead")
      ->type_name("LEVEL");
  addIo(*command, line.compile.io);
  command->add_flag("--explain-copies", line.compile.explainCopies,
                    "list each copy that is left: bytes, estimated cycles, why");
  command->add_flag("--unsafe-skip-checks", line.compile.unsafe,
                    "of a .mlir file of level plat: write C although check-plat refuses it, with a warning");
  command->add_flag("--timing", line.settings.timing, "tell how long each phase took");
  addJson(*command, line);
  command->footer(
      "Examples:\n  dyadic compile model.onnx --target cortex-m4 -o out\n"
      "  dyadic compile model.onnx --target host -o out --name kws --impl auto --self-test x.npy:8\n"
      "  dyadic compile model.onnx --target gap8 --set cluster.cores=4 --set l2.bytes=256K -o out\n"
      "  dyadic compile model.onnx --stop-after qint -o model.mlir");
  command->callback([&line] {
    line.chosen = [&line](Session &session) {
      if (llvm::Error error = readModelOptions(line.texts, line.compile.model))
        return error;
      if (llvm::Error error = readCompileOptions(line.texts, line.compile.options))
        return error;
      return runCompile(line.compile, session);
    };
  });
}

void addRun(CLI::App &app, Line &line) {
  CLI::App *command = app.add_subcommand(
      "run", "evaluate a model on samples, in exact arithmetic, in float32 or in integers");
  addModel(*command, line.run.model, line.texts);
  addRepeated(*command, "--inputs", line.run.inputs,
              "samples, first axis; several inputs: NAME=FILE.npy each")
      ->type_name("X.npy")
      ->required();
  addFile(*command, line, "-o,--output", line.run.output, "where results go; several outputs: a .npz file")
      ->type_name("Y.npy")
      ->required();
  command->add_option("--level", line.texts.level, "qonnx (exact), float32 or qint (qonnx)")
      ->type_name("LEVEL");
  addFile(*command, line, "--codes", line.run.codes, "also write every quantised tensor's integers")
      ->type_name("F.npz");
  command->add_flag("--near-ties", line.run.nearTies,
                    "list the codes that float32's rounding could decide otherwise");
  command
      ->add_option(
          "--reference", line.run.reference,
          "an executor's codes for the first samples: list which differ and whether each is a near-tie")
      ->type_name("F.npz");
  addJson(*command, line);
  command->footer("Examples:\n  dyadic run model.onnx --inputs x.npy -o y.npy\n"
                  "  dyadic run model.onnx --inputs x.npy -o y.npy --level qint --codes codes.npz");
  command->callback([&line] {
    line.chosen = [&line](Session &session) -> llvm::Error {
      if (!line.texts.level.empty()) {
        llvm::Expected<Level> level =
            parseLevel("--level", line.texts.level, {Level::Qonnx, Level::Float32, Level::Qint});
        if (!level)
          return level.takeError();
        line.run.level = *level;
      }
      if ((line.run.nearTies || !line.run.reference.empty()) &&
          line.run.level.value_or(Level::Qonnx) != Level::Qonnx)
        return failure(ExitCode::Usage, "--near-ties and --reference belong to --level qonnx");
      if (llvm::Error error = readModelOptions(line.texts, line.run.model))
        return error;
      return runRun(line.run, session);
    };
  });
}

void addValidate(CLI::App &app, Line &line) {
  CLI::App *command = app.add_subcommand(
      "validate", "build and run the C on machines and compare every code with the exact meaning");
  ValidateCommand &validate = line.validate;
  addModel(*command, validate.model, line.texts);
  addRepeated(*command, "--inputs", validate.inputs,
              "samples, first axis; several inputs: NAME=FILE.npy each")
      ->type_name("X.npy");
  command
      ->add_option(
          "--on", line.texts.machines,
          "targets, apart by commas (host); others than host run in QEMU, plans for gap8 and pulp-open by "
          "the host; T@M: the plan for T run by machine M")
      ->type_name("T[@M],...");
  addTargetChanges(*command, validate.target);
  addRepeated(*command, "--impl", line.texts.implementations,
              "mac, lut or auto; or NODE=lut for one node or pattern")
      ->type_name("IMPL");
  addTiles(*command, line.texts);
  addIo(*command, validate.io);
  addRepeated(*command, "--expect", validate.expect,
              "another executor's float outputs: how far they are, and which near-ties explain it")
      ->type_name("Y.npy");
  command->add_option("--labels", validate.labels, "the right class of each sample: tells the accuracy")
      ->type_name("L.npy");
  command->add_option("--timeout", validate.timeoutSeconds, "seconds a program may go without a result (600)")
      ->check(CLI::Range(1U, 1U << 20))
      ->type_name("SECONDS");
  command->add_flag("--near-ties", validate.nearTies,
                    "no samples: list the thresholds that lie within float32's error of a reachable "
                    "accumulator, and the nodes that have none");
  addJson(*command, line);
  command->footer(
      "Examples:\n  dyadic validate model.onnx --inputs x.npy --on host,cortex-m4,rv32imc\n"
      "  dyadic validate model.onnx --inputs x.npy --on gap8,gap8@rv32-cluster --set cluster.cores=4\n"
      "  dyadic validate model.onnx --inputs x.npy --on gap8 --tile rows=3,channels=8\n"
      "  dyadic validate model.onnx --inputs x.npy --labels labels.npy --expect y.npy --json\n"
      "  dyadic validate model.onnx --near-ties\n"
      "Float32's error of a sum is taken as 2^-20 (sum |w x| + |bias|), for --near-ties the largest that "
      "any input gives.\n"
      "Exit code 4: a code differs, or an expected output does and no near-tie explains it.");
  command->callback([&line, command] {
    line.chosen = [&line, command](Session &session) {
      ValidateCommand &validate = line.validate;
      if (llvm::Error error = readModelOptions(line.texts, validate.model))
        return error;
      if (llvm::Error error = readImplementations(line.texts, validate.implementations))
        return error;
      if (llvm::Error error = readTiles(line.texts, validate.tiles))
        return error;
      if (command->count("--on") != 0) {
        llvm::SmallVector<llvm::StringRef> names;
        llvm::StringRef(line.texts.machines).split(names, ',');
        if (llvm::is_contained(names, ""))
          return failure(ExitCode::Usage, "--on '" + line.texts.machines +
                                              "': a name is empty; give machines apart by commas, or leave "
                                              "--on out for host");
        validate.machines.assign(names.begin(), names.end());
      }
      return runValidate(validate, session);
    };
  });
}

void addCanonical(CLI::App &app, Line &line) {
  CLI::App *command = app.add_subcommand(
      "canonical", "write the integers of the C as QONNX that float32 evaluates without rounding");
  addModel(*command, line.canonical.model, line.texts);
  addFile(*command, line, "-o,--output", line.canonical.output,
          "the ONNX file to write; - is standard output")
      ->type_name("FILE")
      ->required();
  addJson(*command, line);
  command->footer("Inputs and outputs are integer codes in float32; each quantiser is a MultiThreshold node "
                  "of its name, and\n"
                  "the tensor with its codes has the key that run --codes uses.\n"
                  "Examples:\n  dyadic canonical model.onnx -o canonical.onnx\n"
                  "  dyadic canonical model.onnx -o canonical.onnx --input x:bits=8,signed,scale=1/64");
  command->callback([&line] {
    line.chosen = [&line](Session &session) {
      if (llvm::Error error = readModelOptions(line.texts, line.canonical.model))
        return error;
      return runCanonical(line.canonical, session);
    };
  });
}

void addCheckCertificate(CLI::App &app, Line &line) {
  CLI::App *command =
      app.add_subcommand("check-certificate", "derive from the model what a certificate claims, and compare");
  command->add_option("CERTIFICATE", line.checkCertificate.certificate, "DIR/NAME_certificate.json")
      ->required();
  command->add_option("--model", line.checkCertificate.model.path, "the ONNX file it was compiled from")
      ->type_name("MODEL")
      ->required();
  addModelOptions(*command, line.texts);
  addJson(*command, line);
  command->footer("Example:\n  dyadic check-certificate out/net_certificate.json --model model.onnx");
  command->callback([&line] {
    line.chosen = [&line](Session &session) {
      if (llvm::Error error = readModelOptions(line.texts, line.checkCertificate.model))
        return error;
      return runCheckCertificate(line.checkCertificate, session);
    };
  });
}

void addJudge(CLI::App &app, Line &line) {
  CLI::App *command = app.add_subcommand(
      "judge", "run an emitted folder's plan byte by byte and tell every fault by its name");
  command->add_option("DIR", line.judge.folder, "a folder that compile wrote")->required();
  command->add_option("--target-file", line.judge.targetFile, "the machine's file, if compile was given one")
      ->type_name("FILE");
  addJson(*command, line);
  command->footer(
      "Faults: overlapping buffers, uncovered output, missing wait, wrong owner, early reuse, missing "
      "transfer, missing clean,\nmissing invalidate, shared byte, wrong window, wrong order, out of "
      "bounds, alignment, does not fit, file.\n"
      "Exit codes: 0 the plan holds, 1 no plan that can be read, 3 bytes that the machine does not "
      "have, 4 any other fault.\n"
      "Example:\n  dyadic judge out");
  command->callback(
      [&line] { line.chosen = [&line](Session &session) { return runJudge(line.judge, session); }; });
}

void addTargets(CLI::App &app, Line &line) {
  CLI::App *command =
      app.add_subcommand("targets", "list the machines that code can be made for, or explain one");
  command->add_option("TARGET", line.targets.target.name, "the target to explain");
  addTargetChanges(*command, line.targets.target);
  addJson(*command, line);
  command->footer("Examples:\n  dyadic targets\n  dyadic targets cortex-m4 --json\n"
                  "  dyadic targets gap8 --set cluster.cores=4\n  dyadic targets --target-file board.yaml");
  command->callback(
      [&line] { line.chosen = [&line](Session &session) { return runTargets(line.targets, session); }; });
}

/// A line that could not be parsed; --json is answered with an object all the same.
ExitCode wrongLine(const std::string &why, const std::string &command, int argc, const char *const *argv) {
  Session::Settings settings;
  settings.json =
      llvm::is_contained(llvm::ArrayRef(argv, static_cast<size_t>(argc)), llvm::StringRef("--json"));
  ExitCode code = Session(settings).finish(failure(ExitCode::Usage, why));
  if (!settings.json)
    llvm::errs() << "try: dyadic " << command << "--help\n";
  return code;
}

} // namespace

ExitCode runCommandLine(int argc, const char *const *argv) {
  Line line;
  CLI::App app("dyadic: from quantised neural networks (QONNX) to exact C99 for microcontrollers", "dyadic");
  app.set_version_flag("--version", "dyadic " DYADIC_VERSION);
  app.require_subcommand(1);
  app.footer("dyadic COMMAND --help tells more, with examples.\n"
             "Exit codes: 0 ok, 1 model rejected, 2 usage, 3 does not fit, 4 mismatch, 5 disk or permission, "
             "70 internal\n"
             "error, 130 interrupted.");
  addCheck(app, line);
  addCompile(app, line);
  addRun(app, line);
  addValidate(app, line);
  addCanonical(app, line);
  addCheckCertificate(app, line);
  addJudge(app, line);
  addTargets(app, line);
  addReport(app, line);
  addExplore(app, line);
  addMerge(app, line);
  if (argc > 1 && argv[1][0] != '-' && argv[1][0] != '\0' &&
      app.get_subcommands([&](CLI::App *command) { return command->check_name(argv[1]); }).empty())
    return wrongLine(std::string("there is no command '") + argv[1] + "'", "", argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    // CLI11 tells help and version through the same exception, with exit code 0.
    if (error.get_exit_code() == 0)
      return app.exit(error) == 0 ? ExitCode::Ok : ExitCode::Internal;
    const CLI::App *at = &app;
    for (const CLI::App *command : app.get_subcommands())
      at = command;
    return wrongLine(error.what(), at == &app ? "" : at->get_name() + " ", argc, argv);
  }
  // What is empty would pass for an option that is not there; two say more themselves.
  for (const CLI::App *command : app.get_subcommands())
    for (const CLI::Option *option : command->get_options())
      if (option->nonpositional() && option->get_name() != "--on" && option->get_name() != "--output" &&
          llvm::is_contained(option->results(), ""))
        return wrongLine(option->get_name() + ": the value is empty", command->get_name() + " ", argc, argv);
  Session session(line.settings);
  if (llvm::Error error = checkFiles(line))
    return session.finish(std::move(error));
  return session.finish(line.chosen(session));
}

} // namespace dyadic
