import { join } from "node:path";
import { ToolkitError } from "../../core/error.ts";
import { toJson } from "../../core/json.ts";
import { removeFolder, writeBytes, writeFolder } from "../../formats/file.ts";
import { studyRecordName } from "../../study/studyRecord.ts";
import { version } from "../../study/version.ts";
import { resultsFileName } from "../../study/writeResults.ts";
import { exitCodes } from "../exitCode.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";
import type { Joined } from "../joined.ts";
import { summaryLines } from "../summary.ts";
import { runStudy } from "./run.ts";
import { type SimulateOptions, simulateInto } from "./simulate.ts";
import { ledgerName } from "./studyFinish.ts";

/** Options of `neurosteer demo`. */
export interface DemoOptions extends SimulateOptions {
  out: string;
}

/** The file that marks a folder as one that the demo wrote; another run may replace it. */
const demoMark = "demo.json";

/** `neurosteer demo`: writes a synthetic study, runs it and leaves study, separated audio, tables and report. */
export async function demo(options: DemoOptions, io: CommandIo, joined: Joined): Promise<number> {
  const { out } = options;
  const results = await writeFolder(
    out,
    async (aside) => {
      await simulateInto(join(aside, "study"), options, io, joined);
      const done = await runStudy(
        join(aside, "study"),
        { out: join(aside, "results"), seed: options.seed },
        io,
        joined,
      ).catch((error) => {
        if (!(error instanceof ToolkitError) || error.code !== "aborted") throw error;
        throw new ToolkitError("aborted", "demo: interrupted; nothing is left of it", { cause: error });
      });
      // nothing to go on with: the study moves when the demo is complete
      await removeFolder(join(aside, "results", ledgerName));
      await removeFolder(join(aside, "results", studyRecordName));
      await writeBytes(join(aside, demoMark), `${toJson({ version, options })}\n`);
      return done;
    },
    { replaceMarkedBy: demoMark },
  );
  const { details: _, ...numbers } = results;
  if (options.json) outJson(io, { out, report: join(out, "results", "report.html"), ...numbers });
  else {
    for (const line of summaryLines(results, join(out, "results"))) outLine(io, line);
    outLine(io, `all numbers: ${join(out, "results", resultsFileName)}; the study itself: ${join(out, "study")}`);
  }
  return results.failures.length > 0 ? exitCodes.someFailed : exitCodes.done;
}
