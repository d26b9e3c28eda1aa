import { createRandom } from "../../src/core/random.ts";
import type { DecodingEvents } from "../../src/study/decodingSummary.ts";
import type { ControlRow, DecodedFeatureTrial, TrialWindows } from "../../src/study/events.ts";
import type { DecisionRow } from "../../src/study/results.ts";
import { type DecodedFeature, type StudyOptions, studyDefaults } from "../../src/study/studyOptions.ts";

/** Features at 16 Hz, windows of 2 s and whole trials, few permutations. */
export const eventOptions: StudyOptions = {
  ...studyDefaults,
  preprocessing: { ...studyDefaults.preprocessing, rateHz: 16 },
  decoder: { ...studyDefaults.decoder, windows: [2, "trial"], permutations: 20 },
};

/** What a decoder made of a trial. */
export interface MadeDecision {
  readonly subject?: string;
  readonly trial: string;
  readonly mixture?: string;
  readonly sources?: readonly string[];
  /** The attended source; default the first. */
  readonly target?: string;
  /** The source that the reconstruction is a copy of; default the attended one. */
  readonly decided?: string;
  readonly seconds?: number;
  readonly feature?: DecodedFeature;
}

/** Reconstructions that are copies of one source of each trial, with correlations of 1 therefore. */
export function madeDecisions(made: readonly MadeDecision[]): Pick<DecodingEvents, "decisions" | "decoded"> {
  const decisions: DecisionRow[] = [];
  const decoded: DecodedFeatureTrial[] = [];
  for (const each of made) {
    const { subject = "01", trial, mixture = `mix-${trial}`, sources = ["flute", "oboe"], feature = "envelope" } = each;
    const { target = sources[0]!, decided = target, seconds = 8 } = each;
    const random = createRandom(`${subject} ${trial}`);
    const candidates = sources.map(() => [Float64Array.from({ length: 16 * seconds }, () => random.normal())]);
    const attended = sources.indexOf(target);
    decoded.push({ subject, trial, feature, candidates, attended, decoded: candidates[sources.indexOf(decided)]! });
    decisions.push({
      subject,
      trial,
      mixture,
      target,
      feature,
      sources,
      correlations: sources.map((name) => (name === decided ? 1 : 0)),
      decided,
      correct: decided === target,
      margin: 1,
      lambda: 1,
      leftOut: mixture,
      trainingTrials: made.length - 1,
      seconds,
    });
  }
  return { decisions, decoded };
}

/** As many trials of a duet as asked for, all decided rightly but for some. */
export function duets(count: number, { wrong = 0, subject = "01", seconds = 8 } = {}): MadeDecision[] {
  return Array.from({ length: count }, (_, t) => {
    const trial = `${subject}-${t + 1}`;
    return t < wrong ? { subject, trial, seconds, decided: "oboe" } : { subject, trial, seconds };
  });
}

/** Control decisions of trials of two sources, some of them right. */
export function madeControls(control: ControlRow["control"], count: number, right: number): ControlRow[] {
  return Array.from({ length: count }, (_, t) => ({
    control,
    subject: "01",
    trial: `${t + 1}`,
    sources: 2,
    correct: t < right,
  }));
}

/** Windows of noise, which tell nothing. */
export function madeWindows(subject: string, trials: number): TrialWindows[] {
  const random = createRandom(`windows ${subject}`);
  return Array.from({ length: trials }, (_, t) => ({
    subject,
    trial: `${t + 1}`,
    mixture: `mix-${t + 1}`,
    features: Array.from({ length: 4 }, () => Float64Array.from({ length: 3 }, () => random.normal())),
  }));
}

/** All of it together; what is not given is empty. */
export function madeEvents(made: readonly MadeDecision[], more: Partial<DecodingEvents> = {}): DecodingEvents {
  return { controls: [], windows: [], warnings: [], ...madeDecisions(made), ...more };
}
