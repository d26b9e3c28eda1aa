import { ToolkitError } from "../../core/error.ts";
import { openFile } from "../../formats/file.ts";
import { openWav, type WavFile } from "../../formats/openWav.ts";
import type { TrackFiles } from "./evaluatePairs.ts";

/** What the files of a track have in common. */
export interface TrackFormat {
  readonly rateHz: number;
  /** Channels of each file. */
  readonly channels: number;
  /** Samples that are compared: those of the shortest file. */
  readonly samples: number;
  /** Files that are cut. */
  readonly trimmed: readonly { readonly file: string; readonly samples: number; readonly removed: number }[];
  /** What is odd about the files. */
  readonly warnings: readonly string[];
}

/** The samples of a track, [channels][samples] each. */
export interface TrackSignals {
  readonly references: readonly (readonly Float64Array[])[];
  /** As many as references, undefined where there is none. */
  readonly estimates: readonly (readonly Float64Array[] | undefined)[];
  readonly mixture?: readonly Float64Array[];
}

/**
 * Reads the headers of a track's files and refuses those that cannot be compared.
 *
 * @param files of one track
 * @param options `trim`: cut to the shortest
 * @throws ToolkitError `bad-shape` naming two files that differ, with both numbers; as `openWav`
 */
export async function checkTrack(files: TrackFiles, options: { readonly trim: boolean }): Promise<TrackFormat> {
  const headers: (WavFile & { readonly path: string })[] = [];
  for (const path of pathsOf(files)) headers.push(await withWav(path, async (wav) => ({ ...wav, path })));
  const first = headers[0]!;
  const differ = (what: string, of: (header: WavFile) => string, advice: string) => {
    const other = headers.find((header) => of(header) !== of(first));
    if (other === undefined) return;
    throw new ToolkitError(
      "bad-shape",
      `evaluate: ${first.path} ${what} ${of(first)}, ${other.path} ${of(other)}; ${advice}`,
    );
  };
  differ("is at", ({ rateHz }) => `${rateHz} Hz`, "all files of a track need one rate");
  differ("has", ({ channels }) => `${channels} channels`, "all files of a track need as many");
  if (!options.trim) {
    differ(
      "has",
      ({ samples }) => `${samples} samples`,
      "give files of one length, or --trim to cut all to the shortest",
    );
  }
  const samples = Math.min(...headers.map((header) => header.samples));
  const trimmed = headers
    .filter((header) => header.samples > samples)
    .map((header) => ({ file: header.path, samples: header.samples, removed: header.samples - samples }));
  return {
    rateHz: first.rateHz,
    channels: first.channels,
    samples,
    trimmed,
    warnings: [
      ...headers.flatMap(({ path, warnings }) =>
        warnings.map(({ message }) => (message.includes(path) ? message : `${path}: ${message}`)),
      ),
      ...trimmed.map(
        ({ file, samples: length, removed }) =>
          `${file}: cut from ${length} to ${samples} samples, ${Number((removed / first.rateHz).toPrecision(3))} s less`,
      ),
    ],
  };
}

/** Reads the first `samples` samples of every file of a track. */
export async function readTrack(files: TrackFiles, { samples }: TrackFormat): Promise<TrackSignals> {
  const read = (path: string) => withWav(path, async (wav) => (await wav.read(0, samples)).channels);
  const references = [];
  const estimates = [];
  for (const { reference } of files.pairs) references.push(await read(reference));
  for (const { estimate } of files.pairs) estimates.push(estimate === undefined ? undefined : await read(estimate));
  return { references, estimates, ...(files.mixture !== undefined && { mixture: await read(files.mixture) }) };
}

function pathsOf({ pairs, mixture }: TrackFiles): string[] {
  return [
    ...pairs.map(({ reference }) => reference),
    ...pairs.flatMap(({ estimate }) => (estimate === undefined ? [] : [estimate])),
    ...(mixture === undefined ? [] : [mixture]),
  ];
}

async function withWav<T>(path: string, use: (wav: WavFile) => Promise<T>): Promise<T> {
  const file = await openFile(path);
  try {
    return await use(await openWav(file));
  } finally {
    await file.close();
  }
}
