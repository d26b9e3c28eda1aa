import { type DecodedStatus, type SampleSpan, StatusDecoder, type StatusOptions } from "./decodeStatus.ts";
import type { Annotation, FormatWarning, Recording, Segment } from "./recording.ts";
import { sampleToSeconds } from "./segments.ts";

/** Samples read at a time. */
const blockSamples = 2 ** 20;

/** What the Status signal of a recording says, and which signal that is. */
export interface RecordingStatus extends DecodedStatus {
  /** Number of the signal. */
  readonly signal: number;
  readonly rateHz: number;
  /** `cms-out-of-range` and `battery-low`, where there is some of it. */
  readonly warnings: readonly FormatWarning[];
}

/**
 * Reads and decodes the Status signal of a BDF recording, block by block. Its samples are numbered as they are stored.
 *
 * @param options see `statusDefaults`
 * @returns `undefined` if the recording is no BDF file or has no signal that is called `Status` and holds triggers
 */
export async function readStatus(
  recording: Recording,
  options: Omit<StatusOptions, "startSample"> = {},
): Promise<RecordingStatus | undefined> {
  const found = recording.signals.find(({ type, label }) => type === "trigger" && label === "Status");
  if (!found || !recording.format.startsWith("BDF")) return undefined;
  const { index: signal, rateHz, samples } = found;
  const decoder = new StatusDecoder(options);
  for (let startSample = 0; startSample < samples; startSample += blockSamples) {
    const endSample = Math.min(samples, startSample + blockSamples);
    const { channels } = await recording.readDigital({ signals: [signal], startSample, endSample, gapPolicy: "join" });
    decoder.push(channels[0]!);
  }
  const status = decoder.finish();
  const warnings: FormatWarning[] = [];
  const warn = (code: string, what: string, spans: readonly SampleSpan[]) => {
    const seconds = spans.reduce((sum, span) => sum + span.samples, 0) / rateHz;
    if (spans.length === 0) return;
    warnings.push({
      code,
      message: `${recording.name}: ${what} for ${seconds} s of ${samples / rateHz} s, ${spans.length} times`,
    });
  };
  warn("cms-out-of-range", "the electrode CMS was out of range", status.cmsOutOfRange);
  warn("battery-low", "the battery was low", status.batteryLow);
  return { signal, rateHz, warnings, ...status };
}

/**
 * What the Status signal says about the data, as annotations: `BAD CMS out of range` (a text that begins with BAD marks
 * data not to be used, also for MNE) and `battery low`.
 *
 * @param status decoded
 * @param place rate of the signal; the recording's segments, where it has gaps
 */
export function statusAnnotations(
  { cmsOutOfRange, batteryLow }: DecodedStatus,
  { rateHz, segments }: { readonly rateHz: number; readonly segments?: readonly Segment[] },
): Annotation[] {
  const seconds = (sample: number) => (segments ? sampleToSeconds(segments, { rateHz, sample }) : sample / rateHz);
  const named = (text: string, spans: readonly SampleSpan[]) =>
    spans.map(({ startSample, samples }) => {
      const onsetSeconds = seconds(startSample);
      // up to the end of the last sample, whose segment may be another one than that of the sample after it
      const durationSeconds = seconds(startSample + samples - 1) + 1 / rateHz - onsetSeconds;
      return { onsetSeconds, durationSeconds, text, type: "Status" };
    });
  return [...named("BAD CMS out of range", cmsOutOfRange), ...named("battery low", batteryLow)].sort(
    (a, b) => a.onsetSeconds - b.onsetSeconds,
  );
}
