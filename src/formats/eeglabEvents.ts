import { describe, numberOf, textOf } from "./eeglabFields.ts";
import type { EeglabHeader } from "./eeglabHeader.ts";
import type { MatArray } from "./matArray.ts";
import type { Annotation, FormatWarning, Segment } from "./recording.ts";
import { layOut, recordedAt, type Stretch, sampleToSeconds } from "./segments.ts";

/** An event of an EEGLAB dataset. */
export interface EeglabEvent {
  /** Text of the type; a number is written out. */
  readonly type: string;
  /** Place among the stored samples, counted from 0; may lie between two. */
  readonly sample: number;
  /** Missing where the dataset has none. */
  readonly durationSamples?: number;
}

/** The type of events that stand where data were cut out or put together. */
const boundary = /^boundary|^-99$/;

/**
 * Reads the events of a dataset. `latency` counts samples from 1 and may be a fraction.
 *
 * @param name the file
 * @param field `EEG.event`
 * @param warnings gets `bad-annotation` for events without a place
 */
export async function readEeglabEvents(
  name: string,
  field: MatArray | undefined,
  warnings: FormatWarning[],
): Promise<EeglabEvent[]> {
  const warn = (message: string) => warnings.push({ code: "bad-annotation", message: `${name}: ${message}` });
  if (field?.kind !== "struct") {
    const empty = field === undefined || (field.kind === "numeric" && field.real.count === 0);
    if (!empty) warn(`the field event is ${describe(field)}, no structure; there are no annotations`);
    return [];
  }
  const events: EeglabEvent[] = [];
  let unplaced = 0;
  for (const entry of field.elements) {
    const latency = await numberOf(entry.get("latency"));
    if (latency === undefined || !Number.isFinite(latency)) {
      unplaced++;
      continue;
    }
    const durationSamples = await numberOf(entry.get("duration"));
    const type = textOf(entry.get("type")) ?? (await numberOf(entry.get("type")))?.toString() ?? "";
    const lasts = durationSamples !== undefined && Number.isFinite(durationSamples) && durationSamples >= 0;
    events.push({ type, sample: latency - 1, ...(lasts ? { durationSamples } : {}) });
  }
  if (unplaced > 0) warn(`${unplaced} of ${field.elements.length} events have no latency; they are left out`);
  return events;
}

/**
 * The segments of a dataset.
 *
 * Epochs are segments, and how much time lies between them is not known. In continuous data a segment starts behind each
 * boundary; the boundary's duration is what was cut out there, and where it has none (or 0) the gap is not known.
 */
export function eeglabSegments(header: EeglabHeader, samples: number, events: readonly EeglabEvent[]): Segment[] {
  const { rateHz, epochs, epochSamples } = header;
  const starts = new Map<number, number | undefined>();
  if (epochs > 1) for (let at = epochSamples; at < samples; at += epochSamples) starts.set(at, undefined);
  else {
    for (const { type, sample, durationSamples } of events) {
      // between two samples as a rule: the later one is the first of the new segment
      const at = Math.ceil(sample);
      if (!boundary.test(type) || at <= 0 || at >= samples) continue;
      const longest = Math.max(starts.get(at) ?? 0, durationSamples ?? 0);
      starts.set(at, longest > 0 ? longest : undefined);
    }
  }
  const stretches: Stretch[] = [];
  let [first, gap]: [number, number | undefined] = [0, undefined];
  const close = (end: number) => {
    const held = { rateHz, startSample: first, samples: end - first };
    const gapSeconds = gap === undefined ? {} : { gapSeconds: gap / rateHz };
    stretches.push({ durationSeconds: held.samples / rateHz, ...gapSeconds, samples: [held] });
  };
  for (const [at, missing] of [...starts].sort(([a], [b]) => a - b)) {
    close(at);
    [first, gap] = [at, missing];
  }
  close(samples);
  return layOut(stretches);
}

/**
 * The events as annotations by onset, boundaries among them.
 *
 * @param segments of the recording
 */
export function eeglabAnnotations(
  events: readonly EeglabEvent[],
  segments: readonly Segment[],
  rateHz: number,
): Annotation[] {
  const recorded = recordedAt(segments);
  return events
    .map(({ type, sample, durationSamples }) => {
      const onsetSeconds = sampleToSeconds(segments, { rateHz, sample });
      return {
        onsetSeconds,
        ...(durationSamples === undefined ? {} : { durationSeconds: durationSamples / rateHz }),
        text: type,
        ...(recorded(onsetSeconds) ? {} : { outOfRange: true as const }),
      };
    })
    .sort((a, b) => a.onsetSeconds - b.onsetSeconds);
}
