import { studySpectrogram } from "../../../pipelines/neuroSteered/audio.ts";
import type { DecodedActivations } from "../../../pipelines/neuroSteered/decodeSubject.ts";
import { alignFeatures } from "../../../pipelines/neuroSteered/featureBand.ts";
import { matrixOf, rowsOf } from "../../../pipelines/neuroSteered/matrices.ts";
import { activationsIn } from "../../../pipelines/neuroSteered/trainingDictionary.ts";
import { createRandom, row, type StudyOptions, studyDefaults, type TrialSound } from "../../../src/index.ts";

/** Options small enough for tests, and a contrast that steers these mixtures: two notes a source, so two components. */
export const smallOptions: StudyOptions = {
  ...studyDefaults,
  seed: 3,
  separation: { ...studyDefaults.separation, componentsPerSource: 2, iterations: 60, delta: 0.25, templateFrames: 3 },
};

const rateHz = 8000;
/** Length of a note, in samples. */
const slot = rateHz / 4;
const widthHz = 400;

/** Centres of the notes' spectra in Hz: those of one instrument are neighbours, and all overlap a little. */
const instruments = { low: [400, 800], high: [1700, 2500] } as const;

/** How the sources get into two channels: gains left and right. */
export type Panning = readonly (readonly [number, number])[];

/** What a synthetic trial is made with. */
export interface SyntheticOptions {
  readonly seed: string;
  readonly attended: 0 | 1;
  /** Whole slots. Default 6. */
  readonly seconds?: number;
  readonly panning?: Panning;
}

/** A trial of the low and the high instrument, decoded without an error: S_a is what the attended source really does. */
export function syntheticTrial({ seed, attended, seconds = 6, panning }: SyntheticOptions): {
  decoded: DecodedActivations;
  sound: TrialSound;
} {
  const names = ["low", "high"] as const;
  const played = names.map((name) => melody(instruments[name], `${seed} ${name}`, seconds));
  const gains = panning ?? played.map(() => [1, 1] as const);
  const channels = [0, 1].map((side) => sumOf(played.map((samples, s) => scaled(samples, gains[s]![side]!))));
  const stems = names.map((name, s) => ({
    name,
    samples: scaled(played[s]!, (gains[s]![0] + gains[s]![1]) / 2),
  }));
  const sound: TrialSound = {
    rateHz,
    mixture: sumOf(stems.map(({ samples }) => samples)),
    ...(panning && { channels }),
    stems,
  };
  const times = { rateHz: smallOptions.preprocessing.rateHz, startSeconds: 0, samples: seconds * 64 };
  const dictionary = noteSpectra();
  const spectrograms = stems.map(({ samples }) => studySpectrogram(samples, rateHz, smallOptions.spectrogram));
  const sourceActivations = spectrograms.map(({ magnitude }) => activationsIn(dictionary, magnitude, smallOptions));
  const sourceAligned = sourceActivations.map(
    (each) => alignFeatures(rowsOf(each), spectrograms[0]!.frameRateHz, times, smallOptions.preprocessing).rows,
  );
  const decoded: DecodedActivations = {
    trial: {
      subject: "01",
      trial: seed,
      recording: "eeg",
      onsetSeconds: 0,
      durationSeconds: seconds,
      mixture: seed,
      target: names[attended],
      sources: names,
      inputs: [],
    },
    attended,
    times,
    decoded: sourceAligned[attended]!,
    sourceActivations,
    sourceAligned,
  };
  return { decoded, sound };
}

/** One of an instrument's notes, or silence, in each slot, by chance. */
function melody(notes: readonly number[], seed: string, seconds: number): Float64Array {
  const random = createRandom(seed);
  const sounds = notes.map(note);
  const out = new Float64Array(seconds * rateHz);
  for (let start = 0; start < out.length; start += slot) {
    const sound = sounds[random.below(notes.length + 1)];
    if (sound) out.set(sound, start);
  }
  return out;
}

/** A bell curve of partials that rises and falls. */
function note(centreHz: number): Float64Array {
  const random = createRandom(centreHz);
  const out = new Float64Array(slot);
  for (let hz = 100; hz < 3900; hz += 50) {
    const gain = Math.exp(-(((hz - centreHz) / widthHz) ** 2)) + 0.02;
    const phase = 2 * Math.PI * random.uniform();
    for (let t = 0; t < slot; t++) {
      out[t]! += gain * Math.sin((2 * Math.PI * hz * t) / rateHz + phase) * Math.sin((Math.PI * (t + 0.5)) / slot);
    }
  }
  return out;
}

/** The dictionary of S_a, [components, bins]: each component serves a note of either instrument, so that both are active in all. */
function noteSpectra() {
  return matrixOf(
    instruments.low.map((centreHz, k) => {
      const samples = sumOf([note(centreHz), note(instruments.high[k]!)]);
      const { magnitude } = studySpectrogram(samples, rateHz, smallOptions.spectrogram);
      return Float64Array.from(row(magnitude, Math.floor(magnitude.rows / 2)), (value) => value + 1e-6);
    }),
  );
}

function scaled(samples: Float64Array, by: number): Float64Array {
  return samples.map((sample) => sample * by);
}

function sumOf(parts: readonly Float64Array[]): Float64Array {
  return parts[0]!.map((_, t) => parts.reduce((sum, part) => sum + part[t]!, 0));
}
