import { ToolkitError } from "../core/error.ts";
import { type BrainVisionEntry, type BrainVisionText, splitFields } from "./brainVisionText.ts";
import { channelType } from "./channelType.ts";
import type { FormatWarning, RecordingSignal } from "./recording.ts";
import { parseUnit, unitWarnings } from "./units.ts";

/** One channel of a BrainVision file. A physical value is the stored number times `resolution`. */
export interface BrainVisionSignal extends RecordingSignal {
  readonly resolution: number;
  /** Name of the channel it is measured against; missing where the header leaves it open. */
  readonly reference?: string;
}

/** How the numbers are stored. */
export type BrainVisionSampleFormat = "INT_16" | "UINT_16" | "INT_32" | "IEEE_FLOAT_32" | "IEEE_FLOAT_64";

/** Everything the header file says. */
export interface BrainVisionHeader {
  readonly version: string;
  readonly dataFile: string;
  readonly markerFile?: string;
  readonly sampleFormat: BrainVisionSampleFormat;
  readonly bigEndian: boolean;
  /** `MULTIPLEXED`: sample after sample, all channels of each; `VECTORIZED`: channel after channel. */
  readonly orientation: "MULTIPLEXED" | "VECTORIZED";
  readonly rateHz: number;
  /** Samples of each channel, where the header says. */
  readonly dataPoints?: number;
  /** Length of the segments of a segmented file, where the header says. */
  readonly segmentDataPoints?: number;
  readonly signals: readonly Omit<BrainVisionSignal, "samples">[];
  readonly warnings: readonly FormatWarning[];
}

/** Names of sample formats in files, older ones too. */
const sampleFormats: Readonly<Record<string, BrainVisionSampleFormat>> = {
  INT_16: "INT_16",
  UINT_16: "UINT_16",
  INT_32: "INT_32",
  FLOAT_32: "IEEE_FLOAT_32",
  IEEE_FLOAT_32: "IEEE_FLOAT_32",
  FLOAT_64: "IEEE_FLOAT_64",
  IEEE_FLOAT_64: "IEEE_FLOAT_64",
};

/**
 * Understands a BrainVision header, versions 1 and 2 (Brain Products, "BrainVision Core Data Format").
 *
 * @param name the file
 * @throws ToolkitError `bad-format` for what is missing or no number, `unsupported` for text data and other domains
 */
export function parseBrainVisionHeader(name: string, { version, sections }: BrainVisionText): BrainVisionHeader {
  const common = new Section(name, "Common Infos", sections);
  const binary = new Section(name, "Binary Infos", sections);
  common.oneOf("DataFormat", { BINARY: true }, "BINARY");
  common.oneOf("DataType", { TIMEDOMAIN: true }, "TIMEDOMAIN");
  const orientation = common.oneOf(
    "DataOrientation",
    { MULTIPLEXED: "MULTIPLEXED", VECTORIZED: "VECTORIZED" } as const,
    "MULTIPLEXED",
  );
  const dataFile = common.text("DataFile");
  if (!dataFile) throw common.bad("has no DataFile", "the name of the file with the samples");
  const markerFile = common.text("MarkerFile");
  const count = common.whole("NumberOfChannels", 1);
  if (count === undefined) throw common.bad("has no NumberOfChannels", "the number of channels");
  const interval = common.decimal("SamplingInterval");
  if (interval === undefined || !(interval > 0)) {
    throw common.bad(`SamplingInterval is ${interval ?? "missing"}`, "microseconds above 0");
  }
  const rateHz = 1e6 / interval;
  if (!Number.isFinite(rateHz)) throw common.bad(`SamplingInterval is ${interval}`, "a rate that is finite");
  const sampleFormat = binary.oneOf("BinaryFormat", sampleFormats);
  const dataPoints = common.whole("DataPoints", 0);
  const segmentDataPoints = common.whole("SegmentDataPoints", 1);
  const entries = sections.get("channel infos") ?? [];
  const signals = parseChannels(name, count, rateHz, entries);
  const warnings = unitWarnings(name, signals);
  const extra = entries.filter(({ key }) => channelNumber(key) > count).length;
  if (extra > 0) {
    warnings.push({
      code: "extra-channels",
      message: `${name}: NumberOfChannels is ${count}, [Channel Infos] has ${extra} entries more; they are left out`,
    });
  }
  return {
    version,
    dataFile,
    ...(markerFile ? { markerFile } : {}),
    sampleFormat,
    bigEndian: binary.oneOf("UseBigEndianOrder", { YES: true, NO: false }, "NO"),
    orientation,
    rateHz,
    ...(dataPoints ? { dataPoints } : {}),
    ...(segmentDataPoints ? { segmentDataPoints } : {}),
    signals,
    warnings,
  };
}

function parseChannels(name: string, count: number, rateHz: number, entries: readonly BrainVisionEntry[]) {
  const values = new Map<number, BrainVisionEntry>();
  for (const entry of entries) {
    const number = channelNumber(entry.key);
    if (number >= 1 && number <= count) values.set(number, entry);
  }
  if (values.size < count) {
    const missing = [...Array(values.size + 1).keys()].find((index) => !values.has(index + 1))!;
    throw new ToolkitError(
      "bad-format",
      `${name}: NumberOfChannels is ${count}, Ch${missing + 1} is not in [Channel Infos]; every channel needs an entry`,
    );
  }
  const channels = Array.from({ length: count }, (_, index) => parseChannel(name, index, values.get(index + 1)!));
  const references = new Set(channels.map(({ reference }) => reference));
  return channels.map((channel) => ({
    ...channel,
    ...channelType(channel.label, channel.unit, references.has(channel.label) ? "reference" : undefined),
    rateHz,
    isAnnotations: false,
  }));
}

/** From 1; NaN for other keys. */
function channelNumber(key: string): number {
  return Number(/^ch(\d+)$/i.exec(key)?.[1] ?? Number.NaN);
}

/** `Ch1=name,reference,resolution,unit`; the last three may be empty or missing. */
function parseChannel(name: string, index: number, { value, line }: BrainVisionEntry) {
  const [label = "", reference = "", resolutionText = "", unitText = ""] = splitFields(value).map((field) =>
    field.trim(),
  );
  const resolution = resolutionText === "" ? 1 : decimal(resolutionText);
  // the largest integer times the resolution must be a number still
  if (resolution === undefined || resolution === 0 || !Number.isFinite(resolution * 2 ** 31)) {
    throw new ToolkitError(
      "bad-format",
      `${name}: line ${line}: channel "${label}" (number ${index}) has the resolution ${JSON.stringify(resolutionText)}; it must be a number other than 0 with a point for decimals`,
    );
  }
  // the format's own default
  const unit = unitText === "" ? "\u00b5V" : unitText;
  const { voltsPerUnit } = parseUnit(unit);
  return {
    index,
    label,
    ...(reference === "" ? {} : { reference }),
    resolution,
    unit,
    ...(voltsPerUnit === undefined ? {} : { voltsPerUnit }),
  };
}

function decimal(text: string): number | undefined {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** The entries of one section, by key in any case; of a key that is there twice the last counts. */
class Section {
  readonly #entries: Map<string, BrainVisionEntry>;
  readonly #who: string;

  constructor(name: string, title: string, sections: BrainVisionText["sections"]) {
    this.#who = `${name}: [${title}]`;
    this.#entries = new Map((sections.get(title.toLowerCase()) ?? []).map((entry) => [entry.key.toLowerCase(), entry]));
  }

  bad(found: string, needed: string): ToolkitError {
    return new ToolkitError("bad-format", `${this.#who} ${found}; it needs ${needed}`);
  }

  text(key: string): string | undefined {
    return this.#entries.get(key.toLowerCase())?.value || undefined;
  }

  decimal(key: string): number | undefined {
    const entry = this.#entries.get(key.toLowerCase());
    if (!entry || entry.value === "") return undefined;
    const value = decimal(entry.value);
    if (value !== undefined) return value;
    throw this.bad(
      `line ${entry.line}: ${entry.key} is ${JSON.stringify(entry.value)}`,
      "a number with a point for decimals",
    );
  }

  whole(key: string, minimum: number): number | undefined {
    const value = this.decimal(key);
    if (value === undefined || (Number.isSafeInteger(value) && value >= minimum)) return value;
    throw this.bad(`${key} is ${value}`, `a whole number of at least ${minimum}`);
  }

  oneOf<T>(key: string, known: Readonly<Record<string, T>>, otherwise?: string): T {
    const text = this.text(key)?.toUpperCase() ?? otherwise;
    if (text === undefined) throw this.bad(`has no ${key}`, `one of ${Object.keys(known).join(", ")}`);
    if (Object.hasOwn(known, text)) return known[text]!;
    throw new ToolkitError(
      "unsupported",
      `${this.#who} ${key} is ${JSON.stringify(text)}; ${Object.keys(known).join(", ")} can be read`,
    );
  }
}
