import { join } from "node:path";
import { lastValueFrom, tap } from "rxjs";
import { ToolkitError } from "../../core/error.ts";
import { toJson } from "../../core/json.ts";
import { plainText } from "../../core/plainText.ts";
import { writeBytes, writeFolder } from "../../formats/file.ts";
import { DecodingCollector } from "../../study/decodingCollector.ts";
import type { FailureRow } from "../../study/results.ts";
import { readStudyFile } from "../../study/studyFile.ts";
import { version } from "../../study/version.ts";
import { writeDecoding } from "../../study/writeDecoding.ts";
import { decodingLines } from "../decodingLines.ts";
import { exitCodes } from "../exitCode.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";
import type { Joined } from "../joined.ts";
import { createProgress, type ProgressMode } from "../progress.ts";
import { untilAborted } from "../untilAborted.ts";

/** Options of `neurosteer decode`. */
export interface DecodeOptions {
  out?: string;
  seed?: number;
  overwrite?: boolean;
  progress?: ProgressMode;
  json?: boolean;
}

/** The file that marks a folder as one that `decode` wrote. */
const decodingFileName = "decoding.json";

/**
 * `neurosteer decode STUDY [--out DIR]`: decodes what listeners attended to, without separating anything.
 *
 * @returns 0, or 3 if some trials failed
 */
export async function decode(
  path: string,
  { out, seed, overwrite, progress: mode, json }: DecodeOptions,
  io: CommandIo,
  { attentionDecoding, studies }: Joined,
): Promise<number> {
  const definition = await readStudyFile(path, { seed });
  const study = await studies.open(definition);
  const { options } = definition;
  const collector = new DecodingCollector();
  const failures: FailureRow[] = [];
  const progress = createProgress(io, "decode", mode);
  const work = async () => {
    const events = attentionDecoding(study, options).pipe(
      untilAborted(io.signal),
      tap((event) => {
        if (event.kind === "progress") progress.update(event.done, event.total, event.label);
        else if (event.kind === "failure") failures.push(event.failure);
        else collector.take(event);
      }),
    );
    await lastValueFrom(events, { defaultValue: undefined });
    if (collector.decisions.length === 0) {
      const reason = failures[0] ? `; the first reason: ${failures[0].message}` : "";
      throw new ToolkitError("bad-value", `decode: no trial could be decoded${reason}`);
    }
    const results = {
      title: study.title,
      ...(study.synthetic !== undefined && { synthetic: study.synthetic }),
      decisions: collector.decisions,
      decoding: collector.summary(options),
      failures,
      options,
      provenance: { version, node: process.version, seed: options.seed },
    };
    return results;
  };
  const results = await finishing(progress, () =>
    out === undefined
      ? work()
      : writeFolder(
          out,
          async (aside) => {
            const done = await work();
            await writeDecoding(aside, done);
            await writeBytes(join(aside, decodingFileName), `${toJson(done)}\n`);
            return done;
          },
          overwrite ? { replaceMarkedBy: decodingFileName } : {},
        ),
  );
  if (json) outJson(io, { ...(out !== undefined && { out }), ...results });
  else {
    if (results.synthetic !== undefined) outLine(io, `synthetic: ${results.synthetic}`);
    for (const line of decodingLines(results.decoding)) outLine(io, line);
    if (out !== undefined) outLine(io, `tables and all numbers: ${out}`);
  }
  for (const { subject, trial, message } of failures) {
    io.error(`${plainText(`failed: subject ${subject}${trial === "" ? "" : `, trial ${trial}`}: ${message}`)}\n`);
  }
  return failures.length > 0 ? exitCodes.someFailed : exitCodes.done;
}

async function finishing<T>(progress: { stop(): void }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    progress.stop();
  }
}
