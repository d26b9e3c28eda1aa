import { createRandom } from "../../src/core/random.ts";
import type {
  DecisionRow,
  MethodInfo,
  ScoreRow,
  SpectrogramPicture,
  StudyResults,
  TrialDetail,
} from "../../src/study/results.ts";

/** Nine rows as a study has them: three baselines, three methods, a control, two oracles. */
export const exampleMethods: readonly MethodInfo[] = [
  {
    id: "mixture",
    label: "Unprocessed mixture",
    role: "baseline",
    description: "The mixture itself, as it was heard.",
  },
  {
    id: "nmf-blind",
    label: "NMF, components dealt out blindly",
    role: "baseline",
    description: "Plain NMF, components given to sources by the likeness of their activations alone.",
  },
  {
    id: "nmf-grouping",
    label: "NMF, grouped by the guide",
    role: "baseline",
    guided: true,
    description:
      "Plain NMF; the components whose activations follow the decoded ones are taken as the attended source.",
  },
  {
    id: "contrastive-nmf-paper",
    label: "Contrastive NMF (multiplicative update)",
    role: "method",
    description: "Contrastive NMF with the update of Cantisani et al. 2021.",
  },
  {
    id: "contrastive-nmf-sphere",
    label: "Contrastive NMF (sphere update)",
    role: "method",
    description: "The same cost with an update under which it never rises.",
  },
  {
    id: "contrastive-convolutive",
    label: "Contrastive convolutive NMF",
    role: "method",
    description: "Patches of several frames instead of single spectra.",
  },
  {
    id: "guide-shuffled",
    label: "Contrastive NMF, guide of another trial",
    role: "control",
    description: "The sphere update with activations decoded from another trial: nothing in it is about this mixture.",
  },
  {
    id: "guide-true",
    label: "Contrastive NMF, true guide",
    role: "oracle",
    description: "The sphere update with the attended source's own activations, which no EEG gives.",
  },
  {
    id: "ideal-ratio-mask",
    label: "Ideal ratio mask",
    role: "oracle",
    description: "A mask made from the true sources.",
  },
];

const levels: Readonly<Record<string, readonly [sdr: number, sir: number, sar: number]>> = {
  mixture: [0.2, 0.3, 90],
  "nmf-blind": [1.1, 3, 7],
  "nmf-grouping": [3.4, 7.2, 7.5],
  "contrastive-nmf-paper": [3.1, 6.8, 6.9],
  "contrastive-nmf-sphere": [4.6, 8.9, 7.8],
  "contrastive-convolutive": [4.9, 9.3, 8.2],
  "guide-shuffled": [0.4, 1.2, 7.1],
  "guide-true": [6.2, 11.4, 8.8],
  "ideal-ratio-mask": [12.5, 19.8, 13.6],
};

/** Sizes of an example study. */
export interface ExampleOptions {
  readonly subjects?: number;
  readonly trials?: number;
  readonly details?: number;
  readonly seconds?: number;
  readonly rateHz?: number;
}

/** A simulated study with plausible numbers: what a report is tried on. */
export function exampleResults(options: ExampleOptions = {}): StudyResults {
  const { subjects = 2, trials = 8, details = 1, seconds = 2, rateHz = 8000 } = options;
  const random = createRandom("example study");
  const scores: ScoreRow[] = [];
  const decisions: DecisionRow[] = [];
  const names = ["flute", "bassoon", "violin"];
  for (let s = 1; s <= subjects; s++) {
    const skill = random.normal();
    for (let t = 1; t <= trials; t++) {
      const candidates = names.slice(0, t % 3 === 0 ? 3 : 2);
      const target = candidates[t % candidates.length]!;
      const trial = {
        subject: `s${String(s).padStart(2, "0")}`,
        trial: `t${String(t).padStart(2, "0")}`,
        mixture: `m${Math.ceil(t / 2)}-${candidates.length === 3 ? "trio" : "duo"}`,
        target,
      };
      const ease = random.normal() + 0.5 * skill;
      const mixture = levels.mixture!.map((level, i) => level + (i < 2 ? ease : 2 * random.normal()));
      for (const { id, role } of exampleMethods) {
        const steady = role === "method" || role === "oracle";
        const [sdr, sir, sar] =
          id === "mixture"
            ? mixture
            : levels[id]!.map((level) => level + ease + (steady ? 0.8 : 1.2) * random.normal());
        scores.push({
          ...trial,
          sources: candidates.length,
          method: id,
          sdr: sdr!,
          sir: sir!,
          sar: sar!,
          siSdr: sdr! - 0.7,
          sdrImprovement: sdr! - mixture[0]!,
          sirImprovement: sir! - mixture[1]!,
          sarImprovement: sar! - mixture[2]!,
          siSdrImprovement: sdr! - mixture[0]!,
        });
      }
      for (const feature of ["activations", "envelope"] as const) {
        const strength = feature === "activations" ? 0.2 : 0.15;
        const correlations = candidates.map(
          (name) => (name === target ? strength + 0.03 * ease : 0.05) + 0.07 * random.normal(),
        );
        const decided = candidates[correlations.indexOf(Math.max(...correlations))]!;
        decisions.push({ ...trial, feature, sources: candidates, correlations, decided, correct: decided === target });
      }
    }
  }
  return {
    title: "Two simulated listeners, duos and trios",
    synthetic: "EEG is simulated: a temporal response to the attended source in 1/f noise at −15 dB, 20 channels.",
    methods: exampleMethods,
    scores,
    decisions,
    failures: [],
    details: Array.from({ length: details }, (_, i) =>
      exampleDetail(scores[i * exampleMethods.length]!, seconds, rateHz),
    ),
    plannedTrials: subjects * trials,
    options: { separation: { components: 16, iterations: 150, relativeDelta: 0.1 }, eeg: { bandHz: [1, 8] } },
    provenance: {
      version: "0.1.0",
      node: "v20.19.0",
      accelerator: "portable (simd128)",
      seed: 7,
      command: "neurosteer study run study.yaml --out results",
    },
  };
}

function exampleDetail({ subject, trial, mixture, target }: ScoreRow, seconds: number, rateHz: number): TrialDetail {
  const random = createRandom(`detail ${subject} ${trial}`);
  const tone = (hz: number, level: number) =>
    Float64Array.from({ length: seconds * rateHz }, (_, i) => {
      const swell = Math.sin((Math.PI * i) / (seconds * rateHz)) ** 2;
      return level * swell * Math.sin((2 * Math.PI * hz * i) / rateHz);
    });
  const target440 = tone(440, 0.4);
  const other = tone(660, 0.4);
  const blend = (leak: number) => target440.map((value, i) => value + leak * other[i]!);
  const activation = () => {
    let level = 0;
    const line = Float64Array.from({ length: seconds * 64 }, () => {
      level = Math.max(0, 0.95 * level + 0.3 * random.normal());
      return level;
    });
    const norm = Math.hypot(...line) || 1;
    return line.map((value) => value / norm);
  };
  const actual = Array.from({ length: 4 }, activation);
  const estimates = exampleMethods.filter(({ id }) => id !== "mixture");
  return {
    subject,
    trial,
    mixture,
    target,
    audioRateHz: rateHz,
    reason: "its SDR gain with the last method is the median of all trials",
    spectrograms: [
      { label: "Mixture", picture: examplePicture(seconds, rateHz, 1) },
      { label: "Reference (attended source)", picture: examplePicture(seconds, rateHz, 0) },
      ...estimates.map(({ label }, i) => ({ label, picture: examplePicture(seconds, rateHz, 0.8 / (i + 1)) })),
    ],
    decodedActivations: actual.map((line) => line.map((value) => Math.max(0, 0.5 * value + 0.03 * random.normal()))),
    trueActivations: actual,
    activationRateHz: 64,
    costTraces: estimates.slice(0, 5).map(({ id }, m) => ({
      method: id,
      cost: Array.from(
        { length: 151 },
        (_, i) => 4e4 * Math.exp(-i / (8 + 4 * m)) + (m - 2) * 3e4 + (id.endsWith("paper") ? 300 * Math.sin(i / 2) : 0),
      ),
    })),
    players: [
      { label: "Mixture", kind: "mixture", file: "audio/mixture.wav", samples: blend(1) },
      { label: "Reference (attended source)", kind: "reference", file: "audio/reference.wav", samples: target440 },
      ...estimates.map(({ id, label }, i) => ({
        label,
        kind: "estimate" as const,
        method: id,
        file: `audio/${id}.wav`,
        samples: blend(0.8 / (i + 1)),
      })),
    ],
  };
}

/** Two stacks of harmonics that come and go, the second as loud as `leak` says. */
function examplePicture(seconds: number, rateHz: number, leak: number): SpectrogramPicture {
  const frames = 320;
  const bins = 128;
  const random = createRandom(`picture ${leak}`);
  const decibels = new Float32Array(frames * bins);
  for (let n = 0; n < frames; n++) {
    const onset = (n % 40) / 40;
    for (let m = 0; m < bins; m++) {
      const stack = (spacing: number) => Math.exp(-(((m % spacing) - spacing / 2) ** 2) / 1.5 - m / 40);
      const energy =
        stack(7 + (Math.floor(n / 80) % 3)) * Math.exp(-2 * onset) +
        leak * stack(11 + (Math.floor(n / 64) % 2)) * Math.exp(-3 * ((onset + 0.5) % 1)) +
        1e-3 * random.uniform();
      decibels[n * bins + m] = 20 * Math.log10(energy);
    }
  }
  return { frames, bins, decibels, durationSeconds: seconds, maximumHz: rateHz / 2 };
}
