// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Prints a report as "FILE:LINE:COLUMN: error: TEXT", then the line and a caret beneath the place.
#include "compiler/driver/Diagnostics.h"
#include "compiler/driver/Terminal.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/raw_ostream.h"

namespace dyadic {
namespace {

using llvm::StringRef;
using mlir::DiagnosticSeverity;

constexpr size_t maximumWidth = 110; // of a shown line; long ones are cut around the place

/// The innermost names and places of a location win: a fused location's first part, a call's callee.
void place(mlir::Location location, Report &report) {
  if (auto name = llvm::dyn_cast<mlir::NameLoc>(location)) {
    if (report.node.empty())
      report.node = name.getName().str();
    place(name.getChildLoc(), report);
  } else if (auto line = llvm::dyn_cast<mlir::FileLineColLoc>(location)) {
    report.file = line.getFilename().str();
    report.line = line.getLine();
    report.column = line.getColumn();
  } else if (auto fused = llvm::dyn_cast<mlir::FusedLoc>(location)) {
    for (mlir::Location part : fused.getLocations())
      if (report.file.empty())
        place(part, report);
  } else if (auto call = llvm::dyn_cast<mlir::CallSiteLoc>(location)) {
    place(call.getCallee(), report);
  }
}

StringRef word(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Error:
    return "error";
  case DiagnosticSeverity::Warning:
    return "warning";
  case DiagnosticSeverity::Note:
    return "note";
  case DiagnosticSeverity::Remark:
    return "remark";
  }
  return "error";
}

Tint tint(DiagnosticSeverity severity) {
  return severity == DiagnosticSeverity::Error     ? Tint::Error
         : severity == DiagnosticSeverity::Warning ? Tint::Warning
                                                   : Tint::Note;
}

llvm::json::Object toJsonObject(const Report &report) {
  llvm::json::Object object{{"severity", word(report.severity)},
                            {"message", llvm::json::fixUTF8(report.message)}};
  if (!report.node.empty())
    object["node"] = llvm::json::fixUTF8(report.node);
  if (!report.file.empty()) {
    object["file"] = llvm::json::fixUTF8(report.file);
    object["line"] = report.line;
    object["column"] = report.column;
  }
  if (!report.notes.empty()) {
    llvm::json::Array notes;
    for (const Report &note : report.notes)
      notes.push_back(toJsonObject(note));
    object["notes"] = std::move(notes);
  }
  return object;
}

} // namespace

Report makeReport(mlir::Diagnostic &diagnostic) {
  Report report;
  report.severity = diagnostic.getSeverity();
  report.message = diagnostic.str();
  report.verdict = verdictOf(diagnostic);
  place(diagnostic.getLocation(), report);
  for (mlir::Diagnostic &note : diagnostic.getNotes())
    report.notes.push_back(makeReport(note));
  return report;
}

Diagnostics::Diagnostics(mlir::MLIRContext &context, bool quiet)
    : quiet(quiet), handler(&context, [this](mlir::Diagnostic &diagnostic) {
        take(diagnostic);
        return mlir::success();
      }) {}

void Diagnostics::take(mlir::Diagnostic &diagnostic) {
  Report report = makeReport(diagnostic);
  if (!quiet) {
    print(report);
    for (const Report &note : report.notes)
      print(note);
  }
  all.push_back(std::move(report));
}

StringRef Diagnostics::lineOf(StringRef file, unsigned line) const {
  for (unsigned id = 1; id <= texts.getNumBuffers(); ++id) {
    const llvm::MemoryBuffer *buffer = texts.getMemoryBuffer(id);
    if (buffer->getBufferIdentifier() != file)
      continue;
    StringRef rest = buffer->getBuffer();
    for (; line > 1 && !rest.empty(); --line)
      rest = rest.split('\n').second;
    return rest.split('\n').first;
  }
  return {};
}

void Diagnostics::print(const Report &report) const {
  llvm::raw_ostream &os = llvm::errs();
  if (!report.file.empty() && report.line)
    os << report.file << ':' << report.line << ':' << report.column << ": ";
  else
    os << "dyadic: ";
  os << tinted(tint(report.severity), word(report.severity)) << ": " << report.message << '\n';
  StringRef line = lineOf(report.file, report.line);
  if (line.empty() || report.column == 0 || report.column > line.size())
    return;
  size_t caret = report.column - 1, begin = 0;
  if (line.size() > maximumWidth) {
    begin = caret > maximumWidth / 2 ? caret - maximumWidth / 2 : 0;
    line = line.substr(begin, maximumWidth);
  }
  os << "  " << line << '\n';
  os.indent(unsigned(2 + caret - begin)) << tinted(Tint::Good, "^") << '\n';
}

llvm::json::Array Diagnostics::toJson() const {
  llvm::json::Array array;
  for (const Report &report : all)
    array.push_back(toJsonObject(report));
  return array;
}

Verdict Diagnostics::verdict() const {
  std::optional<Verdict> worst;
  for (const Report &report : all)
    if (report.severity == DiagnosticSeverity::Error)
      worst = worst ? std::min(*worst, report.verdict) : report.verdict;
  return worst.value_or(Verdict::Rejected);
}

} // namespace dyadic
