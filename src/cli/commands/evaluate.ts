import { ToolkitError } from "../../core/error.ts";
import { plainText } from "../../core/plainText.ts";
import { exitCodes } from "../exitCode.ts";
import { type CommandIo, outJson, outLine } from "../io.ts";
import { createProgress } from "../progress.ts";
import { checkNotAborted } from "../untilAborted.ts";
import { type EvaluateArguments, type EvaluateOptions, evaluateOptionsOf } from "./evaluateArguments.ts";
import { findTracks } from "./evaluateFiles.ts";
import { musevalPaths, writeMusevalTrack } from "./evaluateMuseval.ts";
import { checkTrack, readTrack, type TrackFormat } from "./evaluateSignals.ts";
import { evaluateLines, summarizeSources } from "./evaluateTable.ts";
import { type ScoredEstimate, type ScoredTrack, scoreTrack } from "./evaluateTrack.ts";

/** Number of the layout of `--json`; it changes when a field changes its meaning or goes. */
export const evaluateSchemaVersion = 1;

/**
 * `neurosteer evaluate --reference ... --estimate ...`: BSS Eval, scale-invariant scores and SNR of WAV files. Scores that cannot be
 * are NaN with a reason, and no error.
 *
 * @throws ToolkitError for files that cannot be compared
 */
export async function evaluate(given: EvaluateArguments, io: CommandIo): Promise<number> {
  const wanted = evaluateOptionsOf(given);
  const permute = wanted.permutation !== "none";
  const { tracks: found, warnings } = await findTracks({ ...given, permute });
  const formats: TrackFormat[] = [];
  for (const files of found) formats.push(await checkTrack(files, wanted));
  const options = { ...wanted, mode: modeOf(formats, wanted) };
  const targets = given.museval === undefined ? [] : await musevalPaths(given.museval, found);
  const progress = createProgress(io, "evaluate");
  const tracks: ScoredTrack[] = [];
  try {
    for (const [i, files] of found.entries()) {
      checkNotAborted(io.signal);
      if (found.length > 1) progress.update(i, found.length, plainText(files.name));
      const format = formats[i]!;
      tracks.push(scoreTrack(files, await readTrack(files, format), { format, options }));
    }
  } finally {
    progress.stop();
  }
  // when all is scored, so that nothing is left where a track cannot be
  for (const [i, target] of targets.entries()) await writeMusevalTrack(target, tracks[i]!);
  if (given.json) outJson(io, jsonOf(tracks, { options, warnings, museval: targets }));
  else {
    for (const line of evaluateLines(tracks, options)) outLine(io, line);
    for (const target of targets) outLine(io, plainText(`museval's file: ${target}`));
  }
  for (const list of [warnings, ...tracks.map((track) => track.warnings)]) warn(list, io);
  return exitCodes.done;
}

/** Most warnings of a track on a terminal: windows may have one each. */
const shownWarnings = 10;

function warn(warnings: readonly string[], io: CommandIo): void {
  for (const warning of warnings.slice(0, shownWarnings)) io.error(`${plainText(`warning: ${warning}`)}\n`);
  const rest = warnings.length - shownWarnings;
  if (rest > 0) io.error(`warning: and ${rest} more of this track; --json lists all\n`);
}

/** Sources for single channels, images otherwise. */
function modeOf(formats: readonly TrackFormat[], { mode }: EvaluateOptions): "sources" | "images" {
  const several = formats.find(({ channels }) => channels > 1);
  if (mode === "sources" && several) {
    throw new ToolkitError(
      "unsupported",
      `evaluate: the files have ${several.channels} channels, scores of sources need one; leave out --mode sources to score images`,
    );
  }
  return mode ?? (several ? "images" : "sources");
}

function jsonOf(
  tracks: readonly ScoredTrack[],
  { options, warnings, museval }: { options: EvaluateOptions; warnings: readonly string[]; museval: readonly string[] },
) {
  return {
    schemaVersion: evaluateSchemaVersion,
    command: "evaluate",
    options,
    scores: tracks.flatMap(({ scores }) => scores.map(scoreJson)),
    ...(tracks.length > 1 && {
      summary: summarizeSources(tracks.flatMap(({ scores }) => scores)).map(({ ratios, ...row }) => ({
        ...row,
        ...ratios,
      })),
    }),
    tracks: tracks.map(({ scores: _, bss: __, format, ...track }) => ({ ...track, ...format })),
    warnings,
    ...(museval.length > 0 && { museval }),
  };
}

function scoreJson({ ratios, frames, reason, ...row }: ScoredEstimate) {
  return {
    ...row,
    ...ratios,
    reason: reason ?? null,
    ...(frames && { frames: { ...frames.ratios, reasons: frames.reasons } }),
  };
}
