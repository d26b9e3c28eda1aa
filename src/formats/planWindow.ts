import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { type ReadOptions, readDefaults, type Segment } from "./recording.ts";

/** Stored samples of one segment, and where they come in what is read. */
export interface WindowPiece {
  /** Number of the segment. */
  readonly segment: number;
  readonly startSample: number;
  readonly endSample: number;
  /** Place of the first one in the output. */
  readonly at: number;
}

/** What a window consists of. */
export interface WindowPlan {
  /** Length of the output. */
  readonly samples: number;
  /** In order, without overlap; the output between them is gap. */
  readonly pieces: readonly WindowPiece[];
}

/** A segment's stored samples of one rate, and the place of the first one in time. */
export interface Run {
  readonly segment: number;
  readonly start: number;
  readonly end: number;
  /** Number of samples of this rate from the recording's first sample, gaps included. */
  readonly time: number;
}

/** The segments as the samples of one rate. */
export function segmentRuns(segments: readonly Segment[], rateHz: number): Run[] {
  return segments.map(({ startSeconds, samples }, segment) => {
    const { startSample, samples: count } = samples.find((entry) => entry.rateHz === rateHz)!;
    return { segment, start: startSample, end: startSample + count, time: Math.round(startSeconds * rateHz) };
  });
}

/**
 * The stored samples that a window covers, and where they come in the output.
 *
 * @param layout the segments, and the same as samples of the rate that is read
 * @throws ToolkitError `bad-option` if the window is not inside the recording, is given twice, or is interrupted by a gap
 * that `gapPolicy` does not bridge
 */
export function planWindow(
  name: string,
  who: string,
  options: ReadOptions,
  { segments, runs, rateHz }: { segments: readonly Segment[]; runs: readonly Run[]; rateHz: number },
): WindowPlan {
  const { start, end, inTime } = selectWindow(name, who, options, runs, rateHz);
  if (start === end) return { samples: 0, pieces: [] };
  const pieces: Timed[] = [];
  for (const run of runs) {
    const place = inTime ? run.time : run.start;
    const from = Math.max(start, place) - place;
    const to = Math.min(end - place, run.end - run.start);
    if (from >= to) continue;
    const piece = {
      segment: run.segment,
      startSample: run.start + from,
      endSample: run.start + to,
      time: run.time + from,
    };
    if (to - from === end - start) return { samples: end - start, pieces: [{ ...piece, at: 0 }] };
    pieces.push(piece);
  }
  const policy = options.gapPolicy ?? readDefaults.gapPolicy;
  if (policy === "join") return joined(pieces);
  const shown = inTime ? `${start / rateHz} to ${end / rateHz} s` : `of samples ${start} to ${end}`;
  if (policy === "nan")
    return spaced(name, `${who}: the window ${shown}`, segments, pieces, inTime ? { start, end } : undefined);
  throw new ToolkitError(
    "bad-option",
    `${name}: ${who}: the window ${shown} is not in one segment: ${interruption(segments, pieces)}; read within a segment, split it with readSegments, or choose a gapPolicy`,
  );
}

type Timed = Omit<WindowPiece, "at"> & { readonly time: number };

function joined(pieces: readonly Timed[]): WindowPlan {
  let samples = 0;
  const placed = pieces.map((piece) => {
    const at = samples;
    samples += piece.endSample - piece.startSample;
    return { ...piece, at };
  });
  return { samples, pieces: placed };
}

/** Keeps the pieces' distance in time. */
function spaced(
  name: string,
  who: string,
  segments: readonly Segment[],
  pieces: readonly Timed[],
  window: { start: number; end: number } | undefined,
): WindowPlan {
  const origin = window?.start ?? pieces[0]!.time;
  let end = origin;
  const placed = pieces.map((piece, p) => {
    if (p > 0 && segments[piece.segment]!.gapSeconds === undefined) {
      throw new ToolkitError(
        "bad-option",
        `${name}: ${who} crosses the start of segment ${piece.segment}, and the file does not say how long the gap before it is; nothing can fill it`,
      );
    }
    if (piece.time < end) {
      throw new ToolkitError(
        "bad-option",
        `${name}: ${who} crosses the start of segment ${piece.segment}, which overlaps the one before it; nothing can fill that`,
      );
    }
    end = piece.time + piece.endSample - piece.startSample;
    return { ...piece, at: piece.time - origin };
  });
  return { samples: (window?.end ?? end) - origin, pieces: placed };
}

/** The segment that the window leaves, and what comes then. */
function interruption(segments: readonly Segment[], [first]: readonly Timed[]): string {
  if (!first) return "nothing was recorded then";
  const { startSeconds, durationSeconds } = segments[first.segment]!;
  const left = `segment ${first.segment} is ${startSeconds} to ${startSeconds + durationSeconds} s`;
  const next = segments[first.segment + 1];
  if (!next) return left;
  const { gapSeconds } = next;
  const length = gapSeconds === undefined ? "unknown length" : `${Math.abs(gapSeconds)} s`;
  const gap = gapSeconds !== undefined && gapSeconds < 0 ? "an overlap" : "a gap";
  return `${left}, the next starts at ${next.startSeconds} s after ${gap} of ${length}`;
}

function selectWindow(
  name: string,
  who: string,
  { startSample, endSample, startSeconds, endSeconds }: ReadOptions,
  runs: readonly Run[],
  rateHz: number,
): { start: number; end: number; inTime: boolean } {
  const inTime = startSeconds !== undefined || endSeconds !== undefined;
  if (inTime && (startSample !== undefined || endSample !== undefined)) {
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
  const limit = runs.reduce((last, run) => Math.max(last, inTime ? run.time + run.end - run.start : run.end), 0);
  const start = inTime ? toSample("startSeconds", startSeconds, 0) : (startSample ?? 0);
  const end = inTime ? toSample("endSeconds", endSeconds, limit) : (endSample ?? limit);
  if (inTime && (start < 0 || end > limit || start > end)) {
    throw new ToolkitError(
      "bad-option",
      `${name}: ${who}: the window is ${start / rateHz} to ${end / rateHz} s; the recording lasts ${limit / rateHz} s`,
    );
  }
  checkWhole(`${name}: ${who}`, "startSample", start, 0, limit);
  checkWhole(`${name}: ${who}`, "endSample", end, start, limit);
  return { start, end, inTime };
}
