import { checkNumber } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import type { BssEvalV4Result } from "./bssEvalV4.ts";

/** The scores of one window in museval's words, in dB. */
export interface MusevalFrame {
  /** Start of the window in seconds. */
  readonly time: number;
  /** Length of the window in seconds. */
  readonly duration: number;
  readonly metrics: { readonly SDR: number; readonly SIR: number; readonly SAR: number; readonly ISR: number };
}

/** The scores of a track in the layout of museval's files. */
export interface MusevalTrack {
  readonly targets: readonly { readonly name: string; readonly frames: readonly MusevalFrame[] }[];
}

const ratioNames = ["SDR", "SIR", "SAR", "ISR"] as const;

/**
 * Lays scores out as museval does, so that its tools can read them.
 *
 * @param result from `bssEvalV4` or `bssEvalImagesFramewise`
 * @param options `names` of the sources, in the order of the references; `rateHz` of the signals
 * @throws ToolkitError `bad-shape` for another number of names, `bad-option` for a rate that is not above 0
 */
export function toMuseval(
  result: Pick<BssEvalV4Result, "sdr" | "isr" | "sir" | "sar" | "starts"> & { readonly options: { window: number } },
  options: { readonly names: readonly string[]; readonly rateHz: number },
): MusevalTrack {
  const { names, rateHz } = options;
  checkNumber("toMuseval", "rateHz", rateHz, { above: 0 });
  if (names.length !== result.sdr.length) {
    throw new ToolkitError(
      "bad-shape",
      `toMuseval: ${names.length} names for ${result.sdr.length} sources; give one name for each`,
    );
  }
  const duration = result.options.window / rateHz;
  return {
    targets: names.map((name, j) => ({
      name,
      frames: result.starts.map((start, n) => ({
        time: start / rateHz,
        duration,
        metrics: {
          SDR: result.sdr[j]![n]!,
          SIR: result.sir[j]![n]!,
          SAR: result.sar[j]![n]!,
          ISR: result.isr[j]![n]!,
        },
      })),
    })),
  };
}

/**
 * The text of a museval file. NaN and infinities are bare words, which Python's JSON reads and strict JSON does not; museval
 * itself writes NaN for an infinite score, here it is kept.
 *
 * @param track scores
 */
export function writeMuseval(track: MusevalTrack): string {
  const marked = JSON.stringify(
    track,
    (_, value: unknown) => (typeof value === "number" && !Number.isFinite(value) ? `\u0000${value}` : value),
    2,
  );
  return `${marked.replace(/"\\u0000(NaN|-?Infinity)"/g, "$1")}\n`;
}

/**
 * Reads the text of a museval file, with or without bare NaN and infinities.
 *
 * @param text content of the file
 * @throws ToolkitError `bad-format` naming the target and frame that is not as it should be
 */
export function readMuseval(text: string): MusevalTrack {
  const targets = listOf(parse(text), "targets", "the file");
  return {
    targets: targets.map((target, j) => {
      const name = property(target, "name");
      if (typeof name !== "string") throw malformed(`target ${j} has no name`);
      const frames = listOf(target, "frames", `target ${j} (${name})`);
      return { name, frames: frames.map((frame, n) => readFrame(frame, `target ${j} (${name}), frame ${n}`)) };
    }),
  };
}

function readFrame(frame: unknown, where: string): MusevalFrame {
  const metrics = property(frame, "metrics");
  const numberOf = (holder: unknown, name: string): number => {
    const value = property(holder, name);
    if (value === "NaN" || value === "Infinity" || value === "-Infinity" || typeof value === "number") {
      return Number(value);
    }
    throw malformed(`${where}: ${name} is ${JSON.stringify(value) ?? "missing"}, not a number`);
  };
  const [SDR, SIR, SAR, ISR] = ratioNames.map((name) => numberOf(metrics, name));
  return {
    time: numberOf(frame, "time"),
    duration: numberOf(frame, "duration"),
    metrics: { SDR: SDR!, SIR: SIR!, SAR: SAR!, ISR: ISR! },
  };
}

function parse(text: string): unknown {
  // Strings are matched first, so that words within them stay as they are.
  const strict = text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (word) => (word[0] === '"' ? word : `"${word}"`));
  try {
    return JSON.parse(strict);
  } catch (cause) {
    throw new ToolkitError("bad-format", "readMuseval: the text is not JSON; pass the content of a museval file", {
      cause,
    });
  }
}

function property(holder: unknown, name: string): unknown {
  return typeof holder === "object" && holder !== null ? Reflect.get(holder, name) : undefined;
}

function listOf(holder: unknown, name: string, where: string): unknown[] {
  const list = property(holder, name);
  if (!Array.isArray(list)) throw malformed(`${where} has no list of ${name}`);
  return list;
}

function malformed(what: string): ToolkitError {
  return new ToolkitError("bad-format", `readMuseval: ${what}; pass the content of a museval file`);
}
