// Runs the small study in a process of its own: node child.js ROOT INPUTS [PAUSE] [FILES] [plan | fill]; prints a line an event
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { ToolkitError } from "../../../src/core/error.ts";
import { planUnits } from "../../../src/study/ledger/planUnits.ts";
import type { UnitEvent } from "../../../src/study/ledger/runOptions.ts";
import { runUnits } from "../../../src/study/ledger/runUnits.ts";
import { studyUnits, writeMany } from "./examples.ts";

const [root, inputs, pause = "0", files = "20", mode = "run"] = process.argv.slice(2);
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
try {
  const units = studyUnits(inputs!);
  if (mode === "plan") {
    say({ type: "plan", states: (await planUnits(units, { root: root! })).map(({ state }) => state) });
  } else {
    const run = writeMany({ files: Number(files), pauseMilliseconds: Number(pause) });
    const onEvent = (event: UnitEvent) => {
      say(event);
      if (mode === "fill" && event.type === "started" && event.id === "summary") fillDisk(join(root!, "ballast"));
    };
    const { counts, stopped, failures, remarks } = await runUnits(units, run, { root: root!, onEvent });
    say({ type: "report", counts, stopped: stopped?.message, failures, remarks });
  }
} catch (error) {
  if (!(error instanceof ToolkitError)) throw error;
  say({ type: "refused", code: error.code, message: error.message });
  process.exitCode = 2;
}

function fillDisk(path: string): void {
  try {
    for (;;) appendFileSync(path, Buffer.alloc(4096));
  } catch {
    // now it is full
  }
}
