import {
  type AppliedStep,
  type Block,
  type EegSignal,
  type EegSource,
  type Filtering,
  findBadChannels,
  interpolateChannels,
  type PreprocessingOptions,
  type PreprocessStep,
  PreprocessStream,
  preprocess,
  readBlocks,
  type Span,
  SpanCutter,
  type Study,
  type StudyTrial,
  ToolkitError,
} from "../../src/index.ts";
import { bandCentreHz, bandStep, type EegTimes } from "./featureBand.ts";
import { breathe, failureOf, type Stage } from "./stage.ts";

/** The EEG of a trial, filtered, resampled and referenced. */
export interface PreparedEeg {
  readonly trial: StudyTrial;
  /** EEG channels, and EOG channels where they are regressed out later, [channels][samples]. */
  readonly signal: EegSignal;
  /** Names of the EOG channels among them. */
  readonly eog: readonly string[];
  readonly times: EegTimes;
  readonly filtering: Filtering | undefined;
  /** Every step with its options and outcome. */
  readonly steps: readonly AppliedStep[];
}

/**
 * Reads the EEG of trials and prepares it. With zero-phase filters each trial is read with its margins; with causal ones the
 * recording streams through the filters from its beginning. Bad channels are judged over all trials of a recording.
 *
 * @param trials of one subject
 */
export async function* prepareEeg(
  study: Study,
  trials: readonly StudyTrial[],
  options: PreprocessingOptions,
): AsyncGenerator<Stage<PreparedEeg>> {
  for (const recording of new Set(trials.map((trial) => trial.recording))) {
    const own = trials.filter((trial) => trial.recording === recording);
    const done: PreparedEeg[] = [];
    const failed = new Set<StudyTrial>();
    try {
      const source = await openSource(study, own[0]!, options);
      for await (const result of cutTrials(source, own, options)) {
        await breathe();
        if ("signal" in result) done.push(result);
        else {
          const failure = failureOf(result.trial, result.error);
          failed.add(result.trial);
          yield { kind: "failure", failure };
        }
      }
      for (const prepared of finishRecording(done, source, options)) yield { kind: "ready", value: prepared };
    } catch (error) {
      // what cannot be read fails the trials still to come, and no other recording's
      for (const trial of own) if (!failed.has(trial)) yield { kind: "failure", failure: failureOf(trial, error) };
    }
  }
}

/** Opens a recording; refuses one whose rate cannot carry the band, and one without a channel to decode. */
async function openSource(study: Study, trial: StudyTrial, { highHz }: PreprocessingOptions): Promise<EegSource> {
  const source = await study.openEeg(trial);
  const { rateHz, channels } = source;
  const problem =
    rateHz <= 2 * highHz
      ? `sampled at ${rateHz} Hz; a band up to ${highHz} Hz needs more than ${2 * highHz} Hz`
      : `none of its ${channels.length} channels is of type EEG and not bad`;
  if (rateHz > 2 * highHz && channels.some(({ type, bad }) => type === "eeg" && !bad)) return source;
  await source.close?.();
  throw new ToolkitError("bad-value", `${trial.recording}: ${problem}`);
}

type CutResult = PreparedEeg | { readonly trial: StudyTrial; readonly error: unknown };

/** Cuts the trials out of a recording, in the order of their onsets, and closes it; one that cannot be cut comes with the reason. */
async function* cutTrials(
  source: EegSource,
  trials: readonly StudyTrial[],
  options: PreprocessingOptions,
): AsyncGenerator<CutResult> {
  const inside: StudyTrial[] = [];
  const seconds = source.samples / source.rateHz;
  try {
    for (const trial of trials) {
      const { recording, onsetSeconds, durationSeconds } = trial;
      const end = onsetSeconds + durationSeconds;
      // half a sample: durations are rounded in tables
      if (onsetSeconds >= 0 && end <= seconds + 0.5 / source.rateHz) inside.push(trial);
      else {
        const message = `${recording}: trial ${trial.trial} is from ${onsetSeconds} to ${end} s; the recording lasts ${seconds} s`;
        yield { trial, error: new ToolkitError("bad-shape", message) };
      }
    }
    inside.sort((a, b) => a.onsetSeconds - b.onsetSeconds);
    if (inside.length > 0) yield* (options.phase === "zero" ? cutEach : cutStream)(source, inside, options);
  } finally {
    await source.close?.();
  }
}

/** The steps before bad channels and reference, for one recording. */
function firstSteps(source: EegSource, options: PreprocessingOptions): PreprocessStep[] {
  const { notchHz, phase, rateHz, ocular, badChannels } = options;
  const kept = source.channels.filter(
    ({ type, bad }) =>
      (type === "eeg" && (badChannels === "interpolate" || !bad)) || (type === "eog" && ocular !== "none" && !bad),
  );
  return [
    { step: "pick", channels: kept.map(({ name }) => name) },
    ...notchHz.map((frequencyHz): PreprocessStep => ({ step: "notch", frequencyHz, phase })),
    ...(source.rateHz === rateHz ? [] : [{ step: "resample", toHz: rateHz } as const]),
    bandStep(options),
  ];
}

/** Reads, filters and cuts each trial by itself. */
async function* cutEach(
  source: EegSource,
  trials: readonly StudyTrial[],
  options: PreprocessingOptions,
): AsyncGenerator<CutResult> {
  const steps = firstSteps(source, options);
  for (const trial of trials) {
    try {
      const from = Math.max(0, Math.floor((trial.onsetSeconds - options.marginSeconds) * source.rateHz));
      const end = trial.onsetSeconds + trial.durationSeconds + options.marginSeconds;
      const raw = await source.read(from, Math.min(source.samples, Math.ceil(end * source.rateHz)));
      const done = preprocess({ ...raw, names: source.channels.map(({ name }) => name) }, steps, {
        delayAtHz: bandCentreHz(options),
      });
      const block = { rateHz: done.signal.rateHz, channels: done.signal.channels };
      yield withoutMargins(trial, block, from / source.rateHz - trial.onsetSeconds, done);
    } catch (error) {
      yield { trial, error };
    }
  }
}

/** Streams the recording through causal filters, as far as the last trial, and cuts the trials out of what comes. */
async function* cutStream(
  source: EegSource,
  trials: readonly StudyTrial[],
  options: PreprocessingOptions,
): AsyncGenerator<CutResult> {
  const stream = new PreprocessStream(firstSteps(source, options), {
    names: source.channels.map(({ name }) => name),
    rateHz: source.rateHz,
    delayAtHz: bandCentreHz(options),
  });
  const spans = trials.map(({ onsetSeconds, durationSeconds }): Span => {
    const startSample = Math.ceil(onsetSeconds * stream.rateHz - 1e-9);
    const last = Math.ceil((source.samples * stream.rateHz) / source.rateHz - 1e-6);
    return { startSample, endSample: Math.min(last, Math.floor((onsetSeconds + durationSeconds) * stream.rateHz) + 1) };
  });
  const cutter = new SpanCutter(spans);
  let [taken, next] = [0, 0];
  const push = (channels: readonly Float64Array[]) => {
    const block = { rateHz: stream.rateHz, startSample: taken, channels };
    taken += channels[0]!.length;
    return channels[0]!.length === 0 ? [] : cutter.push(block);
  };
  const prepared = (block: Block): PreparedEeg => {
    const trial = trials[next++]!;
    return withoutMargins(trial, block, block.startSample / block.rateHz - trial.onsetSeconds, {
      ...stream,
      signal: { ...block, names: stream.names },
      filtering: stream.filtering,
      steps: stream.steps,
    });
  };
  const { rateHz, samples } = source;
  const unclosed = { rateHz, samples, read: (start: number, end: number) => source.read(start, end) };
  try {
    for await (const block of readBlocks(async () => unclosed)) {
      yield* push(stream.push(block.channels)).map(prepared);
      if (next === trials.length) return;
    }
    yield* push(stream.flush()).map(prepared);
    cutter.finish();
  } catch (error) {
    // what comes after samples that cannot be read cannot be filtered
    for (const trial of trials.slice(next)) yield { trial, error };
  }
}

function withoutMargins(
  trial: StudyTrial,
  { rateHz, channels }: { readonly rateHz: number; readonly channels: readonly Float64Array[] },
  startSeconds: number,
  done: {
    readonly signal: EegSignal;
    readonly filtering: Filtering | undefined;
    readonly steps: readonly AppliedStep[];
  },
): PreparedEeg {
  const timeOf = (sample: number) => startSeconds + sample / rateHz;
  let from = 0;
  while (timeOf(from) < -1e-9) from++;
  let to = channels[0]!.length;
  while (to > from && timeOf(to - 1) > trial.durationSeconds + 1e-9) to--;
  const { names } = done.signal;
  return {
    trial,
    signal: { rateHz, names, channels: channels.map((channel) => channel.slice(from, to)) },
    eog: [],
    times: { rateHz, startSeconds: timeOf(from), samples: to - from },
    filtering: done.filtering,
    steps: done.steps,
  };
}

/** Bad channels and reference, over all trials of a recording. */
function finishRecording(
  trials: readonly PreparedEeg[],
  source: EegSource,
  { badChannels, reference }: PreprocessingOptions,
): PreparedEeg[] {
  const first = trials[0];
  if (first === undefined) return [];
  const { names, rateHz } = first.signal;
  const eog = source.channels
    .filter(({ name, type }) => type === "eog" && names.includes(name))
    .map(({ name }) => name);
  const declared = source.channels.filter(({ name, bad }) => bad && names.includes(name)).map(({ name }) => name);
  const steps: AppliedStep[] = [];
  let bad = declared;
  if (badChannels !== "keep") {
    const joined = names.map((_, c) => concatenate(trials.map(({ signal }) => signal.channels[c]!)));
    const found = findBadChannels({ rateHz, names, channels: joined }, { exclude: [...eog, ...declared] });
    bad = names.filter((name) => declared.includes(name) || found.bad.includes(name));
    const options = { ...found.options, treatment: badChannels };
    steps.push({ step: "badChannels", options, outcome: { bad, channels: found.channels } });
  }
  return trials.map((trial) => {
    let signal = trial.signal;
    if (bad.length > 0 && badChannels === "interpolate")
      signal = interpolateChannels(signal, { bad, exclude: eog }).signal;
    else if (bad.length > 0) signal = leaveOut(signal, bad, { eog, ...trial.trial });
    if (reference === "none") return { ...trial, signal, eog, steps: [...trial.steps, ...steps] };
    const referenced = preprocess(
      signal,
      [{ step: "reference", reference, exclude: eog }],
      // an interpolated channel is the others over again and would count twice
      { bad: badChannels === "interpolate" ? bad : [] },
    );
    // measured against itself a channel is 0
    const zero = typeof reference !== "string" && reference.length === 1 ? reference : [];
    const kept = zero.length > 0 ? leaveOut(referenced.signal, zero, { eog, ...trial.trial }) : referenced.signal;
    return { ...trial, signal: kept, eog, steps: [...trial.steps, ...steps, ...referenced.steps] };
  });
}

function leaveOut(
  signal: EegSignal,
  without: readonly string[],
  { recording, eog }: { readonly recording: string; readonly eog: readonly string[] },
): EegSignal {
  const kept = signal.names.flatMap((name, c) => (without.includes(name) ? [] : [c]));
  if (kept.every((c) => eog.includes(signal.names[c]!))) {
    throw new ToolkitError("bad-value", `${recording}: no EEG channel is left without ${without.join(", ")}`);
  }
  return { ...signal, names: kept.map((c) => signal.names[c]!), channels: kept.map((c) => signal.channels[c]!) };
}

function concatenate(parts: readonly Float64Array[]): Float64Array {
  const joined = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
