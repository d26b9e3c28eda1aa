import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import type { ReadOptions, RecordingSignal } from "./recording.ts";

/**
 * Finds the signals asked for and checks that they can be read together.
 *
 * @param wanted labels or numbers; `undefined` for all that are not annotations
 * @throws ToolkitError `not-found` for an unknown signal, `bad-option` if a label is not unique or the rates differ
 */
export function selectSignals(
  name: string,
  who: string,
  signals: readonly RecordingSignal[],
  wanted: readonly (number | string)[] | undefined,
): RecordingSignal[] {
  const chosen = wanted
    ? wanted.map((key) => findSignal(name, who, signals, key))
    : signals.filter(({ isAnnotations }) => !isAnnotations);
  const first = chosen[0];
  if (!first) throw new ToolkitError("not-found", `${name}: ${who}: there is no signal to read; name at least one`);
  for (const signal of chosen) {
    if (signal.isAnnotations) {
      throw new ToolkitError(
        "bad-option",
        `${name}: ${who}: signal "${signal.label}" (number ${signal.index}) holds annotations, no samples; read them with annotations()`,
      );
    }
    if (signal.samplesPerRecord !== first.samplesPerRecord) {
      throw new ToolkitError(
        "bad-option",
        `${name}: ${who}: signal "${signal.label}" has ${signal.rateHz} Hz, "${first.label}" ${first.rateHz} Hz; name signals that share a rate`,
      );
    }
  }
  return chosen;
}

function findSignal(
  name: string,
  who: string,
  signals: readonly RecordingSignal[],
  key: number | string,
): RecordingSignal {
  const found = signals.filter(({ index, label }) => (typeof key === "number" ? index === key : label === key.trim()));
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    throw new ToolkitError(
      "bad-option",
      `${name}: ${who}: ${found.length} signals are labelled "${key}", numbers ${found.map(({ index }) => index).join(", ")}; give the number`,
    );
  }
  const labels = signals.map(({ label }) => label);
  const shown = labels.length > 12 ? `${labels.slice(0, 12).join(", ")}, ...` : labels.join(", ");
  throw new ToolkitError(
    "not-found",
    `${name}: ${who}: there is no signal ${typeof key === "number" ? key : `"${key}"`} among ${labels.length}: ${shown}`,
  );
}

/**
 * The samples a window covers.
 *
 * @throws ToolkitError `bad-option` if the window is not inside the recording or is given twice
 */
export function selectWindow(
  name: string,
  who: string,
  { startSample, endSample, startSeconds, endSeconds }: ReadOptions,
  rateHz: number,
  samples: number,
): { startSample: number; endSample: number } {
  const inSeconds = startSeconds !== undefined || endSeconds !== undefined;
  if (inSeconds && (startSample !== undefined || endSample !== undefined)) {
    throw new ToolkitError(
      "bad-option",
      `${name}: ${who}: the window is given in samples and in seconds; give one of them`,
    );
  }
  const toSample = (what: string, seconds: number | undefined, otherwise: number) => {
    if (seconds === undefined) return otherwise;
    checkNumber(`${name}: ${who}`, what, seconds);
    return Math.round(seconds * rateHz);
  };
  const start = inSeconds ? toSample("startSeconds", startSeconds, 0) : (startSample ?? 0);
  const end = inSeconds ? toSample("endSeconds", endSeconds, samples) : (endSample ?? samples);
  if (inSeconds && (start < 0 || end > samples || start > end)) {
    throw new ToolkitError(
      "bad-option",
      `${name}: ${who}: the window is ${start / rateHz} to ${end / rateHz} s; the recording lasts ${samples / rateHz} s`,
    );
  }
  checkWhole(`${name}: ${who}`, "startSample", start, 0, samples);
  checkWhole(`${name}: ${who}`, "endSample", end, start, samples);
  return { startSample: start, endSample: end };
}
