// Reads what jettison wrote with the programs that such files are written for, and prints what they understood as JSON.
//
// Usage: node read.js checkstyle FILE FOLDER | rdjson FILE | github FILE, where FILE of github holds our own JSON: it prints what
// GitHub's toolkit would write for the same findings.
const fs = require("fs");
const [kind, file, folder] = process.argv.slice(2);
const text = () => fs.readFileSync(file, "utf8");

// Danger's plugin for lint reports. To it, every file is one of the change.
async function checkstyle() {
  const { scanXmlReport } = require("danger-plugin-lint-report");
  const every = new Proxy([], { get: (list, key) => (key === "includes" ? () => true : list[key]) });
  const found = [];
  await scanXmlReport({ modified_files: every, created_files: every }, text(), folder, false, (one) => found.push(one));
  return found;
}

async function rdjson() {
  const { RDFormatValidator } = require("@umbrelladocs/rdformat-validator");
  const result = await new RDFormatValidator({ strictMode: true, allowExtraFields: false }).validateString(text());
  return { errors: result.errors, warnings: result.warnings };
}

async function github() {
  const { issueCommand } = require("@actions/core/lib/command");
  const written = [];
  const write = process.stdout.write;
  process.stdout.write = (line) => written.push(line.trimEnd());
  for (const one of JSON.parse(text()).findings) {
    const command = { error: "error", warning: "warning" }[one.level] ?? "notice";
    const columns = one.line === one.endLine ? { col: one.column, endColumn: one.endColumn } : {};
    issueCommand(command, { file: one.file, line: one.line, endLine: one.endLine, ...columns, title: one.rule }, one.message);
  }
  process.stdout.write = write;
  return written;
}

({ checkstyle, rdjson, github })[kind]().then((found) => process.stdout.write(JSON.stringify(found)));
