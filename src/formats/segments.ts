import type { Segment, SegmentSamples } from "./recording.ts";

/** Times closer than this are the same: files keep no finer ones (100 ns), and sums of seconds round. */
const sameSeconds = 1e-7;

/** A stretch without interruption, as a format finds it. */
export interface Stretch {
  readonly durationSeconds: number;
  /** Length of the gap before it; missing for the first, and where the file does not say. */
  readonly gapSeconds?: number;
  /** One entry for each rate. */
  readonly samples: readonly SegmentSamples[];
}

/** Puts stretches one after another in time. */
export function layOut(stretches: readonly Stretch[]): Segment[] {
  let end = 0;
  return stretches.map((stretch) => {
    const startSeconds = end + (stretch.gapSeconds ?? 0);
    end = startSeconds + stretch.durationSeconds;
    return { startSeconds, ...stretch };
  });
}

/** The end of the last segment, and what all of them last. */
export function durations(segments: readonly Segment[]): { durationSeconds: number; recordedSeconds: number } {
  let durationSeconds = 0;
  let recordedSeconds = 0;
  for (const segment of segments) {
    durationSeconds = Math.max(durationSeconds, segment.startSeconds + segment.durationSeconds);
    recordedSeconds += segment.durationSeconds;
  }
  return { durationSeconds, recordedSeconds };
}

/**
 * Length of a recording in samples of one rate, gaps included.
 *
 * @param segments of the recording
 */
export function timeSamples(segments: readonly Segment[], rateHz: number): number {
  return segments.reduce((last, { startSeconds, samples }) => {
    const held = samples.find((entry) => entry.rateHz === rateHz)?.samples ?? 0;
    return Math.max(last, Math.round(startSeconds * rateHz) + held);
  }, 0);
}

/**
 * The time of a stored sample: seconds after the recording's first sample, gaps included. Samples outside the recording
 * continue its first or last segment.
 *
 * @param segments of the recording
 * @param at the signal's rate and the number of the sample among the stored ones
 */
export function sampleToSeconds(
  segments: readonly Segment[],
  { rateHz, sample }: { readonly rateHz: number; readonly sample: number },
): number {
  // the last segment that starts at the sample or before it
  let low = 0;
  for (let high = segments.length - 1; low < high; ) {
    const middle = (low + high + 1) >> 1;
    if (startOf(segments[middle]!, rateHz) <= sample) low = middle;
    else high = middle - 1;
  }
  const segment = segments[low]!;
  return segment.startSeconds + (sample - startOf(segment, rateHz)) / rateHz;
}

/**
 * The stored sample nearest to a time.
 *
 * @param segments of the recording
 * @param at the signal's rate and seconds after the recording's first sample
 * @returns `undefined` where nothing was recorded: in a gap, before the first sample, after the last
 */
export function secondsToSample(
  segments: readonly Segment[],
  { rateHz, seconds }: { readonly rateHz: number; readonly seconds: number },
): number | undefined {
  for (const segment of segments) {
    const held = segment.samples.find((entry) => entry.rateHz === rateHz);
    if (!held) continue;
    const within = Math.round((seconds - segment.startSeconds) * rateHz);
    if (within >= 0 && within < held.samples) return held.startSample + within;
  }
  return undefined;
}

/**
 * Makes the test whether samples were taken at a time.
 *
 * @returns gets seconds after the recording's first sample
 */
export function recordedAt(segments: readonly Segment[]): (seconds: number) => boolean {
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { startSeconds, durationSeconds } of [...segments].sort((a, b) => a.startSeconds - b.startSeconds)) {
    const end = startSeconds + durationSeconds;
    if (starts.length > 0 && startSeconds <= ends.at(-1)! + sameSeconds) {
      ends[ends.length - 1] = Math.max(ends.at(-1)!, end);
      continue;
    }
    starts.push(startSeconds);
    ends.push(end);
  }
  return (seconds) => {
    let low = -1;
    for (let high = starts.length - 1; low < high; ) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= seconds + sameSeconds) low = middle;
      else high = middle - 1;
    }
    return low >= 0 && seconds < ends[low]! - sameSeconds;
  };
}

function startOf({ samples }: Segment, rateHz: number): number {
  return samples.find((entry) => entry.rateHz === rateHz)?.startSample ?? 0;
}
