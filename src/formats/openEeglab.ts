import { ToolkitError } from "../core/error.ts";
import type { ByteSource } from "./byteSource.ts";
import { eeglabDataset } from "./eeglabDataset.ts";
import { eeglabAnnotations, eeglabSegments, readEeglabEvents } from "./eeglabEvents.ts";
import { describe, type EeglabFields, textOf } from "./eeglabFields.ts";
import { type EeglabHeader, type EeglabSignal, parseEeglabHeader } from "./eeglabHeader.ts";
import { eeglabReader } from "./eeglabSamples.ts";
import { type MatNumbers, matNumbers } from "./matElements.ts";
import type { SiblingOpener } from "./openBrainVision.ts";
import type { FormatWarning, Recording } from "./recording.ts";
import { durations } from "./segments.ts";
import { windowReaders } from "./windowReaders.ts";

/** Options of `openEeglab`. */
export interface OpenEeglabOptions {
  /** Read the whole samples that are there of a data file (.fdt) that ends early, with a warning. Default false. */
  readonly allowTruncated?: boolean;
}

/** Defaults of `openEeglab`. */
export const openEeglabDefaults = { allowTruncated: false } as const satisfies OpenEeglabOptions;

/** An opened EEGLAB dataset. */
export interface EeglabRecording extends Recording {
  readonly format: "EEGLAB";
  /** Version of the MAT file: `5` (up to MATLAB 7) or `7.3` (HDF5). */
  readonly matVersion: "5" | "7.3";
  readonly setName?: string;
  /** Name of the file with the samples; missing if they are in the dataset's own. */
  readonly dataFile?: string;
  /** Reference as the dataset writes it, such as `common` or `averef`. */
  readonly reference?: string;
  /** Set if the data were cut into epochs; each is a segment. */
  readonly epochs?: {
    readonly count: number;
    readonly samples: number;
    /** Time of an epoch's first sample from the event it is cut around. */
    readonly startSeconds: number;
  };
  readonly signals: readonly EeglabSignal[];
}

/**
 * Opens an EEGLAB dataset (.set), a MATLAB file of version 5 to 7.3, with the samples inside or beside it (.fdt, .dat).
 * Values are microvolts, by EEGLAB's convention. Uncompressed samples are read by byte range when asked for; compressed
 * ones and files of version 7.3 are held in memory. Format: the structure `EEG` as `pop_saveset` writes it.
 *
 * A data file that the dataset names but that is not there is looked for under the dataset's own name (both renamed).
 *
 * @param source the dataset; the recording closes it, as well as what it opens
 * @param siblings opens the file beside it
 * @throws ToolkitError `bad-format` for a file that is no dataset or contradicts itself, `not-found` without the data,
 * `truncated` if they end early, `unsupported` for several datasets in one file
 */
export async function openEeglab(
  source: ByteSource,
  siblings: SiblingOpener = async () => undefined,
  options: OpenEeglabOptions = {},
): Promise<EeglabRecording> {
  const { allowTruncated } = { ...openEeglabDefaults, ...options };
  const { name } = source;
  const eeg = await eeglabDataset(source);
  let data: Data | undefined;
  const close = async () => {
    eeg.close();
    await data?.source?.close();
  };
  try {
    const header = await parseEeglabHeader(name, eeg.fields);
    const warnings = [...header.warnings];
    data = await openData(name, eeg, { header, siblings, allowTruncated, warnings });
    const { samples } = data;
    if (samples === 0) warnings.push({ code: "no-records", message: `${name}: the dataset has no samples` });
    const signals = header.signals.map((signal) => ({ ...signal, samples }));
    const { rateHz } = header;
    const events = await readEeglabEvents(name, eeg.fields.get("event"), warnings);
    const segments = eeglabSegments(header, samples, events);
    const annotations = eeglabAnnotations(events, segments, rateHz);
    const outside = annotations.filter(({ outOfRange }) => outOfRange).length;
    if (outside > 0) {
      warnings.push({
        code: "markers-outside",
        message: `${name}: ${outside} of ${annotations.length} events are outside the ${samples} samples; they are kept and flagged`,
      });
    }
    return {
      name,
      format: "EEGLAB",
      matVersion: eeg.matVersion,
      ...(header.setName === undefined ? {} : { setName: header.setName }),
      ...(data.file === undefined ? {} : { dataFile: data.file }),
      ...(header.reference === undefined ? {} : { reference: header.reference }),
      ...(header.epochs > 1 ? { epochs: epochsOf(header) } : {}),
      startOffsetSeconds: 0,
      ...durations(segments),
      signals,
      segments,
      warnings,
      ...windowReaders({ name, signals, segments, physical: eeglabReader({ ...data, signals }) }),
      annotations: async () => annotations.map((annotation) => ({ ...annotation })),
      close: async () => {
        await close();
        await source.close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function epochsOf({ epochs, epochSamples, epochStartSeconds }: EeglabHeader) {
  return { count: epochs, samples: epochSamples, startSeconds: epochStartSeconds };
}

/** Where the samples are. */
interface Data {
  readonly name: string;
  readonly numbers: MatNumbers;
  readonly vectorized: boolean;
  readonly samples: number;
  /** Name and source of the data file; missing where the samples are in the dataset's own. */
  readonly file?: string;
  readonly source?: ByteSource;
}

interface Surroundings {
  readonly header: EeglabHeader;
  readonly siblings: SiblingOpener;
  readonly allowTruncated: boolean;
  readonly warnings: FormatWarning[];
}

async function openData(name: string, { fields }: EeglabFields, surroundings: Surroundings): Promise<Data> {
  const { channels, epochSamples, epochs } = surroundings.header;
  const samples = epochSamples * epochs;
  const data = fields.get("data");
  if (data?.kind === "char") return openDataFile(name, [data.rows[0], textOf(fields.get("datfile"))], surroundings);
  if (data?.kind !== "numeric" || data.imaginary) {
    const what = data === undefined ? "missing" : data.kind === "numeric" ? "complex" : describe(data);
    throw new ToolkitError(
      "bad-format",
      `${name}: the field data is ${what}; it must be real numbers or the name of a file`,
    );
  }
  const [rows] = data.shape;
  if (data.real.count !== channels * samples || (samples > 0 && rows !== channels)) {
    throw new ToolkitError(
      "bad-format",
      `${name}: data is ${data.shape.join(" x ")}; nbchan, pnts and trials say ${channels} x ${epochSamples} x ${epochs}`,
    );
  }
  return { name, numbers: data.real, vectorized: false, samples };
}

async function openDataFile(
  name: string,
  stated: readonly (string | undefined)[],
  { header, siblings, allowTruncated, warnings }: Surroundings,
): Promise<Data> {
  const own = lastPart(name).replace(/\.[^.]*$/, "");
  const named = stated.map((file) => lastPart((file ?? "").trim()));
  const names = [...new Set([...named, `${own}.fdt`, `${own}.dat`])].filter((file) => !/^\.*$/.test(file));
  for (const file of names) {
    const source = await siblings(file);
    if (!source) continue;
    try {
      if (file !== named[0]) {
        warnings.push({
          code: "data-file-renamed",
          message: `${name}: names the data file ${JSON.stringify(stated[0])}, which is not there; ${file} is read`,
        });
      }
      // before .fdt EEGLAB wrote one channel after another
      const vectorized = /\.dat$/i.test(file);
      const samples = countSamples(source, header, { vectorized, allowTruncated, warnings });
      const end = 4 * samples * header.channels;
      const numbers = matNumbers(
        { name: source.name, source, bigEndian: false },
        { type: 7, start: 0, end, next: end },
      );
      return { name: source.name, numbers, vectorized, samples, file, source };
    } catch (error) {
      await source.close();
      throw error;
    }
  }
  throw new ToolkitError(
    "not-found",
    `${name}: names the data file ${JSON.stringify(stated[0])}; beside it there is neither ${names.join(" nor ")}`,
  );
}

function lastPart(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

function countSamples(
  { name, byteLength }: ByteSource,
  { channels, epochSamples, epochs }: EeglabHeader,
  { vectorized, allowTruncated, warnings }: Omit<Surroundings, "header" | "siblings"> & { vectorized: boolean },
): number {
  const samples = epochSamples * epochs;
  const needed = 4 * channels * samples;
  if (byteLength > needed) {
    const message = `${name}: ${byteLength - needed} bytes follow the last sample; they are ignored`;
    warnings.push({ code: "trailing-bytes", message });
  }
  if (byteLength >= needed) return samples;
  const held = Math.floor(byteLength / 4 / channels);
  const message = `${name}: the dataset says ${samples} samples of ${channels} channels, ${needed} bytes; the file has ${byteLength}, ${held} whole samples`;
  if (!allowTruncated || vectorized) {
    const remedy = vectorized ? "the last channels are missing" : "or allow truncated files";
    throw new ToolkitError("truncated", `${message}; get the whole file, ${remedy}`);
  }
  warnings.push({ code: "truncated", message });
  return held;
}
