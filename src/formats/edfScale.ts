import { ToolkitError } from "../core/error.ts";
import { nearestField, outwardField, sameField } from "./edfFields.ts";
import { edfDigitalRange } from "./edfLayout.ts";
import type { EdfSignal } from "./edfRecording.ts";

/** How the samples of a signal become the 16-bit integers of EDF, and what the header says of them. */
export interface EdfScale {
  readonly unit: string;
  /** As they stand in the header. */
  readonly physicalMinimum: string;
  readonly physicalMaximum: string;
  readonly digitalMinimum: number;
  readonly digitalMaximum: number;
  /**
   * `stored`: the source's integers, plus `offset`; `rescaled`: its physical values, times `factor`, rounded to the steps
   * of the header's range.
   */
  readonly kind: "stored" | "rescaled";
  readonly offset: number;
  /** From the source's unit to this one; 1 unless the source's does not fit the header. */
  readonly factor: number;
  /** Largest distance of a stored integer's value from the source's: the header's limits have 8 characters. */
  readonly limitError: number;
}

/** A signal to scale. */
export interface ScaledSignal {
  /** Name for messages. */
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly voltsPerUnit?: number;
}

/** Least and greatest value of a signal. */
export interface ValueRange {
  readonly minimum: number;
  readonly maximum: number;
}

const { minimum: lowest, maximum: highest } = edfDigitalRange;

/** Voltages to fall back on where a range does not fit 8 characters in its own unit. */
const voltageUnits = [
  ["uV", 1e-6],
  ["mV", 1e-3],
  ["V", 1],
  ["nV", 1e-9],
] as const;

/** Limits are looked for among multiples of these: round ones have few digits whatever the resolution. */
const limitSteps = [32768, 1000, 1024, 100, 128, 10, 16];

/** Two scales are the same if values differ by less than this part of the range. */
const sameScale = 1e-11;

/**
 * The scale of a signal of an EDF file, taken over: the same integers with the same limits.
 *
 * @returns `undefined` if its limits cannot be written as they are
 */
export function sourceScale(signal: EdfSignal): EdfScale | undefined {
  const { unit, digitalMinimum, digitalMaximum } = signal;
  const physicalMinimum = sameField(signal.physicalMinimum);
  const physicalMaximum = sameField(signal.physicalMaximum);
  if (physicalMinimum === undefined || physicalMaximum === undefined) return undefined;
  const limits = { physicalMinimum, physicalMaximum, digitalMinimum, digitalMaximum };
  return { unit, ...limits, kind: "stored", offset: 0, factor: 1, limitError: 0 };
}

/**
 * A scale that keeps the source's integers, shifted if they are not between -32768 and 32767: limits whose values fit 8
 * characters exactly if there are any, otherwise the nearest.
 *
 * @param signal the source's
 * @param range of the integers that occur
 * @param toPhysical the value of an integer, linear
 * @param otherUnits whether a voltage may be stated in another unit where its own does not do
 * @returns `undefined` if the integers span more than 16 bits, or the header cannot state their value to a tenth of a step
 */
export function integerScale(
  signal: ScaledSignal,
  range: ValueRange,
  toPhysical: (stored: number) => number,
  otherUnits = false,
): EdfScale | undefined {
  if (range.maximum - range.minimum > highest - lowest) return undefined;
  const fits = (offset: number) => range.minimum + offset >= lowest && range.maximum + offset <= highest;
  // unsigned integers of 16 bits keep their own zero
  const offset = [0, lowest].find(fits) ?? lowest - range.minimum;
  for (const { unit, factor } of unitsFor(signal).slice(0, otherUnits ? undefined : 1)) {
    const value = (stored: number) => toPhysical(stored) * factor;
    const [first, last] = [lowest - offset, highest - offset];
    const tolerance = sameScale * Math.abs(value(last) - value(first));
    const low = roundLimit(first, range.minimum, value, tolerance) ?? first;
    const high = roundLimit(last, range.maximum, value, tolerance) ?? last;
    const [minimumText, maximumText] = [nearestField(value(low)), nearestField(value(high))];
    if (minimumText === undefined || maximumText === undefined) continue;
    const minimum = Number(minimumText);
    const gain = (Number(maximumText) - minimum) / (high - low);
    const errorAt = (stored: number) => Math.abs((stored - low) * gain + minimum - value(stored));
    const error = Math.max(errorAt(range.minimum), errorAt(range.maximum), errorAt(low), errorAt(high));
    const step = Math.abs(value(last) - value(first)) / (last - first);
    if (!(error <= 0.1 * step)) continue;
    return {
      unit,
      physicalMinimum: minimumText,
      physicalMaximum: maximumText,
      digitalMinimum: low + offset,
      digitalMaximum: high + offset,
      kind: "stored",
      offset,
      factor,
      limitError: error <= tolerance ? 0 : error,
    };
  }
  return undefined;
}

/**
 * A scale that spreads the 16 bits over a range of values, its limits rounded outwards to 8 characters.
 *
 * @param signal the source's
 * @param range of the values that occur; a constant gets a range around it
 * @throws ToolkitError `bad-value` if no unit has the range in 8 characters
 */
export function rangeScale(signal: ScaledSignal, { minimum, maximum }: ValueRange): EdfScale {
  const spread = minimum === maximum ? 1 : 0;
  for (const { unit, factor } of unitsFor(signal)) {
    const [low, high] = [minimum * factor - spread, maximum * factor + spread];
    const limits = outwardLimits(signal.label, low, high);
    if (!limits || Number(limits[1]) - Number(limits[0]) > 1.5 * (high - low)) continue;
    return {
      unit,
      physicalMinimum: limits[0],
      physicalMaximum: limits[1],
      digitalMinimum: lowest,
      digitalMaximum: highest,
      kind: "rescaled",
      offset: 0,
      factor,
      limitError: 0,
    };
  }
  throw new ToolkitError(
    "bad-value",
    `${signal.name}: signal "${signal.label}" spans ${minimum} to ${maximum} ${signal.unit}, which the 8 characters of EDF's limits cannot hold; leave it out, or remove its offset`,
  );
}

/** The steps of a scale: value = (digital - digitalMinimum) * gain + minimum. */
export function scaleSteps({ physicalMinimum, physicalMaximum, digitalMinimum, digitalMaximum }: EdfScale): {
  minimum: number;
  gain: number;
  range: number;
} {
  const minimum = Number(physicalMinimum);
  const range = Number(physicalMaximum) - minimum;
  return { minimum, gain: range / (digitalMaximum - digitalMinimum), range: Math.abs(range) };
}

/**
 * Rounds physical values to integers.
 *
 * @param values in the source's unit
 * @param out gets the integers from `at` on
 * @returns the largest distance of a value from that of its integer, in the scale's unit
 */
export function rescaleInto(values: Float64Array, scale: EdfScale, out: Int32Array, at: number): number {
  const { minimum, gain } = scaleSteps(scale);
  const { factor, digitalMinimum } = scale;
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]! * factor;
    const steps = Math.min(highest - lowest, Math.max(0, Math.round((value - minimum) / gain)));
    out[at + i] = steps + digitalMinimum;
    largest = Math.max(largest, Math.abs(steps * gain + minimum - value));
  }
  return largest;
}

/** The signal's own unit, and where that is a voltage the others. */
function unitsFor({ unit, voltsPerUnit }: ScaledSignal): { unit: string; factor: number }[] {
  const others = voltageUnits.filter(([, volts]) => volts !== voltsPerUnit);
  const own = { unit, factor: 1 };
  if (voltsPerUnit === undefined) return [own];
  return [
    own,
    ...others.map(([name, volts]) => {
      const ratio = voltsPerUnit / volts;
      // powers of ten below 1 are no numbers of float64, their inverses are
      return { unit: name, factor: ratio >= 1 ? Math.round(ratio) : 1 / Math.round(1 / ratio) };
    }),
  ];
}

/** The outermost integer from `outer` in to `inner` whose value 8 characters state exactly. */
function roundLimit(
  outer: number,
  inner: number,
  value: (stored: number) => number,
  tolerance: number,
): number | undefined {
  const exact = (stored: number) => {
    const text = nearestField(value(stored));
    return text !== undefined && Math.abs(Number(text) - value(stored)) <= tolerance;
  };
  if (exact(outer)) return outer;
  const inward = Math.sign(inner - outer);
  for (const step of limitSteps) {
    const first = inward > 0 ? Math.ceil(outer / step) * step : Math.floor(outer / step) * step;
    for (let stored = first; (inner - stored) * inward >= 0 && inward !== 0; stored += inward * step) {
      if (exact(stored)) return stored;
    }
  }
  return undefined;
}

function outwardLimits(label: string, low: number, high: number): readonly [string, string] | undefined {
  try {
    return [outwardField(label, "minimum", low, "down"), outwardField(label, "maximum", high, "up")];
  } catch (error) {
    if (error instanceof ToolkitError) return undefined;
    throw error;
  }
}
