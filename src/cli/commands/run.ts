import { concatMap, lastValueFrom, tap } from "rxjs";
import { writeFolder } from "../../formats/file.ts";
import { acceleratorName } from "../../separation/createModel.ts";
import { readBidsStudy } from "../../study/bidsStudy.ts";
import type { StudyResults } from "../../study/results.ts";
import { ResultsWriter, resultsFileName } from "../../study/resultsWriter.ts";
import { readStudyFile } from "../../study/studyFile.ts";
import { version } from "../../study/version.ts";
import { exitCodes } from "../exitCode.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";
import type { Pipelines } from "../joined.ts";
import { createProgress } from "../progress.ts";
import { summaryLines } from "../summary.ts";
import { untilAborted } from "../untilAborted.ts";

/** Options of `neurosteer run`. */
export interface RunOptions {
  out: string;
  seed?: number;
  overwrite?: boolean;
  json?: boolean;
}

/**
 * `neurosteer run STUDY --out DIR`: decodes, separates, scores and reports a study.
 *
 * @returns 0, or 3 if some trials failed
 */
export async function run(folder: string, options: RunOptions, io: CommandIo, pipelines: Pipelines): Promise<number> {
  const results = await runStudy(folder, options, io, pipelines);
  if (options.json) {
    const { details: _, ...numbers } = results;
    outJson(io, { out: options.out, ...numbers });
  } else for (const line of summaryLines(results, options.out)) outLine(io, line);
  for (const { subject, trial, message } of results.failures)
    io.error(`failed: subject ${subject}, trial ${trial}: ${message}\n`);
  return results.failures.length > 0 ? exitCodes.someFailed : exitCodes.done;
}

/** The work of `run`, without its printing. */
export async function runStudy(
  folder: string,
  { out, seed, overwrite }: RunOptions,
  io: CommandIo,
  { neuroSteered }: Pipelines,
): Promise<StudyResults> {
  const study = await readBidsStudy(folder);
  const file = await readStudyFile(folder);
  const options = seed === undefined ? file : { ...file, seed };
  const accelerator = acceleratorName(options.separation.accelerator);
  const progress = createProgress(io, "run");
  try {
    return await writeFolder(
      out,
      async (aside) => {
        const writer = new ResultsWriter(aside, {
          title: study.title,
          ...(study.synthetic !== undefined && { synthetic: study.synthetic }),
          options,
          provenance: { version, node: process.version, accelerator, seed: options.seed },
        });
        const events = neuroSteered(study, options).pipe(
          untilAborted(io.signal),
          tap((event) => {
            if (event.kind === "progress") progress.update(event.done, event.total, event.label);
          }),
          concatMap((event) => writer.take(event)),
        );
        await lastValueFrom(events, { defaultValue: undefined });
        return writer.finish();
      },
      overwrite ? { replaceMarkedBy: resultsFileName } : {},
    );
  } finally {
    progress.stop();
  }
}
