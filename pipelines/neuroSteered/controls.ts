import { filterSignal, type PreprocessingOptions, type StudyOptions, simulateEeg } from "../../src/index.ts";
import { type DecodingInput, decodeSubject } from "./decodeSubject.ts";
import { bandCentreHz, bandDesign } from "./featureBand.ts";
import type { PreparedSubject } from "./prepareSubject.ts";
import { controlFeature } from "./sourceFeatures.ts";
import type { Stage } from "./stage.ts";

/**
 * Decodes simulated EEG in place of the subjects' own, with the same trials, folds and models: EEG that follows the envelope of
 * the attended source, which decoding must find, and noise, in which there is nothing to find.
 */
export async function* decodeControls(input: DecodingInput, options: StudyOptions): AsyncGenerator<Stage<never>> {
  const { decoder } = options;
  const alone: StudyOptions = {
    ...options,
    preprocessing: { ...options.preprocessing, ocular: "none", artefacts: "none" },
    decoder: { ...decoder, features: [controlFeature] },
  };
  for (const control of ["positive", "negative"] as const) {
    const [own, ...others] = simulatedTwins([input.own, ...input.others], control, options);
    for await (const event of decodeSubject({ ...input, own: own!, others }, alone)) {
      if (event.kind === "failure") {
        yield { kind: "warning", message: `${control} control: ${event.failure.message}` };
      }
      if (event.kind !== "decision") continue;
      const { subject, trial, sources, correct } = event.row;
      yield { kind: "control", row: { control, subject, trial, sources: sources.length, correct } };
    }
  }
}

/**
 * The subjects' trials with EEG made up, band-passed as the real one was: the same head in all, or decoders of others would be
 * useless, and noise of its own in every trial.
 */
function simulatedTwins(
  subjects: readonly PreparedSubject[],
  control: "positive" | "negative",
  { preprocessing, seed }: StudyOptions,
): PreparedSubject[] {
  const { rateHz } = preprocessing;
  const followed = subjects.flatMap(({ trials }) =>
    trials.map(({ features, attended }) => features.rows[controlFeature]![attended]!),
  );
  const made = simulateEeg(followed, {
    rateHz,
    seed: `${seed} ${control} ${subjects[0]!.id}`,
    ...(control === "negative" && { snrDb: -Infinity }),
  });
  let next = 0;
  return subjects.map(({ id, trials }) => ({
    id,
    trials: trials.map((trial) => {
      const channels = bandPassed(made[next++]!.eeg, preprocessing);
      const names = channels.map((_, c) => `simulated ${c + 1}`);
      return { ...trial, eog: [], signal: { rateHz, names, channels } };
    }),
  }));
}

function bandPassed(channels: readonly Float64Array[], options: PreprocessingOptions): readonly Float64Array[] {
  const { phase, rateHz } = options;
  return filterSignal({ rateHz, channels }, bandDesign(options), { phase, delayAtHz: bandCentreHz(options) }).signal
    .channels;
}
