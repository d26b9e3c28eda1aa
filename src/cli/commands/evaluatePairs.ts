import { basename } from "node:path";
import { ToolkitError } from "../../core/error.ts";

/** A reference with the estimate that is compared with it. */
export interface PairedFile {
  /** Name of the source. */
  readonly source: string;
  readonly reference: string;
  /** Missing where nobody gave one: such a reference is not scored, but interferes. */
  readonly estimate?: string;
}

/** The files of one track. */
export interface TrackFiles {
  readonly name: string;
  /** In the order of the references. */
  readonly pairs: readonly PairedFile[];
  readonly mixture?: string;
}

/** The WAV files of a track's folder. */
export interface FolderTrack {
  readonly path: string;
  readonly paths: readonly string[];
}

/** One side of a track. */
export interface PairSide {
  /** What the side is called in messages. */
  readonly label: string;
  readonly paths: readonly string[];
  readonly isFolder: boolean;
}

/** Both sides of a track. */
export interface PairSides {
  readonly references: PairSide;
  readonly estimates: PairSide;
}

/** How to pair, and where remarks go. */
export interface PairOptions {
  /** Pairs are found by their scores, so names do not matter, but numbers must be the same. */
  readonly permute: boolean;
  readonly warnings: string[];
}

/** A file of this name in a folder of references is the mixture, as in MUSDB18. */
export const mixtureName = "mixture";

/**
 * Pairs estimate k with reference k.
 *
 * @throws ToolkitError `bad-shape` naming the superfluous estimates
 */
export function pairByOrder(
  name: string,
  { references: { paths: references }, estimates: { paths: estimates } }: PairSides,
  { permute, warnings }: PairOptions,
): TrackFiles {
  if (estimates.length > references.length) {
    const superfluous = estimates.slice(references.length);
    throw new ToolkitError(
      "bad-shape",
      `evaluate: ${references.length} references, ${estimates.length} estimates; ${superfluous.join(", ")} ${superfluous.length > 1 ? "are" : "is"} superfluous`,
    );
  }
  if (permute) checkSameNumber(references, estimates);
  const stems = references.map(stem);
  const isUnique = new Set(stems).size === stems.length;
  const pairs = references.map((reference, j): PairedFile => {
    const estimate = estimates[j];
    return { source: isUnique ? stems[j]! : reference, reference, ...(estimate !== undefined && { estimate }) };
  });
  warnUnpaired(name, pairs, warnings);
  return { name, pairs };
}

/**
 * Pairs files of the same name, whatever their folders; a `mixture.wav` in a folder of references is the mixture.
 *
 * @returns undefined without any pair
 * @throws ToolkitError `bad-shape` for two files of one name
 */
export function pairByName(name: string, sides: PairSides, { permute, warnings }: PairOptions): TrackFiles | undefined {
  const [references, estimates] = [sides.references, sides.estimates].map(byStem) as [
    Map<string, string>,
    Map<string, string>,
  ];
  const mixture = sides.references.isFolder && references.size > 1 ? references.get(mixtureName) : undefined;
  if (mixture !== undefined) {
    references.delete(mixtureName);
    estimates.delete(mixtureName);
    warnings.push(`${mixture}: is taken for the mixture, not for a reference`);
  }
  const found = { name, ...(mixture !== undefined && { mixture }) };
  if (permute) {
    const [all, others] = [[...references], [...estimates.values()]];
    checkSameNumber([...references.values()], others);
    return { ...found, pairs: all.map(([source, reference], j) => ({ source, reference, estimate: others[j]! })) };
  }
  const pairs = [...references].map(([source, reference]): PairedFile => {
    const estimate = estimates.get(source);
    return { source, reference, ...(estimate !== undefined && { estimate }) };
  });
  if (pairs.every(({ estimate }) => estimate === undefined)) return undefined;
  warnUnpaired(name, pairs, warnings);
  for (const [source, path] of estimates) {
    if (!references.has(source)) warnings.push(`${path}: no reference has its name; left out`);
  }
  return { ...found, pairs };
}

function warnUnpaired(track: string, pairs: readonly PairedFile[], warnings: string[]): void {
  for (const { estimate, reference } of pairs) {
    if (estimate !== undefined) continue;
    warnings.push(`${reference}: has no estimate (track ${track}); not scored, but among the references of the others`);
  }
}

function byStem({ paths }: PairSide): Map<string, string> {
  const files = new Map<string, string>();
  for (const path of paths) {
    const other = files.get(stem(path));
    if (other !== undefined) {
      throw new ToolkitError(
        "bad-shape",
        `evaluate: ${other} and ${path} have one name; pair lists of files by order, or rename one`,
      );
    }
    files.set(stem(path), path);
  }
  return files;
}

function checkSameNumber(references: readonly string[], estimates: readonly string[]): void {
  if (references.length === estimates.length) return;
  const superfluous = [...references.slice(estimates.length), ...estimates.slice(references.length)];
  throw new ToolkitError(
    "bad-shape",
    `evaluate: ${references.length} references, ${estimates.length} estimates; a permutation needs as many of both, ${superfluous.join(", ")} ${superfluous.length > 1 ? "are" : "is"} superfluous`,
  );
}

function stem(path: string): string {
  return basename(path).replace(/\.wav$/i, "");
}
