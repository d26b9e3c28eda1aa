import type { EdfStretch } from "./edfRecordPlan.ts";
import { talText } from "./edfTals.ts";
import { annotationText } from "./edfTexts.ts";
import { type RecordingStatus, statusAnnotations } from "./readStatus.ts";
import type { Annotation, Recording } from "./recording.ts";
import { sampleToSeconds } from "./segments.ts";

/** What `conversionAnnotations` goes by. */
export interface ConversionTimes {
  readonly status?: RecordingStatus;
  /** By number of the signal in the source. */
  readonly labels: ReadonlyMap<number, string>;
  /** Time of the first sample that is written, after the start of the header. */
  readonly offsetSeconds: number;
  /** What is written, as the recording has it; none in a file of annotations only. */
  readonly found: readonly EdfStretch[];
  readonly unitSeconds: number;
  /** Whether the stretches are written side by side. */
  readonly joined: boolean;
  /** Whether no window was asked for: annotations outside the samples are kept then, too. */
  readonly whole: boolean;
  /** Annotations to add, in the times of the file. */
  readonly filled: readonly Annotation[];
}

/**
 * The annotations of a conversion as lists of EDF+, by onset: the recording's own, those of the Status signal, joints, filling.
 * In a window stay those that begin in it or last into it.
 */
export async function conversionAnnotations(recording: Recording, times: ConversionTimes): Promise<Uint8Array[]> {
  const { status, labels, offsetSeconds, found, unitSeconds, joined, whole, filled } = times;
  const first = found[0]?.startSeconds ?? 0;
  const end = found.reduce((last, { startSeconds, units }) => Math.max(last, startSeconds + units * unitSeconds), 0);
  const own = [...(await recording.annotations()), ...(status ? statusEvents(recording, status) : [])]
    .filter(({ onsetSeconds: onset, durationSeconds = 0 }) => {
      return whole || (onset < end && (onset >= first || onset + durationSeconds > first));
    })
    .map((annotation) => ({ ...annotation, text: annotationText(annotation, labels) }));
  const inFile = joined ? joinedTime(found, unitSeconds) : (seconds: number) => seconds;
  const joints = joined
    ? found.slice(1).map(({ startSeconds }) => ({ onsetSeconds: startSeconds, text: "EDGE boundary" }))
    : [];
  return [...joints, ...own]
    .map((annotation) => ({ ...annotation, onsetSeconds: inFile(annotation.onsetSeconds) }))
    .concat(filled.map((annotation) => ({ ...annotation })))
    .sort((a, b) => a.onsetSeconds - b.onsetSeconds)
    .map((annotation) => {
      const exact = annotation.onsetSeconds - first + offsetSeconds;
      // adding rounds in the sixteenth digit; no file keeps more than ten decimals
      const onsetSeconds = first === 0 && offsetSeconds === 0 ? exact : Number(exact.toFixed(10));
      return talText("convertToEdf", { ...annotation, onsetSeconds });
    });
}

/** Triggers (`Trigger 5`, as long as the value is held), epochs, CMS and battery. */
function statusEvents({ segments }: Recording, status: RecordingStatus): Annotation[] {
  const { rateHz, events, epochStarts } = status;
  const seconds = (sample: number) => sampleToSeconds(segments, { rateHz, sample });
  return [
    ...events.map(({ startSample, samples, value }) => ({
      onsetSeconds: seconds(startSample),
      durationSeconds: samples / rateHz,
      text: `Trigger ${value}`,
    })),
    ...epochStarts.map((sample) => ({ onsetSeconds: seconds(sample), text: "Epoch" })),
    // texts that begin with BAD say so without a type in front
    ...statusAnnotations(status, { rateHz, segments }).map(({ type: _, ...annotation }) => annotation),
  ];
}

/** Where a moment comes when the stretches stand side by side; a moment in a gap comes where the gap was. */
function joinedTime(found: readonly EdfStretch[], unitSeconds: number): (seconds: number) => number {
  return (seconds) => {
    let before = found[0]!.startSeconds;
    for (const [s, { startSeconds, units }] of found.entries()) {
      const length = units * unitSeconds;
      if (seconds < startSeconds) return s === 0 ? seconds : before;
      if (seconds < startSeconds + length || s === found.length - 1) return before + seconds - startSeconds;
      before += length;
    }
    return seconds;
  };
}
