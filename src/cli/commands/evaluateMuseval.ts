import { join } from "node:path";
import { ToolkitError } from "../../core/error.ts";
import { pathKind, writeBytes } from "../../formats/file.ts";
import { toMuseval, writeMuseval } from "../../metrics/museval.ts";
import type { RatioName } from "./evaluateBss.ts";
import type { TrackFiles } from "./evaluatePairs.ts";
import type { ScoredTrack } from "./evaluateTrack.ts";

/**
 * Where each track's museval file goes: the path itself if it ends in `.json`, otherwise `PATH/track.json`.
 *
 * @throws ToolkitError `usage` for one file and several tracks, `exists` for a file that is there
 */
export async function musevalPaths(path: string, tracks: readonly TrackFiles[]): Promise<string[]> {
  const isFile = /\.json$/i.test(path) && (await pathKind(path)) !== "folder";
  if (isFile && tracks.length > 1) {
    throw new ToolkitError(
      "usage",
      `evaluate: --museval ${path} is one file for ${tracks.length} tracks; name a folder`,
    );
  }
  const paths = isFile ? [path] : tracks.map(({ name }) => join(path, `${name}.json`));
  for (const each of paths) {
    if ((await pathKind(each)) === undefined) continue;
    throw new ToolkitError("exists", `${each}: is there already; name another file or remove it first`);
  }
  return paths;
}

/** Writes a track's scores of images by windows in museval's layout. */
export async function writeMusevalTrack(path: string, { bss, scores, references, format }: ScoredTrack): Promise<void> {
  const rows = scores.map(({ reference }) => references.indexOf(reference));
  const pick = (name: RatioName) => rows.map((j) => Float64Array.from(bss.ratios.get(name)![j]!));
  const result = {
    sdr: pick("sdr"),
    isr: pick("isr"),
    sir: pick("sir"),
    sar: pick("sar"),
    starts: bss.starts,
    options: { window: bss.window },
  };
  const names = scores.map(({ source }) => source);
  await writeBytes(path, writeMuseval(toMuseval(result, { names, rateHz: format.rateHz })));
}
