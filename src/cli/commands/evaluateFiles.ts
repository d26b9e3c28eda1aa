import { basename, join, resolve } from "node:path";
import { ToolkitError } from "../../core/error.ts";
import { listFolder, pathKind } from "../../formats/file.ts";
import { type FolderTrack, mixtureName, pairByName, pairByOrder, type TrackFiles } from "./evaluatePairs.ts";

/** What the command line names: tracks, and remarks on what was left out. */
export interface FoundTracks {
  readonly tracks: readonly TrackFiles[];
  readonly warnings: readonly string[];
}

/** One side, references or estimates. */
type Side =
  | { readonly kind: "list"; readonly paths: readonly string[] }
  | { readonly kind: "folder"; readonly path: string; readonly paths: readonly string[] }
  | { readonly kind: "tracks"; readonly path: string; readonly tracks: ReadonlyMap<string, FolderTrack> };

/**
 * Finds the files of each track: lists are paired by order, folders by the names of files. A folder without WAV files but with
 * folders of them holds tracks, `DIR/track/source.wav`, as museval's do. With `permute` names do not matter.
 *
 * @throws ToolkitError `not-found` for an empty folder or one without a match, `bad-shape` for more estimates than references,
 *   `usage` for a folder beside other paths, or a mixture for several tracks
 */
export async function findTracks(given: {
  readonly reference: readonly string[];
  readonly estimate: readonly string[];
  readonly mixture?: string | undefined;
  readonly permute: boolean;
}): Promise<FoundTracks> {
  const warnings: string[] = [];
  const references = await readSide("--reference", given.reference, warnings);
  const estimates = await readSide("--estimate", given.estimate, warnings);
  const { permute, mixture } = given;
  if (references.kind === "tracks" && estimates.kind === "tracks") {
    const tracks = pairTracks(references, estimates, { permute, warnings });
    if (mixture === undefined) return { tracks, warnings };
    if (tracks.length === 1) return { tracks: [{ ...tracks[0]!, mixture }], warnings };
    throw new ToolkitError(
      "usage",
      `evaluate: --mixture names one file for ${tracks.length} tracks; put a ${mixtureName}.wav into each track's folder of references`,
    );
  }
  if (references.kind === "tracks" || estimates.kind === "tracks") {
    const [tracks, other] = references.kind === "tracks" ? [references, estimates] : [estimates, references];
    throw new ToolkitError(
      "not-found",
      `evaluate: ${labelOf(tracks)} holds folders of tracks, ${labelOf(other)} does not; name folders of one kind`,
    );
  }
  const name = references.kind === "folder" ? basename(resolve(references.path)) : "track";
  const byOrder = references.kind === "list" && estimates.kind === "list";
  const pair = byOrder ? pairByOrder : pairByName;
  const sides = {
    references: { label: labelOf(references), paths: references.paths, isFolder: references.kind === "folder" },
    estimates: { label: labelOf(estimates), paths: estimates.paths, isFolder: estimates.kind === "folder" },
  };
  const track = pair(name, sides, { permute, warnings });
  if (track === undefined) throw noMatch(sides.references, sides.estimates);
  return { tracks: [mixture === undefined ? track : { ...track, mixture }], warnings };
}

async function readSide(option: string, paths: readonly string[], warnings: string[]): Promise<Side> {
  const kinds = await Promise.all(paths.map(pathKind));
  if (!kinds.includes("folder")) return { kind: "list", paths };
  const path = paths[kinds.indexOf("folder")]!;
  if (paths.length > 1) {
    throw new ToolkitError(
      "usage",
      `evaluate: ${option} names the folder ${path} beside other paths; name WAV files, or one folder`,
    );
  }
  const { files, folders } = await listed(path);
  if (files.length > 0) {
    if (folders.length > 0)
      warnings.push(`${path}: has WAV files, so folders in it are not looked at: ${folders.join(", ")}`);
    return { kind: "folder", path, paths: files };
  }
  const tracks = new Map<string, FolderTrack>();
  for (const name of folders) {
    const inside = await listed(join(path, name));
    if (inside.files.length > 0) tracks.set(name, { path: join(path, name), paths: inside.files });
    else warnings.push(`${join(path, name)}: has no WAV files; left out`);
  }
  if (tracks.size > 0) return { kind: "tracks", path, tracks };
  throw new ToolkitError(
    "not-found",
    `evaluate: ${path} has no WAV files and no folders of them; name a folder with some`,
  );
}

async function listed(path: string): Promise<{ files: string[]; folders: string[] }> {
  const files: string[] = [];
  const folders: string[] = [];
  for (const name of (await listFolder(path)).filter((each) => !each.startsWith("."))) {
    const kind = await pathKind(join(path, name));
    if (kind === "folder") folders.push(name);
    else if (kind === "file" && /\.wav$/i.test(name)) files.push(join(path, name));
  }
  return { files, folders };
}

function pairTracks(
  references: Extract<Side, { kind: "tracks" }>,
  estimates: Extract<Side, { kind: "tracks" }>,
  { permute, warnings }: { permute: boolean; warnings: string[] },
): TrackFiles[] {
  const tracks: TrackFiles[] = [];
  for (const [name, reference] of references.tracks) {
    const estimate = estimates.tracks.get(name);
    if (estimate === undefined) {
      warnings.push(`track ${name}: has references in ${reference.path} but no estimates; left out`);
      continue;
    }
    const sides = {
      references: { label: reference.path, paths: reference.paths, isFolder: true },
      estimates: { label: estimate.path, paths: estimate.paths, isFolder: true },
    };
    const track = pairByName(name, sides, { permute, warnings });
    if (track) tracks.push(track);
    else warnings.push(`track ${name}: no file of ${estimate.path} has the name of one in ${reference.path}; left out`);
  }
  for (const [name, { path }] of estimates.tracks) {
    if (!references.tracks.has(name))
      warnings.push(`track ${name}: has estimates in ${path} but no references; left out`);
  }
  if (tracks.length > 0) return tracks;
  const names = (side: typeof references) => [...side.tracks.keys()].join(", ");
  throw new ToolkitError(
    "not-found",
    `evaluate: no track of ${estimates.path} (${names(estimates)}) has a match in ${references.path} (${names(references)}); give tracks and their files the same names`,
  );
}

function labelOf(side: Side): string {
  return side.kind === "list" ? side.paths.join(", ") : side.path;
}

function noMatch(
  references: { label: string; paths: readonly string[] },
  estimates: { label: string; paths: readonly string[] },
): ToolkitError {
  const names = (paths: readonly string[]) => paths.map((path) => basename(path)).join(", ");
  return new ToolkitError(
    "not-found",
    `evaluate: no file of ${estimates.label} has the name of one in ${references.label}; there are ${names(estimates.paths)} and ${names(references.paths)}`,
  );
}
