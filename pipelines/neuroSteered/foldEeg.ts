import {
  checkSameFiltering,
  checkTrainingOnly,
  type EegSignal,
  fitOcular,
  type PreprocessingOptions,
  preprocess,
  subtractOcular,
  type TimeSpan,
  ToolkitError,
} from "../../src/index.ts";
import type { PreparedTrial } from "./prepareSubject.ts";
import type { TrainingPlan } from "./trainingPlan.ts";

/** EEG as a decoder takes it. */
export interface FoldEeg {
  readonly names: readonly string[];
  /** EEG channels alone, [channels][samples]. */
  readonly channels: readonly Float64Array[];
  /** Spans that take no part in training and scores. */
  readonly excluded: readonly TimeSpan[];
}

/**
 * The last steps of preprocessing, which may look at the training trials of a fold only: regression on the eye channels; then
 * artefacts, which are judged trial by trial.
 *
 * @throws ToolkitError `bad-shape` if channels differ between trials, `bad-option` if filterings do, `bad-value` if eye channels
 *   are wanted and there are none
 */
export function foldEeg(
  { training, test, leftOut }: TrainingPlan,
  options: PreprocessingOptions,
): (trial: PreparedTrial) => FoldEeg {
  const all = [...training, ...test];
  checkSameFiltering(
    "decode",
    all.map(({ filtering }) => filtering),
  );
  const first = all[0]!;
  for (const { trial, signal } of all) {
    if (signal.names.join("\n") === first.signal.names.join("\n")) continue;
    const missing = first.signal.names.filter((name) => !signal.names.includes(name));
    const more = signal.names.filter((name) => !first.signal.names.includes(name));
    throw new ToolkitError(
      "bad-shape",
      `decode: ${trial.subject} trial ${trial.trial} has other channels than ${first.trial.subject} trial ${first.trial.trial} (${[...missing.map((name) => `without ${name}`), ...more.map((name) => `with ${name}`)].join(", ") || "in another order"}); a decoder needs the same ones`,
    );
  }
  const clean = options.ocular === "none" ? (signal: EegSignal) => signal : ocularCleaner(training, test, leftOut);
  const done = new Map<PreparedTrial, FoldEeg>();
  const compute = (trial: PreparedTrial): FoldEeg => {
    const eeg = withoutChannels(clean(trial.signal), trial.eog);
    if (options.artefacts === "none") return { ...eeg, excluded: [] };
    const step = { step: "artefacts", treatment: options.artefacts, mads: options.artefactMads } as const;
    const { signal, excluded } = preprocess(eeg, [step]);
    return { names: signal.names, channels: signal.channels, excluded };
  };
  return (trial) => {
    const known = done.get(trial) ?? compute(trial);
    done.set(trial, known);
    return known;
  };
}

function ocularCleaner(
  training: readonly PreparedTrial[],
  test: readonly PreparedTrial[],
  leftOut: string,
): (signal: EegSignal) => EegSignal {
  const { eog, trial } = training[0]!;
  if (eog.length === 0) {
    throw new ToolkitError(
      "bad-value",
      `decode: ${trial.recording} has no channel of type EOG; preprocessing.ocular regression needs one`,
    );
  }
  checkTrainingOnly(
    `decode: without ${leftOut}`,
    training.map(({ signal }) => signal.channels),
    test.map(({ signal }) => signal.channels),
  );
  const model = fitOcular(
    training.map(({ signal }) => signal),
    { eog },
  );
  return (signal) => ({ ...signal, channels: subtractOcular(signal.names, signal.channels, model) });
}

function withoutChannels(signal: EegSignal, names: readonly string[]): EegSignal {
  if (names.length === 0) return signal;
  const kept = signal.names.flatMap((name, c) => (names.includes(name) ? [] : [c]));
  return { ...signal, names: kept.map((c) => signal.names[c]!), channels: kept.map((c) => signal.channels[c]!) };
}
