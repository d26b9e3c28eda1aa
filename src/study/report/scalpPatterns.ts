import { type ElectrodePosition, electrodePosition } from "../../eeg/montage.ts";
import type { ScalpPattern } from "../results.ts";

/** The pattern of one feature, over all subjects that can be averaged. */
export interface FeaturePattern {
  readonly feature: string;
  /** Electrodes whose place is known. */
  readonly electrodes: readonly { readonly name: string; readonly position: ElectrodePosition }[];
  /** Channels that have no place on a head: not of the 10-10 system, or at the place of another. */
  readonly unplaced: readonly string[];
  readonly lagSeconds: readonly number[];
  /** [lags][electrodes] */
  readonly values: readonly Float64Array[];
  /** Field power of each lag: standard deviation over electrodes. */
  readonly fieldPower: Float64Array;
  /** Numbers of the lags shown: the highest peaks of the field power, ascending. */
  readonly peaks: readonly number[];
  /** Subjects averaged; each is scaled to a root mean square of 1 first if there are several. */
  readonly subjects: readonly string[];
  /** Subjects whose lags or electrodes are others. */
  readonly leftOut: readonly string[];
}

/** Most maps of one feature. */
const mostPeaks = 3;

/** Fewest electrodes that make a map. */
export const fewestElectrodes = 4;

/** Averages patterns over subjects, a feature at a time, and finds the lags to be shown. */
export function featurePatterns(patterns: readonly ScalpPattern[]): FeaturePattern[] {
  return [...new Set(patterns.map(({ feature }) => feature))].map((feature) =>
    averagePatterns(
      feature,
      patterns.filter((own) => own.feature === feature),
    ),
  );
}

function averagePatterns(feature: string, patterns: readonly ScalpPattern[]): FeaturePattern {
  const first = patterns[0]!;
  const alike = patterns.filter(({ lagSeconds, channels }) => sameLags(lagSeconds, first) && channels.length > 0);
  const { electrodes, unplaced } = placeChannels(
    first.channels.filter((name) => alike.every(({ channels }) => channels.includes(name))),
    first.channels,
  );
  const used = electrodes.length === 0 ? [] : alike;
  const values = first.lagSeconds.map(() => new Float64Array(electrodes.length));
  for (const { channels, values: own } of used) {
    const columns = electrodes.map(({ name }) => channels.indexOf(name));
    let squares = 0;
    for (const row of own) for (const column of columns) squares += row[column]! ** 2;
    const rms = Math.sqrt(squares / (own.length * columns.length));
    const weight = used.length === 1 ? 1 : 1 / (used.length * (rms || 1));
    for (const [lag, row] of own.entries()) {
      for (const [e, column] of columns.entries()) values[lag]![e]! += weight * row[column]!;
    }
  }
  const fieldPower = Float64Array.from(values, standardDeviation);
  return {
    feature,
    electrodes,
    unplaced,
    lagSeconds: first.lagSeconds,
    values,
    fieldPower,
    peaks: highestPeaks(fieldPower),
    subjects: used.map(({ subject }) => subject),
    leftOut: patterns.filter((own) => !used.includes(own)).map(({ subject }) => subject),
  };
}

/** Places of channels; the first of several at one place has it. */
function placeChannels(
  names: readonly string[],
  all: readonly string[],
): Pick<FeaturePattern, "electrodes" | "unplaced"> {
  const taken = new Set<string>();
  const electrodes = names.flatMap((name) => {
    const position = electrodePosition(name);
    if (position === undefined) return [];
    const place = position.map((part) => part.toFixed(6)).join(" ");
    if (taken.has(place)) return [];
    taken.add(place);
    return [{ name, position }];
  });
  const placed = new Set(electrodes.map(({ name }) => name));
  return { electrodes, unplaced: all.filter((name) => !placed.has(name)) };
}

function highestPeaks(power: Float64Array): number[] {
  const peaks = [...power.keys()].filter((lag) => {
    const here = power[lag]!;
    return Number.isFinite(here) && here > 0 && !(power[lag - 1]! > here) && !(power[lag + 1]! >= here);
  });
  return peaks
    .sort((a, b) => power[b]! - power[a]! || a - b)
    .slice(0, mostPeaks)
    .sort((a, b) => a - b);
}

function sameLags(lagSeconds: readonly number[], { lagSeconds: others }: ScalpPattern): boolean {
  return lagSeconds.length === others.length && lagSeconds.every((lag, i) => Math.abs(lag - others[i]!) < 1e-6);
}

function standardDeviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
