import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../house/sources.ts";

/** Compiles the child and what it imports into a folder, so that plain Node runs the code as it stands. */
export function buildChild(folder: string): string {
  mkdirSync(folder, { recursive: true });
  // packages, and the package's own name, are looked up from there
  for (const name of ["node_modules", "package.json"]) symlinkSync(join(root, name), join(folder, name));
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: { outDir: folder, rootDir: root, noCheck: true, types: [] },
    include: [],
    files: [join(root, "test/study/ledger/child.ts")],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], { stdio: "pipe" });
  return join(folder, "test/study/ledger/child.js");
}

/** How a child ended, with the lines it printed. */
export interface ChildEnd {
  code: number | null;
  signal: string | null;
  lines: { type: string; [name: string]: unknown }[];
  error: string;
}

/**
 * Runs a command that prints JSON lines.
 *
 * @param onLine called with each line as it comes, to kill it for instance
 */
export function runChild(
  command: readonly string[],
  onLine: (child: ChildProcess, line: ChildEnd["lines"][number]) => void = () => {},
): Promise<ChildEnd> {
  return new Promise((resolve) => {
    const child = spawn(command[0]!, command.slice(1));
    const end: ChildEnd = { code: null, signal: null, lines: [], error: "" };
    let rest = "";
    child.stdout.on("data", (data) => {
      const parts = (rest + data).split("\n");
      rest = parts.pop()!;
      for (const part of parts) {
        end.lines.push(JSON.parse(part));
        onLine(child, end.lines.at(-1)!);
      }
    });
    child.stderr.on("data", (data) => {
      end.error += data;
    });
    child.on("close", (code, signal) => resolve({ ...end, code, signal }));
  });
}
