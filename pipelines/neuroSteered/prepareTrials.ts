import { catchError, concat, concatMap, defer, from, type Observable, tap } from "rxjs";
import {
  type BidsSubject,
  type Block,
  cut,
  envelope,
  type Matrix,
  type PreprocessingOptions,
  recordingSource,
  resampleTo,
  type Span,
  type StudyOptions,
  type StudyTrial,
  sampleCount,
  signalBlocks,
  ToolkitError,
} from "../../src/index.ts";
import { readTrialSound, studySpectrogram } from "./audio.ts";
import { type FeatureBand, featureBand } from "./features.ts";
import { breathe, failureOf, orFailure, type Stage } from "./stage.ts";

/** A trial ready for decoding: EEG and the features of its sources on one time axis. */
export interface PreparedTrial {
  readonly trial: StudyTrial;
  /** Band-passed EEG, [channels][samples]. */
  readonly eeg: readonly Float64Array[];
  /** When each EEG sample was taken, in seconds after the trial's onset. */
  readonly times: Float64Array;
  /** Magnitude spectrogram of the attended source's own recording, [frames, bins]. */
  readonly attendedSpectrogram: Matrix<Float32Array>;
  /** Frames of the spectrogram per second. */
  readonly frameRateHz: number;
  /** Band-passed envelope of each source at the EEG's times, [sources][samples]. */
  readonly envelopes: readonly Float64Array[];
  /** Place of the attended source among the sources. */
  readonly attended: number;
}

/**
 * Streams a subject's recording once, cuts out the trials and adds the features of their sources.
 *
 * @param subject recording and trials
 * @param options see `studyDefaults`
 */
export function prepareTrials(subject: BidsSubject, options: StudyOptions): Observable<Stage<PreparedTrial>> {
  const { preprocessing } = options;
  return defer(() => {
    const band = featureBand(preprocessing);
    const waiting = new Set(subject.trials);
    return from(describeRecording(subject, preprocessing)).pipe(
      concatMap((recordingSeconds) => {
        const [inside, outside] = splitByRecording(subject, recordingSeconds);
        const spans = inside.map((trial) => trialSpan(trial, recordingSeconds, preprocessing));
        return concat(
          from(outside),
          signalBlocks(() => recordingSource(subject.recording, subject.channels)).pipe(
            resampleTo(preprocessing.rateHz),
            band.streamed,
            cut(spans),
            concatMap((block, i) => from(orFailure(inside[i]!, () => prepareTrial(inside[i]!, block, band, options)))),
          ),
        );
      }),
      tap((event) => {
        if (event.kind === "ready") waiting.delete(event.value.trial);
        else if (event.kind === "failure") waiting.delete(trialOf(subject, event.failure.trial));
      }),
      // A recording that cannot be read on fails the trials still to come, and no other subject's
      catchError((error) => from([...waiting].map((trial) => failed<PreparedTrial>(trial, error)))),
    );
  });
}

/** Length of the recording in seconds; refuses one whose rate cannot carry the band. */
async function describeRecording(subject: BidsSubject, { highHz }: PreprocessingOptions): Promise<number> {
  const source = await recordingSource(subject.recording, subject.channels);
  await source.close?.();
  if (source.rateHz > 2 * highHz) return source.samples / source.rateHz;
  throw new ToolkitError(
    "bad-value",
    `${subject.recording}: sampled at ${source.rateHz} Hz; a band up to ${highHz} Hz needs more than ${2 * highHz} Hz`,
  );
}

function trialOf(subject: BidsSubject, name: string): StudyTrial {
  return subject.trials.find(({ trial }) => trial === name)!;
}

function splitByRecording(subject: BidsSubject, recordingSeconds: number): [StudyTrial[], Stage<PreparedTrial>[]] {
  const isInside = (trial: StudyTrial) =>
    trial.onsetSeconds >= 0 && trial.onsetSeconds + trial.durationSeconds <= recordingSeconds;
  const trials = [...subject.trials].sort((a, b) => a.onsetSeconds - b.onsetSeconds);
  const outside = trials
    .filter((trial) => !isInside(trial))
    .map((trial) => {
      const end = trial.onsetSeconds + trial.durationSeconds;
      const message = `${subject.recording}: trial ${trial.trial} is from ${trial.onsetSeconds} to ${end} s; the recording lasts ${recordingSeconds} s`;
      return failed<PreparedTrial>(trial, new ToolkitError("bad-shape", message));
    });
  return [trials.filter(isInside), outside];
}

function failed<T>(trial: StudyTrial, error: unknown): Stage<T> {
  return { kind: "failure", failure: failureOf(trial, error) };
}

/** The samples of a trial and of the margins in which its filters settle, as far as the recording goes. */
function trialSpan(trial: StudyTrial, recordingSeconds: number, { rateHz, marginSeconds }: PreprocessingOptions): Span {
  const start = Math.max(0, trial.onsetSeconds - marginSeconds);
  const end = Math.min(recordingSeconds, trial.onsetSeconds + trial.durationSeconds + marginSeconds);
  return { startSample: Math.ceil(start * rateHz), endSample: Math.floor(end * rateHz) };
}

async function* prepareTrial(
  trial: StudyTrial,
  block: Block,
  band: FeatureBand,
  options: StudyOptions,
): AsyncGenerator<Stage<PreparedTrial>> {
  const sound = await readTrialSound(trial);
  await breathe();
  const { eeg, times } = withoutMargins(block, trial, band);
  const { rateHz } = options.preprocessing;
  const envelopes = sound.stems.map(({ samples }) => envelope(samples, { rateHz: sound.rateHz, outputRateHz: rateHz }));
  const value: PreparedTrial = {
    trial,
    eeg,
    times,
    attendedSpectrogram: studySpectrogram(sound.stems[sound.attended]!.samples, sound.rateHz, options.spectrogram),
    frameRateHz: sound.rateHz / Math.round(options.spectrogram.hopSeconds * sound.rateHz),
    envelopes: band.align(envelopes, rateHz, times),
    attended: sound.attended,
  };
  yield { kind: "step", label: `${trial.subject} trial ${trial.trial}: read` };
  yield { kind: "ready", value };
}

function withoutMargins(block: Block, trial: StudyTrial, band: FeatureBand): Pick<PreparedTrial, "eeg" | "times"> {
  const timeOf = (sample: number) => (block.startSample + sample) / block.rateHz - trial.onsetSeconds;
  const count = sampleCount(block);
  let from = 0;
  while (timeOf(from) < 0) from++;
  let to = count;
  while (timeOf(to - 1) > trial.durationSeconds) to--;
  return {
    eeg: block.channels.map((channel) => band.filterTrial(channel).slice(from, to)),
    times: Float64Array.from({ length: to - from }, (_, i) => timeOf(from + i)),
  };
}
