import { type BrainVisionMarker, newSegment } from "./brainVisionMarkers.ts";
import { localMilliseconds } from "./localTime.ts";
import type { FormatWarning, LocalTime, Segment } from "./recording.ts";
import { layOut, type Stretch } from "./segments.ts";

/** Where segments start, when, and how the first one is dated. */
export interface BrainVisionTimes {
  readonly segments: Segment[];
  readonly startTime?: LocalTime;
  readonly startOffsetSeconds: number;
}

/** Dates closer than this to following on do follow on. */
const leastGapSeconds = 1e-3;

/** A header that states more segments than this, without a marker for any, is not believed. */
const maximumSegments = 2 ** 18;

/**
 * Segments and start time from the `New Segment` markers. The length of a gap is known where both segments have a date.
 *
 * @param name the file
 * @param markers in any order; those outside the data start no segment
 * @param layout rate, number of samples, and the segments' length if the header states one (used without markers)
 * @param warnings gets `no-start-time` and `segment-overlap`
 */
export function brainVisionSegments(
  name: string,
  markers: readonly BrainVisionMarker[],
  layout: { readonly rateHz: number; readonly samples: number; readonly segmentDataPoints?: number },
  warnings: FormatWarning[],
): BrainVisionTimes {
  const { rateHz, samples } = layout;
  const starts = segmentStarts(markers, layout);
  const tolerance = Math.max(leastGapSeconds, 0.5 / rateHz);
  const stretches: Stretch[] = [];
  let overlaps = 0;
  let first: { start: BrainVisionMarker | undefined; at: number; gap: number | undefined } = {
    start: starts.get(0),
    at: 0,
    gap: undefined,
  };
  const close = (end: number) => {
    const held = { rateHz, startSample: first.at, samples: end - first.at };
    const gap = first.gap === undefined ? {} : { gapSeconds: first.gap };
    stretches.push({ durationSeconds: held.samples / rateHz, ...gap, samples: [held] });
  };
  for (const [at, start] of [...starts].sort(([a], [b]) => a - b)) {
    if (at === 0) continue;
    let gap = gapBetween(first.start, start, (at - first.at) / rateHz);
    if (gap !== undefined && Math.abs(gap) <= tolerance) continue;
    if (gap !== undefined && gap < 0) {
      overlaps++;
      gap = undefined;
    }
    close(at);
    first = { start, at, gap };
  }
  close(samples);
  if (overlaps > 0) {
    warnings.push({
      code: "segment-overlap",
      message: `${name}: ${overlaps} segments are dated before the end of the one in front of them; the length of those gaps is taken to be unknown`,
    });
  }
  const { time, microseconds = 0 } = starts.get(0) ?? {};
  if (!time) {
    warnings.push({ code: "no-start-time", message: `${name}: no New Segment marker dates the first sample` });
  }
  return {
    segments: layOut(stretches),
    ...(time ? { startTime: time } : {}),
    startOffsetSeconds: time ? microseconds / 1e6 : 0,
  };
}

function segmentStarts(
  markers: readonly BrainVisionMarker[],
  { samples, segmentDataPoints }: { readonly samples: number; readonly segmentDataPoints?: number },
): Map<number, BrainVisionMarker | undefined> {
  const starts = new Map<number, BrainVisionMarker | undefined>();
  for (const marker of markers) {
    if (marker.type !== newSegment || marker.sample < 0 || marker.sample >= samples) continue;
    // of several at one place one with a date is worth more
    if (marker.time || !starts.has(marker.sample)) starts.set(marker.sample, marker);
  }
  if (starts.size === 0 && segmentDataPoints && samples / segmentDataPoints <= maximumSegments) {
    for (let at = segmentDataPoints; at < samples; at += segmentDataPoints) starts.set(at, undefined);
  }
  return starts;
}

function gapBetween(
  before: BrainVisionMarker | undefined,
  after: BrainVisionMarker | undefined,
  recordedSeconds: number,
): number | undefined {
  if (!before?.time || !after?.time) return undefined;
  const milliseconds = localMilliseconds(after.time) - localMilliseconds(before.time);
  const microseconds = after.microseconds! - before.microseconds!;
  return milliseconds / 1000 + microseconds / 1e6 - recordedSeconds;
}
