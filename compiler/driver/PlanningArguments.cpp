// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The options of report, explore and merge.
#include "compiler/driver/Line.h"

namespace dyadic {

void addReport(CLI::App &app, Line &line) {
  CLI::App *command =
      app.add_subcommand("report", "predict cycles, bytes and transfers, layer by layer, without running");
  ReportCommand &report = line.report;
  addModel(*command, report.model, line.texts);
  addMachine(*command, report.options, line.texts);
  command
      ->add_option("--deadline", report.deadline,
                   "what an inference may take, such as 30ms, 500us or 1s; exit code 3 when it takes longer")
      ->type_name("TIME");
  addFile(*command, line, "--csv", report.csv, "also write a row for each layer")->type_name("FILE");
  addFile(*command, line, "--svg", report.svg, "also draw the cycles of each layer")->type_name("FILE");
  addJson(*command, line);
  command->footer(
      "Examples:\n  dyadic report model.onnx --target gap8 --deadline 30ms\n"
      "  dyadic report model.onnx --target gap8 --set cluster.cores=4 --set l2.bytes=256K --json\n"
      "  dyadic report model.onnx --target cortex-m7 --csv layers.csv --svg layers.svg\n"
      "Cycles are estimates from the machine's figures; bytes, multiply-accumulates and transfers "
      "are exact.");
  command->callback([&line] {
    line.chosen = [&line](Session &session) {
      if (llvm::Error error = readModelOptions(line.texts, line.report.model))
        return error;
      if (llvm::Error error = readImplementations(line.texts, line.report.options.implementations))
        return error;
      if (llvm::Error error = readTiles(line.texts, line.report.options.tiles))
        return error;
      return runReport(line.report, session);
    };
  });
}

void addExplore(CLI::App &app, Line &line) {
  CLI::App *command =
      app.add_subcommand("explore", "predict a model on every combination of machine figures");
  ExploreCommand &explore = line.explore;
  addModel(*command, explore.model, line.texts);
  addMachine(*command, explore.options, line.texts);
  addRepeated(*command, "--sweep", explore.sweeps,
              "values of a figure that --set knows, or impl=mac,lut; may be repeated: all combinations")
      ->type_name("PATH=V,V,...")
      ->required();
  command
      ->add_option("-o,--output", explore.output,
                   "the folder of results; what it holds of finished points is not computed again")
      ->type_name("DIR")
      ->required();
  command->add_option("--shard", explore.shard, "only every n-th point, from the i-th; then dyadic merge")
      ->type_name("i/n");
  command->add_option("--jobs", explore.jobs, "points at a time (as many as there are processors)")
      ->check(CLI::Range(1U, 1024U))
      ->type_name("N");
  addJson(*command, line);
  command->footer("Examples:\n"
                  "  dyadic explore model.onnx --target gap8 --sweep cluster.cores=2,4,8 "
                  "--sweep l2.bytes=256K,320K,512K -o grid\n"
                  "  dyadic explore model.onnx --target gap8 --sweep l1.buffer_bytes=16000,32000 "
                  "--sweep impl=mac,lut --shard 2/4 -o part2\n"
                  "DIR holds points.csv, layers.csv, explore.json, three drawings (.svg) and a file for each "
                  "point. After an\ninterrupt the same command goes on.");
  command->callback([&line] {
    line.chosen = [&line](Session &session) {
      if (llvm::Error error = readModelOptions(line.texts, line.explore.model))
        return error;
      if (llvm::Error error = readImplementations(line.texts, line.explore.options.implementations))
        return error;
      if (llvm::Error error = readTiles(line.texts, line.explore.options.tiles))
        return error;
      return runExplore(line.explore, session);
    };
  });
}

void addMerge(CLI::App &app, Line &line) {
  CLI::App *command = app.add_subcommand("merge", "put the shards of explore together");
  command->add_option("DIR", line.merge.folders, "the folders that explore --shard wrote")->required();
  command->add_option("-o,--output", line.merge.output, "the folder for the whole grid")
      ->type_name("DIR")
      ->required();
  addJson(*command, line);
  command->footer("Example:\n  dyadic merge part1 part2 part3 part4 -o grid\n"
                  "The result is the same, byte for byte, as explore without --shard would write.");
  command->callback(
      [&line] { line.chosen = [&line](Session &session) { return runMerge(line.merge, session); }; });
}

} // namespace dyadic
