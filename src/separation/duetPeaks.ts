import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import type { DuetHistogram } from "./duetHistogram.ts";

/** Options of {@link duetPeaks}. */
export interface DuetPeakOptions {
  /** How many peaks to find. */
  sources: number;
  /**
   * Of two maxima closer than this in attenuation and closer than `minimumDelayDistance` in delay, the lower one is
   * dropped. Default 0.25.
   */
  minimumAttenuationDistance?: number;
  /** See `minimumAttenuationDistance`; in samples. Default 0.5. */
  minimumDelayDistance?: number;
  /** Maxima below this share of the highest one are noise, from 0 to 1. Default 0.01. */
  threshold?: number;
}

/** Defaults of {@link duetPeaks}. */
export const duetPeaksDefaults = {
  minimumAttenuationDistance: 0.25,
  minimumDelayDistance: 0.5,
  threshold: 0.01,
} as const satisfies Omit<Required<DuetPeakOptions>, "sources">;

/** How a source reaches the right channel, compared with the left: `X2 = ratio exp(-i omega delay) X1`. */
export interface DuetMixing {
  /** Level of the right channel over that of the left, above 0. */
  readonly ratio: number;
  /** Delay of the right channel in samples, negative if it is ahead. */
  readonly delay: number;
}

/** A peak of the histogram: a source. */
export interface DuetPeak extends DuetMixing {
  /** Symmetric attenuation, `ratio - 1 / ratio`. */
  readonly attenuation: number;
  /** Share of the mixture's weight in the cells that the peak was located with. */
  readonly weight: number;
}

/**
 * Finds the sources in a histogram: its highest maxima, the highest first.
 *
 * A maximum of the smoothed histogram is a cell no lower than its eight neighbours. The peak is located finer than the
 * cells are: as the mean of the attenuations and delays, not rounded to cells, of the bins that fell within half the minimum
 * distances of that cell's centre, each with its weight. Bins that all agree are therefore located exactly.
 *
 * @param histogram of `duetHistogram`
 * @throws ToolkitError `bad-option`; `bad-value` if there are fewer peaks than sources
 */
export function duetPeaks(histogram: DuetHistogram, options: DuetPeakOptions): DuetPeak[] {
  const who = "duetPeaks";
  const { sources, minimumAttenuationDistance, minimumDelayDistance, threshold } = { ...duetPeaksDefaults, ...options };
  checkWhole(who, "sources", sources, 1);
  checkNumber(who, "minimumAttenuationDistance", minimumAttenuationDistance, { from: 0 });
  checkNumber(who, "minimumDelayDistance", minimumDelayDistance, { from: 0 });
  checkNumber(who, "threshold", threshold, { from: 0, to: 1 });
  const { attenuations, delays, values } = histogram;
  const candidates = maxima(histogram).sort((a, b) => values.data[b]! - values.data[a]! || a - b);
  const floor = threshold * (values.data[candidates[0] ?? 0] ?? 0);
  const chosen: number[] = [];
  for (const cell of candidates) {
    if (chosen.length === sources || values.data[cell]! < floor) break;
    const near = chosen.some(
      (other) =>
        Math.abs(attenuations[rowOf(cell, values)]! - attenuations[rowOf(other, values)]!) <
          minimumAttenuationDistance &&
        Math.abs(delays[columnOf(cell, values)]! - delays[columnOf(other, values)]!) < minimumDelayDistance,
    );
    if (!near) chosen.push(cell);
  }
  if (chosen.length < sources) {
    throw new ToolkitError(
      "bad-value",
      `${who}: found ${chosen.length} of ${sources} sources in the histogram; ask for fewer, or lower the threshold (${threshold}) or the minimum distances (attenuation ${minimumAttenuationDistance}, delay ${minimumDelayDistance} samples)`,
    );
  }
  return chosen.map((cell) => located(histogram, cell, minimumAttenuationDistance / 2, minimumDelayDistance / 2));
}

interface Shape {
  readonly columns: number;
}

const rowOf = (cell: number, { columns }: Shape): number => Math.floor(cell / columns);
const columnOf = (cell: number, { columns }: Shape): number => cell % columns;

function maxima({ values: { rows, columns, data } }: DuetHistogram): number[] {
  const cells: number[] = [];
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const value = data[r * columns + c]!;
      if (value > 0 && value >= highestNeighbour(r, c)) cells.push(r * columns + c);
    }
  }
  return cells;

  function highestNeighbour(row: number, column: number): number {
    let highest = 0;
    for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r++) {
      for (let c = Math.max(0, column - 1); c <= Math.min(columns - 1, column + 1); c++) {
        if (r !== row || c !== column) highest = Math.max(highest, data[r * columns + c]!);
      }
    }
    return highest;
  }
}

function located(histogram: DuetHistogram, cell: number, attenuationReach: number, delayReach: number): DuetPeak {
  const { attenuations, delays, weights, attenuationSums, delaySums } = histogram;
  const middle = { attenuation: attenuations[rowOf(cell, weights)]!, delay: delays[columnOf(cell, weights)]! };
  let weight = 0;
  let attenuationSum = 0;
  let delaySum = 0;
  for (let other = 0; other < weights.data.length; other++) {
    const beside =
      Math.abs(attenuations[rowOf(other, weights)]! - middle.attenuation) <= attenuationReach &&
      Math.abs(delays[columnOf(other, weights)]! - middle.delay) <= delayReach;
    if (!beside) continue;
    weight += weights.data[other]!;
    attenuationSum += attenuationSums.data[other]!;
    delaySum += delaySums.data[other]!;
  }
  // smoothing can put a maximum between cells that hold nothing themselves
  const attenuation = weight > 0 ? attenuationSum / weight : middle.attenuation;
  const delay = weight > 0 ? delaySum / weight : middle.delay;
  return { ratio: ratioOf(attenuation), delay, attenuation, weight };
}

/** The ratio a above 0 with `a - 1 / a = attenuation`. */
function ratioOf(attenuation: number): number {
  const root = Math.sqrt(attenuation * attenuation + 4);
  return attenuation < 0 ? 2 / (root - attenuation) : (root + attenuation) / 2;
}
