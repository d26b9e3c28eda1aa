import {
  type DecodedFeature,
  decideAttention,
  forwardPattern,
  type Matrix,
  median,
  predictTrf,
  type ScalpPattern,
  type Study,
  type StudyOptions,
  type StudyTrial,
  type ToolkitError,
  type TrfTrial,
  type TunedTrf,
  trainTrf,
  trfCovariance,
  tuneTrfAsync,
  validTrfSamples,
} from "../../src/index.ts";
import { studySpectrogram } from "./audio.ts";
import { alignFeatures, type EegTimes } from "./featureBand.ts";
import { type FoldEeg, foldEeg } from "./foldEeg.ts";
import { rowsOf } from "./matrices.ts";
import type { PreparedSubject, PreparedTrial } from "./prepareSubject.ts";
import { breathe, orFailure, type Stage } from "./stage.ts";
import { activationsIn, learnDictionary, type TrainingDictionary } from "./trainingDictionary.ts";
import { type TrainingPlan, trainingPlans } from "./trainingPlan.ts";

/** A trial with what its EEG says about the attended source's activations; no other data of the trial went into that. */
export interface DecodedActivations {
  readonly trial: StudyTrial;
  /** Place of the attended source among the sources. */
  readonly attended: number;
  readonly times: EegTimes;
  /** Decoded activations S_a at the EEG's times, [components][samples]; signed. */
  readonly decoded: readonly Float64Array[];
  /** Activations of every source's own recording in the same dictionary, [sources] of [components, frames]. */
  readonly sourceActivations: readonly Matrix[];
  /** The same, band-passed at the EEG's times, [sources][components][samples]. */
  readonly sourceAligned: readonly (readonly Float64Array[])[];
}

/** A subject to be decoded and those it may be trained with. */
export interface DecodingInput {
  readonly own: PreparedSubject;
  /** All other subjects; unused by regime `within-subject`. */
  readonly others: readonly PreparedSubject[];
  readonly study: Study;
}

/** Everything a fold shares. */
interface Fold {
  readonly plan: TrainingPlan;
  readonly eegOf: (trial: PreparedTrial) => FoldEeg;
  readonly study: Study;
  readonly options: StudyOptions;
  /** Activations of mixtures' sources in the fold's dictionary: trials of one mixture share them. */
  readonly activations: Map<string, readonly Matrix[]>;
}

/**
 * Decodes each trial of a subject with models trained on other trials, see `DecoderOptions`: for each feature a backward model
 * from EEG to that of the attended source, its lambda chosen within the training trials. Emits decisions, and the decoded
 * activations as values.
 */
export async function* decodeSubject(
  { own, others, study }: DecodingInput,
  options: StudyOptions,
): AsyncGenerator<Stage<DecodedActivations>> {
  let plans: TrainingPlan[];
  const refused: { test: readonly PreparedTrial[]; error: ToolkitError }[] = [];
  try {
    plans = trainingPlans(own, others, { ...options.decoder, seed: options.seed }, (test, error) => {
      refused.push({ test, error });
    });
  } catch (error) {
    for (const { trial } of own.trials) yield* orFailure(trial, () => fails(error));
    return;
  }
  for (const { test, error } of refused) for (const { trial } of test) yield* orFailure(trial, () => fails(error));
  const lambdas: number[] = [];
  for (const plan of plans) {
    for (const message of plan.warnings) yield { kind: "warning", message };
    let fold: Fold;
    let models: FeatureModel[];
    try {
      fold = { plan, eegOf: foldEeg(plan, options.preprocessing), study, options, activations: new Map() };
      models = [];
      for (const feature of options.decoder.features) {
        models.push(await trainFeature(feature, fold));
        await breathe();
      }
    } catch (error) {
      for (const { trial } of plan.test) yield* orFailure(trial, () => fails(error));
      continue;
    }
    for (const { model, feature } of models) {
      if (feature === patternFeature(options)) lambdas.push(Number(model.lambda));
      for (const message of model.warnings) {
        yield { kind: "warning", message: `${own.id}, ${feature}, without ${plan.leftOut}: ${message}` };
      }
    }
    for (const test of plan.test) yield* orFailure(test.trial, () => decodeTrial(test, fold, models));
  }
  if (lambdas.length > 0) yield { kind: "pattern", pattern: scalpPattern(own, median(lambdas), options) };
}

/** The feature whose pattern is shown: one number a sample, so that there is one map a lag. */
function patternFeature({ decoder: { features } }: StudyOptions): "envelope" | "onsets" | "flux" | undefined {
  return (["envelope", "onsets", "flux"] as const).find((name) => features.includes(name));
}

/** The forward pattern of a decoder of all of the subject's trials: for looking at, not for testing. */
function scalpPattern(own: PreparedSubject, lambda: number, options: StudyOptions): ScalpPattern {
  const feature = patternFeature(options)!;
  const plan: TrainingPlan = {
    leftOut: "nothing",
    test: [],
    training: own.trials,
    weights: [],
    innerFolds: [],
    warnings: [],
  };
  const eegOf = foldEeg(plan, options.preprocessing);
  const trials = own.trials.map((trial): TrfTrial => {
    const { channels, excluded } = eegOf(trial);
    const stimulus = trial.features.rows[feature]![trial.attended]!;
    return { eeg: channels, stimulus, rateHz: trial.times.rateHz, excluded };
  });
  const settings = trfSettings(options);
  const model = trainTrf(trials, { ...settings, lambda });
  const { patterns, lagSeconds, channels } = forwardPattern(model, trfCovariance(trials, settings));
  return {
    subject: own.id,
    feature,
    channels: eegOf(own.trials[0]!).names,
    lagSeconds: [...lagSeconds],
    values: Array.from(lagSeconds, (_, i) => [...patterns[0]!.subarray(i * channels, (i + 1) * channels)]),
  };
}

/** The options of backward models. */
function trfSettings({ preprocessing, decoder }: StudyOptions) {
  return {
    direction: "backward",
    rateHz: preprocessing.rateHz,
    minLagSeconds: decoder.minLagSeconds,
    maxLagSeconds: decoder.maxLagSeconds,
    method: decoder.method,
    lambdaConvention: decoder.lambdaConvention,
    edges: decoder.edges,
  } as const;
}

// biome-ignore lint/correctness/useYield: a generator like those it stands in for
async function* fails(error: unknown): AsyncGenerator<Stage<never>> {
  throw error;
}

/** A trained model and how its feature is made of a source. */
interface FeatureModel {
  readonly feature: DecodedFeature;
  readonly model: TunedTrf;
  /** Only of activations. */
  readonly dictionary?: TrainingDictionary;
}

async function trainFeature(feature: DecodedFeature, { plan, eegOf, study, options }: Fold): Promise<FeatureModel> {
  const { decoder, preprocessing } = options;
  const dictionary = feature === "activations" ? await learnDictionary(plan.training, study, options) : undefined;
  const trials = plan.training.map((trial): TrfTrial => {
    const { channels, excluded } = eegOf(trial);
    const stimulus =
      feature === "activations"
        ? alignFeatures(rowsOf(dictionary!.activationsOf(trial)), dictionary!.frameRateHz, trial.times, preprocessing)
            .rows
        : trial.features.rows[feature]![trial.attended]!;
    return { eeg: channels, stimulus, rateHz: trial.times.rateHz, excluded };
  });
  const model = await tuneTrfAsync(trials, decoder.lambda, {
    ...trfSettings(options),
    folds: plan.innerFolds,
    innerFolds: decoder.innerFolds,
    weights: plan.weights,
  });
  return { feature, model, ...(dictionary && { dictionary }) };
}

async function* decodeTrial(
  test: PreparedTrial,
  fold: Fold,
  models: readonly FeatureModel[],
): AsyncGenerator<Stage<DecodedActivations>> {
  const { plan, eegOf } = fold;
  const { trial, attended } = test;
  const { channels, excluded } = eegOf(test);
  for (const { feature, model: tuned, dictionary } of models) {
    const { model, lambda } = tuned;
    const decoded = predictTrf(model, channels);
    const activations = dictionary && (await sourceActivations(test, dictionary, fold));
    const candidates = activations?.aligned ?? test.features.rows[feature as keyof typeof test.features.rows]!;
    const valid = validTrfSamples({ eeg: channels, stimulus: decoded, excluded }, model.options);
    const compared = (rows: readonly Float64Array[]) => rows.map((values) => values.filter((_, n) => valid[n] === 1));
    const { correlations, decided, margin } = decideAttention(compared(decoded), candidates.map(compared));
    const name = trial.sources[decided];
    yield {
      kind: "decision",
      row: {
        subject: trial.subject,
        trial: trial.trial,
        mixture: trial.mixture,
        target: trial.target,
        feature,
        sources: trial.sources,
        correlations,
        decided: name ?? "none",
        correct: name === trial.target,
        margin,
        lambda: Number(lambda),
        leftOut: plan.leftOut,
        trainingTrials: plan.training.length,
        seconds: valid.reduce((sum, flag) => sum + flag, 0) / test.times.rateHz,
      },
    };
    yield {
      kind: "decoded",
      feature,
      subject: trial.subject,
      trial: trial.trial,
      decoded,
      candidates,
      attended,
      valid,
    };
    if (activations) {
      const { rows: sourceActivations, aligned: sourceAligned } = activations;
      yield {
        kind: "ready",
        value: { trial, attended, times: test.times, decoded, sourceActivations, sourceAligned },
      };
    }
    await breathe();
  }
  yield { kind: "step", label: `${trial.subject} trial ${trial.trial}: decoded` };
}

/** Activations of every source of a trial in the dictionary of its training trials. */
async function sourceActivations(
  { trial, times, features }: PreparedTrial,
  { dictionary, frameRateHz }: TrainingDictionary,
  { study, options, activations }: Fold,
): Promise<{ rows: readonly Matrix[]; aligned: Float64Array[][] }> {
  const key = [trial.mixture, ...features.fingerprints].join("\n");
  const rows = activations.get(key) ?? (await activationsOfSources());
  activations.set(key, rows);
  const aligned = rows.map((each) => alignFeatures(rowsOf(each), frameRateHz, times, options.preprocessing).rows);
  return { rows, aligned };

  async function activationsOfSources(): Promise<Matrix[]> {
    const sound = await study.readSound(trial);
    return sound.stems.map(({ samples }) =>
      activationsIn(dictionary, studySpectrogram(samples, sound.rateHz, options.spectrogram).magnitude, options),
    );
  }
}
