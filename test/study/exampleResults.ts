import { createRandom } from "../../src/core/random.ts";
import { decideAttention } from "../../src/eeg/decoding/attentionDecision.ts";
import { electrodePosition } from "../../src/eeg/montage.ts";
import { compareMethods } from "../../src/metrics/compareMethods.ts";
import { jointMeasures } from "../../src/metrics/jointMeasures.ts";
import { summariseDecoding } from "../../src/study/decodingSummary.ts";
import type { DecodedFeatureTrial } from "../../src/study/events.ts";
import type {
  DecisionRow,
  MethodInfo,
  ScalpPattern,
  ScoreRow,
  SpectrogramPicture,
  StudyResults,
  TrialDetail,
} from "../../src/study/results.ts";
import { studyDefaults } from "../../src/study/studyOptions.ts";

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

const made = new Map<string, StudyResults>();

/** A simulated study with plausible numbers: what a report is tried on. The same sizes give the same object. */
export function exampleResults(options: ExampleOptions = {}): StudyResults {
  const key = JSON.stringify(options);
  if (!made.has(key)) made.set(key, makeResults(options));
  return made.get(key)!;
}

function makeResults(options: ExampleOptions): StudyResults {
  const { subjects = 2, trials = 8, details = 1, seconds = 2, rateHz = 8000 } = options;
  const random = createRandom("example study");
  const scores: ScoreRow[] = [];
  const decisions: DecisionRow[] = [];
  const decoded: DecodedFeatureTrial[] = [];
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
          sdrCompeting: sdr! - 6,
          sdrImprovement: sdr! - mixture[0]!,
          sirImprovement: sir! - mixture[1]!,
          sarImprovement: sar! - mixture[2]!,
          siSdrImprovement: sdr! - mixture[0]!,
        });
      }
      for (const feature of ["activations", "envelope"] as const) {
        const strength = (feature === "activations" ? 0.2 : 0.12) + 0.05 * Math.tanh(ease);
        const reconstruction = exampleDecoded(trial, {
          feature,
          sources: candidates.length,
          attended: candidates.indexOf(target),
          strength,
        });
        const { correlations, decided, margin } = decideAttention(reconstruction.decoded, reconstruction.candidates);
        decisions.push({
          ...trial,
          feature,
          sources: candidates,
          correlations,
          decided: candidates[decided] ?? "none",
          correct: candidates[decided] === target,
          margin,
          lambda: 1,
          leftOut: trial.mixture,
          trainingTrials: trials - 2,
          seconds: 15.75,
        });
        decoded.push(reconstruction);
      }
    }
  }
  return {
    title: "Simulated listeners, duos and trios",
    synthetic: "EEG is simulated: a temporal response to the attended source in 1/f noise at −15 dB, 20 channels.",
    methods: exampleMethods,
    scores,
    decisions,
    decoding: summariseDecoding(
      { ...exampleChecks(scores), decisions, decoded },
      { ...studyDefaults, decoder: { ...studyDefaults.decoder, permutations: 20 } },
    ),
    failures: [],
    details: Array.from({ length: details }, (_, i) =>
      exampleDetail(scores[i * exampleMethods.length]!, seconds, rateHz),
    ),
    plannedTrials: subjects * trials,
    ...exampleStatistics(scores, decisions),
    exclusions: [{ subject: "s99", reason: "the listener fell asleep" }],
    notes: ["the mixtures are rendered, not recorded"],
    origin: {
      licence: "CC-BY-4.0",
      citations: ["A. Nobody and B. Nobody, An example of a corpus, Proceedings of Examples, 2020"],
      source: "https://example.org/corpus",
    },
    patterns: examplePatterns([...new Set(scores.map(({ subject }) => subject))]),
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

/** SDR against blind NMF, and gains of the sphere update against decoding. */
function exampleStatistics(
  scores: readonly ScoreRow[],
  decisions: readonly DecisionRow[],
): Pick<StudyResults, "comparisons" | "joint"> {
  const rows = scores.map(({ method, subject, trial, sdr }) => ({ method, subject, trial, value: sdr }));
  const method = "contrastive-nmf-sphere";
  const trials = scores
    .filter((row) => row.method === method)
    .flatMap((row) => {
      const decision = decisions.find(
        (each) => each.feature === "activations" && each.subject === row.subject && each.trial === row.trial,
      );
      if (decision === undefined) return [];
      const attended = decision.correlations[decision.sources.indexOf(row.target)]!;
      const others = decision.correlations.filter((_, i) => decision.sources[i] !== row.target);
      return {
        subject: row.subject,
        attendedCorrelation: attended,
        unattendedCorrelation: others.reduce((sum, value) => sum + value, 0) / others.length,
        gainDb: row.sdrImprovement,
        attendedSdrDb: row.sdr,
        competingSdrDb: 3,
      };
    });
  return {
    comparisons: compareMethods(rows, { baseline: "nmf-blind", resamples: 200 }),
    joint: { ...jointMeasures(trials, { resamples: 200, permutations: 200 }), method },
  };
}

/** Two dipoles, one after the other, on twenty electrodes and one channel that is on no head. */
function examplePatterns(subjects: readonly string[]): ScalpPattern[] {
  const names = "Fp1 Fp2 F7 F3 Fz F4 F8 T7 C3 Cz C4 T8 P7 P3 Pz P4 P8 O1 Oz O2".split(" ");
  const lagSeconds = Array.from({ length: 17 }, (_, i) => i / 64);
  return subjects.flatMap((subject, s) =>
    ["activations", "envelope"].map((feature, f) => ({
      subject,
      feature,
      channels: [...names, "EXG1"],
      lagSeconds,
      values: lagSeconds.map((lag) => {
        const early = Math.exp(-(((lag - 0.07) / 0.025) ** 2));
        const late = Math.exp(-(((lag - 0.17 - 0.02 * f) / 0.03) ** 2));
        return Float64Array.from([...names, "EXG1"], (name) => {
          const [x, y, z] = electrodePosition(name) ?? [0, 0, 0];
          return (1 + 0.2 * s) * (early * (0.6 * z - 0.5 * y) - late * (0.8 * z + 0.3 * x));
        });
      }),
    })),
  );
}

/** A reconstruction at 64 Hz that follows the attended source faintly. */
function exampleDecoded(
  { subject, trial }: { subject: string; trial: string },
  options: { feature: "activations" | "envelope"; sources: number; attended: number; strength: number },
): DecodedFeatureTrial {
  const { feature, sources, attended, strength } = options;
  const random = createRandom(`decoded ${subject} ${trial} ${feature}`);
  const noise = () => Float64Array.from({ length: 64 * 6 }, () => random.normal());
  const candidates = Array.from({ length: sources }, () => [noise()]);
  const decoded = [noise().map((value, i) => value + strength * candidates[attended]![0]![i]!)];
  return { subject, trial, feature, decoded, candidates, attended };
}

/** Controls that came out as they should, and windows that tell nothing. */
function exampleChecks(scores: readonly ScoreRow[]) {
  const trials = [...new Map(scores.map((row) => [`${row.subject} ${row.trial}`, row])).values()];
  const random = createRandom("windows");
  return {
    controls: trials.flatMap(({ subject, trial, sources }, t) => [
      { control: "positive" as const, subject, trial, sources, correct: true },
      { control: "negative" as const, subject, trial, sources, correct: t % 3 === 0 },
    ]),
    windows: trials.map(({ subject, trial, mixture }) => ({
      subject,
      trial,
      mixture,
      features: Array.from({ length: 6 }, () => Float64Array.from({ length: 3 }, () => random.normal())),
    })),
    warnings: [],
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
