import { checkFinite, openHdf5File, ToolkitError, type TrialSound } from "../../src/index.ts";
import { checkRemix, type MixtureCheck, stereoWeights } from "./remix.ts";

/** The isolated sources of a preprocessed trial and how they were mixed. */
export interface StoredSources {
  /** Path of the HDF5 file. */
  readonly file: string;
  /** The group in it, `subject/stimulus`. */
  readonly group: string;
  readonly rateHz: number;
  /** Samples of the audio. */
  readonly samples: number;
  /** Rows of `soli`; those behind the instruments are empty. */
  readonly rows: number;
  /** In the order of the rows of `soli`. */
  readonly instruments: readonly string[];
  readonly gains: readonly number[];
  readonly panning: readonly number[];
  /** Paths of the files that this was read from. */
  readonly inputs: readonly string[];
}

/**
 * Reads a stretch of isolated sources.
 *
 * @returns [instruments][samples], as stored: without gain
 * @throws ToolkitError as `openHdf5File`; `bad-value` if one is silent or not finite, or a row without instrument is not empty
 */
export async function readSources(stored: StoredSources, start: number, end: number): Promise<Float64Array[]> {
  const { file, group, rows, instruments } = stored;
  const read = await readRows(file, `${group}/soli`, rows, start, end);
  read.forEach((row, r) => {
    const where = `${file}: /${group}/soli`;
    const instrument = instruments[r];
    if (instrument === undefined) {
      if (row.every((value) => value === 0 || Number.isNaN(value))) return;
      throw new ToolkitError(
        "bad-value",
        `${where}: row ${r} is not empty; there are ${instruments.length} instruments (${instruments.join(", ")})`,
      );
    }
    checkFinite(where, instrument, row);
    if (row.some((value) => value !== 0)) return;
    throw new ToolkitError("bad-value", `${where}: ${instrument} (row ${r}) is silent; a source that sounds is needed`);
  });
  return read.slice(0, instruments.length);
}

/**
 * Reads a stretch of the stereo mixture.
 *
 * @returns [2][samples]
 * @throws ToolkitError as `openHdf5File`; `bad-value` if it is silent or not finite
 */
export async function readStoredMixture(stored: StoredSources, start: number, end: number): Promise<Float64Array[]> {
  const { file, group } = stored;
  const channels = await readRows(file, `${group}/stimulus`, 2, start, end);
  const where = `${file}: /${group}/stimulus`;
  channels.forEach((channel, c) => {
    checkFinite(where, `channel ${c}`, channel);
  });
  if (channels.some((channel) => channel.some((value) => value !== 0))) return channels;
  throw new ToolkitError("bad-value", `${where}: is silent; a mixture that sounds is needed`);
}

/** Compares a stereo mixture with what gains and panning make of the sources. */
export function checkStereo(
  channels: readonly Float64Array[],
  sources: readonly Float64Array[],
  { gains, panning }: StoredSources,
): MixtureCheck {
  return checkRemix(channels, sources, stereoWeights(gains, panning));
}

/**
 * Sources as they are in the mean of the mixture's channels: the panning cancels, gain / 2 is left.
 *
 * @param scale from the check of the mixture
 */
export function scaledStems(
  sources: readonly Float64Array[],
  stored: StoredSources,
  scale: number,
): TrialSound["stems"] {
  return sources.map((samples, s) => ({
    name: stored.instruments[s]!,
    samples: samples.map((value) => (value * stored.gains[s]! * scale) / 2),
  }));
}

async function readRows(path: string, array: string, rows: number, start: number, end: number) {
  const file = await openHdf5File(path);
  try {
    const block = await file.dataset(array).read([
      [0, rows],
      [start, end],
    ]);
    const length = end - start;
    return Array.from({ length: rows }, (_, r) => block.subarray(r * length, (r + 1) * length));
  } finally {
    await file.close();
  }
}
