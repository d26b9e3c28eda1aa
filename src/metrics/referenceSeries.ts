import { ToolkitError } from "../core/error.ts";
import { innerProduct } from "../numeric/innerProduct.ts";
import type { ScoreReason } from "./scoreReason.ts";
import { checkedEnergy, checkLengths } from "./signals.ts";

/** References whose correlation at some delay is this close to 1 are one and the same, which no loading mends. */
const copyTolerance = 1e-9;

/** What is left of a channel after a multiple of another, relative to its energy, if it is that multiple to rounding. */
const multipleTolerance = 1e-28;

/** One channel of one reference that enters the equations. */
export interface Series {
  readonly source: number;
  readonly channel: number;
  readonly signal: Float64Array;
}

/** What of the references enters the equations, and why the rest does not. */
export interface ReferenceSeries {
  readonly series: readonly Series[];
  /** For each source why it cannot be scored; undefined where it can. */
  readonly reasons: (ScoreReason | undefined)[];
  readonly warnings: string[];
}

/**
 * Leaves out what adds nothing to the span of the delayed references: silent channels, and channels that are multiples of an
 * earlier one of the same source, as those of a mono recording in stereo are. A source without a channel left is silent.
 *
 * @param who the function that asks, for messages
 * @param sources [sources][channels][samples]
 * @throws ToolkitError `bad-value` for samples that are not finite
 */
export function referenceSeries(who: string, sources: readonly (readonly Float64Array[])[]): ReferenceSeries {
  const series: Series[] = [];
  const warnings: string[] = [];
  const reasons = sources.map((channels, source): ScoreReason | undefined => {
    const kept: { channel: number; signal: Float64Array; energy: number }[] = [];
    for (const [channel, signal] of channels.entries()) {
      const name = channelName(sources, source, channel);
      const energy = checkedEnergy(who, name, signal);
      if (energy > 0 && !kept.some((earlier) => isMultiple(earlier, signal, energy))) {
        kept.push({ channel, signal, energy });
      }
    }
    for (const { channel, signal } of kept) series.push({ source, channel, signal });
    if (kept.length > 0) return undefined;
    warnings.push(`reference ${source} is silent: left out; the others are scored as if it were not there`);
    return "silent-reference";
  });
  return { series, reasons, warnings };
}

/**
 * Finds channels of different sources that are one signal but for gain and delay: no projection can tell them apart. Both sources
 * become `rank-deficient`; the later channel leaves the equations.
 *
 * @param found series, reasons and warnings as they are; not changed
 * @param correlations `[series][series][taps]`
 * @param sources the references, for the names in warnings
 * @returns the same without copies, and the numbers of the series that are left
 */
export function withoutCopies(
  found: ReferenceSeries,
  correlations: readonly (readonly Float64Array[])[],
  sources: readonly (readonly Float64Array[])[],
): ReferenceSeries & { readonly kept: number[] } {
  const reasons = [...found.reasons];
  const warnings = [...found.warnings];
  const dropped = new Set<number>();
  for (const [i, a] of found.series.entries()) {
    for (const [j, b] of found.series.entries()) {
      if (j <= i || a.source === b.source || dropped.has(i) || dropped.has(j)) continue;
      const limit = (1 - copyTolerance) * Math.sqrt(correlations[i]![i]![0]! * correlations[j]![j]![0]!);
      const isCopy = (value: number) => Math.abs(value) > limit;
      const lag = Math.max(correlations[i]![j]!.findIndex(isCopy), correlations[j]![i]!.findIndex(isCopy));
      if (lag < 0) continue;
      dropped.add(j);
      reasons[a.source] = "rank-deficient";
      reasons[b.source] = "rank-deficient";
      const [first, second] = [a, b].map(({ source, channel }) => channelName(sources, source, channel));
      warnings.push(
        `${first} and ${second} are the same signal but for gain and a delay of ${lag} samples: neither is scored, and only the first is among the references of the others`,
      );
    }
  }
  const kept = found.series.flatMap((_, i) => (dropped.has(i) ? [] : [i]));
  return { series: kept.map((i) => found.series[i]!), reasons, warnings, kept };
}

/**
 * Refuses references of different shapes.
 *
 * @param who the function that asks, for messages
 * @param sources [sources][channels][samples]
 * @returns number of samples
 * @throws ToolkitError `bad-shape`
 */
export function checkSources(who: string, sources: readonly (readonly Float64Array[])[]): number {
  const channels = sources[0]?.length ?? 0;
  for (const [j, source] of sources.entries()) {
    if (source.length === channels) continue;
    throw new ToolkitError(
      "bad-shape",
      `${who}: reference 0 has ${channels} channels, reference ${j} ${source.length}; give all the same channels`,
    );
  }
  const name = (index: number) =>
    channels === 0 ? "reference" : channelName(sources, Math.floor(index / channels), index % channels);
  return checkLengths(who, name, sources.flat());
}

/** What a channel is called in messages: `reference 1`, with its channel where there are several. */
export function channelName(sources: readonly (readonly Float64Array[])[], source: number, channel: number): string {
  const name = sources.length === 1 ? "reference" : `reference ${source}`;
  return sources[0]!.length === 1 ? name : `${name}, channel ${channel}`;
}

function isMultiple(
  earlier: { readonly signal: Float64Array; readonly energy: number },
  signal: Float64Array,
  energy: number,
): boolean {
  const cross = innerProduct(earlier.signal, signal);
  if (!(cross * cross > (1 - copyTolerance) * energy * earlier.energy)) return false;
  const gain = cross / earlier.energy;
  let rest = 0;
  for (let t = 0; t < signal.length; t++) rest += (signal[t]! - gain * earlier.signal[t]!) ** 2;
  return rest <= multipleTolerance * energy;
}
