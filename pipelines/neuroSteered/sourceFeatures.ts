import {
  checkSameFiltering,
  type DecodedFeature,
  melFeature,
  type StimulusFeature,
  type StudyOptions,
  spectralFlux,
  stimulusEnvelope,
  stimulusFingerprint,
  type TrialSound,
} from "../../src/index.ts";
import { alignFeatures } from "./featureBand.ts";
import type { PreparedEeg } from "./prepareEeg.ts";

/** The features that are made of sound alone; activations need a dictionary from the training trials. */
export type SoundFeature = Exclude<DecodedFeature, "activations">;

/** The feature that the simulated EEG of controls follows. */
export const controlFeature = "envelope";

/** Features of the sources of a trial at the EEG's times. */
export interface SourceFeatures {
  /** By feature: [sources][rows][samples], filtered as the EEG is. */
  readonly rows: Readonly<Partial<Record<SoundFeature, readonly (readonly Float64Array[])[]>>>;
  /** What tells each source from others, whatever its name: [sources]. */
  readonly fingerprints: readonly string[];
}

/** Features of sounds by what tells them apart: a source that is heard in several trials is computed once. */
export type KnownFeatures = Map<string, StimulusFeature>;

/**
 * Computes the features of all sources of a trial.
 *
 * @param known filled; the same options for all trials
 * @throws ToolkitError `bad-option` if EEG and features would not have the same delay; as the features' own functions
 */
export function sourceFeatures(
  sound: TrialSound,
  eeg: PreparedEeg,
  options: StudyOptions,
  known: KnownFeatures = new Map(),
): SourceFeatures {
  const fingerprints = sound.stems.map(({ samples }) => stimulusFingerprint(samples));
  const asked = options.decoder.features.filter((feature): feature is SoundFeature => feature !== "activations");
  const wanted = options.decoder.controls ? [...new Set<SoundFeature>([...asked, controlFeature])] : asked;
  const rows = Object.fromEntries(
    wanted.map((name) => [
      name,
      sound.stems.map(({ samples }, s) => {
        const key = `${name} ${sound.rateHz} ${peakOf(samples)} ${fingerprints[s]}`;
        const feature = known.get(key) ?? soundFeature(name, samples, sound.rateHz, options);
        known.set(key, feature);
        const aligned = alignFeatures(feature.rows, feature.rateHz, eeg.times, options.preprocessing);
        checkSameFiltering(`${eeg.trial.subject} trial ${eeg.trial.trial}, ${name}`, [
          eeg.filtering,
          aligned.filtering,
        ]);
        return aligned.rows;
      }),
    ]),
  );
  return { rows, fingerprints };
}

/** Fingerprints leave the gain out, features do not. */
function peakOf(samples: Float64Array): number {
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  return peak;
}

function soundFeature(
  name: SoundFeature,
  samples: Float64Array,
  rateHz: number,
  { preprocessing, decoder }: StudyOptions,
): StimulusFeature {
  const rates = { rateHz, outputRateHz: preprocessing.rateHz };
  switch (name) {
    case "envelope":
    case "onsets":
      return stimulusEnvelope(samples, { ...rates, kind: decoder.envelope, onset: name === "onsets" });
    case "flux":
      return spectralFlux(samples, rates);
    case "mel":
      return melFeature(samples, rates);
  }
}
