import { checkNumber } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { combineFilterings, type Filtering, zeroPhaseFiltering } from "../signal/filtering.ts";
import { causalFilteringDefaults } from "../signal/filterSignal.ts";
import { artefactDefaults, findArtefacts, interpolateArtefacts } from "./artefacts.ts";
import { findBadChannels } from "./badChannels.ts";
import { channelIndices, checkEegSignal, checkNames, type EegSignal, type TimeSpan } from "./eegSignal.ts";
import { createStage, type Stage } from "./preprocessStage.ts";
import type { AppliedStep, PreprocessOptions, PreprocessStep, StreamableStep, WholeStep } from "./preprocessSteps.ts";
import { interpolateChannels } from "./sphericalSpline.ts";

/** Options of `preprocess` and `PreprocessStream` where none are given. */
export const preprocessDefaults = {
  ...causalFilteringDefaults,
  bad: [],
} as const satisfies Required<PreprocessOptions>;

/** A preprocessed signal and all that was done to it. */
export interface Preprocessed {
  readonly signal: EegSignal;
  /** Phase and delay of all filters together; undefined if nothing was filtered. */
  readonly filtering: Filtering | undefined;
  /** Every step in order, with resolved options and what it found: the provenance. */
  readonly steps: readonly AppliedStep[];
  /** Channels that are still there and bad. */
  readonly bad: readonly string[];
  /** Channels that were interpolated from others: their rank is lost. */
  readonly interpolated: readonly string[];
  /** Spans to leave out, in the order found. */
  readonly excluded: readonly TimeSpan[];
}

interface State {
  signal: EegSignal;
  bad: string[];
  interpolated: string[];
  excluded: TimeSpan[];
}

/**
 * Applies steps one after the other. The same signal and steps give the same bytes; with streamable steps only, also the
 * same bytes as `PreprocessStream` gives for any blocks.
 *
 * @param signal [channels, samples], a recording or a trial
 * @param steps in the order of application
 * @throws ToolkitError `bad-option` for zero-phase and causal filters in one list, before anything is computed; otherwise
 *   as the steps' own functions
 */
export function preprocess(
  signal: EegSignal,
  steps: readonly PreprocessStep[],
  options: PreprocessOptions = {},
): Preprocessed {
  const resolved = { ...preprocessDefaults, ...options };
  checkEegSignal("preprocess", signal);
  checkPhases(steps);
  channelIndices("preprocess", signal.names, resolved.bad);
  const state: State = { signal, bad: [...resolved.bad], interpolated: [], excluded: [] };
  const applied: AppliedStep[] = [];
  const filterings: (Filtering | undefined)[] = [];
  for (const step of steps) {
    if (isWhole(step)) {
      applied.push(step.step === "artefacts" ? treatArtefacts(state, step) : treatBadChannels(state, step));
      continue;
    }
    const { names, rateHz } = state.signal;
    const stage = createStage(step, { ...resolved, names, rateHz, bad: state.bad });
    const blocks = [stage.push(state.signal.channels), ...(stage.flush ? [stage.flush()] : [])];
    state.signal = { ...state.signal, names: stage.names, rateHz: stage.rateHz, channels: join(blocks) };
    state.bad = state.bad.filter((name) => stage.names.includes(name));
    state.interpolated = state.interpolated.filter((name) => stage.names.includes(name));
    filterings.push(stage.filtering);
    applied.push(stage.applied);
  }
  return { ...state, filtering: combineFilterings(filterings), steps: applied };
}

/** What a `PreprocessStream` works on. */
export interface PreprocessStreamOptions extends PreprocessOptions {
  /** Channels of every block. */
  names: readonly string[];
  rateHz: number;
}

/**
 * Preprocessing of blocks as they come: whatever the blocks are, the outputs joined are the bytes `preprocess` gives for
 * the blocks joined.
 */
export class PreprocessStream {
  /** Channels that come out. */
  readonly names: readonly string[];
  /** Their rate. */
  readonly rateHz: number;
  /** Phase and delay of all filters together; undefined if nothing is filtered. */
  readonly filtering: Filtering | undefined;
  /** Every step with resolved options. */
  readonly steps: readonly AppliedStep[];
  readonly #stages: readonly Stage[];
  #ended = false;

  /**
   * @param steps streamable ones, filters causal
   * @throws ToolkitError `bad-option` for a step that needs the whole signal; otherwise as the steps' own functions
   */
  constructor(steps: readonly PreprocessStep[], options: PreprocessStreamOptions) {
    const resolved = { ...preprocessDefaults, ...options };
    checkNames("PreprocessStream", resolved.names);
    checkNumber("PreprocessStream", "rateHz", resolved.rateHz, { above: 0 });
    channelIndices("PreprocessStream", resolved.names, resolved.bad);
    checkPhases(steps);
    let [names, rateHz] = [resolved.names, resolved.rateHz];
    this.#stages = steps.map((step, index) => {
      if (isWhole(step) || ("phase" in step && step.phase === "zero")) {
        throw new ToolkitError(
          "bad-option",
          `PreprocessStream: step ${index}, ${step.step}, needs the whole signal; use preprocess, or causal filters`,
        );
      }
      const bad = resolved.bad.filter((name) => names.includes(name));
      const stage = createStage(step, { ...resolved, names, rateHz, bad });
      [names, rateHz] = [stage.names, stage.rateHz];
      return stage;
    });
    this.names = names;
    this.rateHz = rateHz;
    this.filtering = combineFilterings(this.#stages.map((stage) => stage.filtering));
    this.steps = this.#stages.map((stage) => stage.applied);
  }

  /**
   * Takes the next block.
   *
   * @param channels [channels, any number of samples]
   * @returns [channels, samples] that are complete now
   * @throws ToolkitError `bad-shape`, `bad-value`, also after `flush`
   */
  push(channels: readonly Float64Array[]): readonly Float64Array[] {
    if (this.#ended) throw new ToolkitError("bad-shape", "PreprocessStream: the signal has ended; make a new one");
    return this.#run(channels, 0);
  }

  /**
   * Ends the signal.
   *
   * @returns the samples that a resampling held back, [channels, samples]
   * @throws ToolkitError `bad-shape` if called twice
   */
  flush(): readonly Float64Array[] {
    if (this.#ended) throw new ToolkitError("bad-shape", "PreprocessStream: the signal has ended; make a new one");
    this.#ended = true;
    const blocks = [this.names.map(() => new Float64Array(0)) as readonly Float64Array[]];
    for (const [s, stage] of this.#stages.entries()) if (stage.flush) blocks.push(this.#run(stage.flush(), s + 1));
    return join(blocks);
  }

  #run(channels: readonly Float64Array[], firstStage: number): readonly Float64Array[] {
    return this.#stages.slice(firstStage).reduce((block, stage) => stage.push(block), channels);
  }
}

function isWhole(step: PreprocessStep): step is WholeStep {
  return step.step === "artefacts" || step.step === "badChannels";
}

function checkPhases(steps: readonly PreprocessStep[]): void {
  const phaseOf = (step: PreprocessStep) => (step as StreamableStep & { phase?: Filtering["phase"] }).phase;
  combineFilterings(
    steps.map((step) => {
      const phase = phaseOf(step);
      return phase === undefined ? undefined : { ...zeroPhaseFiltering, phase };
    }),
  );
}

function treatBadChannels(state: State, step: WholeStep & { step: "badChannels" }): AppliedStep {
  const { step: name, treatment, ...given } = step;
  if (treatment !== "interpolate" && treatment !== "drop" && treatment !== "mark") {
    throw new ToolkitError(
      "bad-option",
      `preprocess: treatment is "${String(treatment)}"; of badChannels it must be interpolate, drop or mark`,
    );
  }
  const excludeSpans = [...state.excluded, ...(given.excludeSpans ?? [])];
  const { channels, bad: found, options } = findBadChannels(state.signal, { ...given, excludeSpans });
  const bad = state.signal.names.filter((channel) => found.includes(channel) || state.bad.includes(channel));
  state.bad = treatment === "mark" ? bad : [];
  if (treatment === "drop") {
    const kept = state.signal.names.flatMap((channel, c) => (bad.includes(channel) ? [] : [c]));
    if (kept.length === 0) throw new ToolkitError("bad-value", "preprocess: all channels are bad; none would be left");
    state.signal = {
      ...state.signal,
      names: kept.map((c) => state.signal.names[c]!),
      channels: kept.map((c) => state.signal.channels[c]!),
    };
  } else if (treatment === "interpolate" && bad.length > 0) {
    state.signal = interpolateChannels(state.signal, { bad, exclude: options.exclude }).signal;
    state.interpolated.push(...bad);
  }
  return { step: name, options: { ...options, treatment }, outcome: { bad, channels } };
}

function treatArtefacts(state: State, step: WholeStep & { step: "artefacts" }): AppliedStep {
  const { step: name, treatment, maxInterpolatedSeconds = 0.5, ...given } = step;
  if (treatment !== "interpolate" && treatment !== "exclude") {
    throw new ToolkitError(
      "bad-option",
      `preprocess: treatment is "${String(treatment)}"; of artefacts it must be interpolate or exclude`,
    );
  }
  const found = findArtefacts(state.signal, given);
  const options = { ...artefactDefaults, ...given, treatment, maxInterpolatedSeconds };
  if (treatment === "exclude") {
    state.excluded.push(...found.excluded);
    return { step: name, options, outcome: { ...found, interpolated: [] } };
  }
  const isShort = ({ startSeconds, endSeconds }: TimeSpan) => endSeconds - startSeconds <= maxInterpolatedSeconds;
  const interpolated = found.spans.filter(isShort);
  const excluded = found.spans
    .filter((span) => !isShort(span))
    .map(({ startSeconds, endSeconds }) => ({ startSeconds, endSeconds }));
  state.signal = interpolateArtefacts(state.signal, interpolated);
  state.excluded.push(...excluded);
  return { step: name, options, outcome: { ...found, excluded, interpolated } };
}

function join(blocks: readonly (readonly Float64Array[])[]): readonly Float64Array[] {
  if (blocks.length === 1) return blocks[0]!;
  return blocks[0]!.map((_, c) => {
    const joined = new Float64Array(blocks.reduce((sum, block) => sum + block[c]!.length, 0));
    let at = 0;
    for (const block of blocks) {
      joined.set(block[c]!, at);
      at += block[c]!.length;
    }
    return joined;
  });
}
