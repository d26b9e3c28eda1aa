#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { simulatedStudyDefaults, simulateStudy } from "../../datasets/simulated.ts";
import { attentionDecoding } from "../../pipelines/attentionDecoding.ts";
import { studyPipeline } from "../../pipelines/studyUnits.ts";
import { hashCode } from "../study/ledger/hashCode.ts";
import { corpora } from "./corpora.ts";
import { exitCodes } from "./exitCode.ts";
import { main } from "./program.ts";

const interrupt = new AbortController();
let interrupts = 0;
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => {
    interrupts++;
    interrupt.abort();
    // The first one stops after the piece of work at hand; a second one stops at once (files set aside are removed on exit)
    if (interrupts > 1) process.exit(exitCodes.interrupted);
  });
}
// A reader that closes the pipe early (head) is no error
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.done);
  throw error;
});

// A terminal that is gone cannot be written to; the work is stopped by SIGHUP
process.stderr.on("error", () => {});

/** A hash of the program as it is built. */
function codeHash(): Promise<string> {
  return hashCode(
    ["..", "../../datasets", "../../pipelines"].map((folder) => fileURLToPath(new URL(folder, import.meta.url))),
  );
}

process.exitCode = await main(
  process.argv.slice(2),
  {
    out: (text) => void process.stdout.write(text),
    error: (text) => void process.stderr.write(text),
    ...(process.stderr.isTTY && { terminal: process.stderr }),
    signal: interrupt.signal,
  },
  {
    simulateStudy,
    simulatedStudyDefaults,
    attentionDecoding,
    studies: studyPipeline(corpora),
    codeHash,
    workerFile: new URL("./unitWorker.js", import.meta.url),
  },
);
