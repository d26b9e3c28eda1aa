import { ToolkitError } from "../core/error.ts";
import { type DecisionSummary, summariseDecisions } from "../eeg/decoding/attentionDecision.ts";
import { type AttentionMeasures, attentionMeasures } from "../eeg/decoding/attentionMeasures.ts";
import { type DecisionCurve, decisionCurve } from "../eeg/decoding/decisionCurve.ts";
import { type DecodedSwitchDuration, decodedSwitchDuration } from "../eeg/decoding/decodedSwitchDuration.ts";
import { type IdentifiabilityTable, identifiabilityTable } from "../eeg/decoding/identifiability.ts";
import { type LeakageAudit, leakageAudit } from "../eeg/decoding/leakageAudit.ts";
import { type PermutationMethod, type PermutationNull, permutationNull } from "../eeg/decoding/permutationNull.ts";
import { positiveControlDefaults } from "../eeg/decoding/positiveControl.ts";
import type { ControlRow, DecodedFeatureTrial, TrialWindows } from "./events.ts";
import type { DecisionRow } from "./results.ts";
import type { DecodedFeature, StudyOptions } from "./studyOptions.ts";

/** Decisions of one subject. */
export interface SubjectDecisions extends DecisionSummary {
  readonly subject: string;
}

/** A null whose permutations could not be made says why. */
export type FeatureNull = { readonly method: PermutationMethod } & (
  | { readonly result: PermutationNull }
  | { readonly reason: string }
);

/** How well one feature tells the attended source. Every number has its chance level, interval and count beside it. */
export interface FeatureSummary {
  readonly feature: DecodedFeature;
  /** Whole trials. */
  readonly decisions: DecisionSummary;
  readonly subjects: readonly SubjectDecisions[];
  /** Accuracy over the length of the decision window. */
  readonly curve: DecisionCurve;
  /** Accuracy, d', AUC, information rate over whole trials. */
  readonly measures: AttentionMeasures;
  readonly nulls: readonly FeatureNull[];
  /** Minimal expected switch duration over the trials of two sources, or why there is none. */
  readonly switchDuration: DecodedSwitchDuration | { readonly reason: string };
}

/** Decisions from simulated EEG. */
export interface ControlSummary extends DecisionSummary {
  readonly control: ControlRow["control"];
  /** What a positive control has to reach. */
  readonly bar?: number;
  /** Whether it is as it must be: at the bar and above chance, or not above chance. */
  readonly passed: boolean;
}

/** The leakage audit of one subject, or why there is none. */
export type SubjectAudit = { readonly subject: string } & (
  | { readonly audit: LeakageAudit }
  | { readonly reason: string }
);

/** What a study found about attention, with everything that a reader needs to judge it. */
export interface DecodingSummary {
  readonly features: readonly FeatureSummary[];
  /** Which source of which mixture was attended how often. */
  readonly identifiability: IdentifiabilityTable;
  readonly controls: readonly ControlSummary[];
  readonly audits: readonly SubjectAudit[];
  /** What intervals draw anew. */
  readonly clusters: "trials" | "subjects";
  readonly warnings: readonly string[];
}

/** What a pipeline emitted about decoding. */
export interface DecodingEvents {
  readonly decisions: readonly DecisionRow[];
  readonly decoded: readonly DecodedFeatureTrial[];
  readonly controls: readonly ControlRow[];
  readonly windows: readonly TrialWindows[];
  readonly warnings: readonly string[];
}

/** Subjects from which on intervals speak about subjects and no longer about trials. */
const subjectsForClusters = 6;

/**
 * Sums up the decoding of a study.
 *
 * @param events at least one decision
 * @throws ToolkitError `bad-shape` for no decisions
 */
export function summariseDecoding(events: DecodingEvents, options: StudyOptions): DecodingSummary {
  const { decisions, decoded, controls, windows } = events;
  if (decisions.length === 0) {
    throw new ToolkitError("bad-shape", "summariseDecoding: no decisions; at least one trial must be decoded");
  }
  const subjects = new Set(decisions.map(({ subject }) => subject));
  const clusters = subjects.size >= subjectsForClusters ? "subjects" : "trials";
  const features = [...new Set(decisions.map(({ feature }) => feature))];
  const trials = unique(decisions, ({ subject, trial }) => `${subject}\n${trial}`);
  const summaries = features.map((feature) =>
    summariseFeature(
      feature,
      decisions.filter((row) => row.feature === feature),
      decoded
        .filter((each) => each.feature === feature)
        .map((each) => (clusters === "subjects" ? { ...each, cluster: each.subject } : each)),
      options,
    ),
  );
  return {
    features: summaries,
    identifiability: identifiabilityTable(trials),
    controls: (["positive", "negative"] as const).flatMap((control) =>
      summariseControl(
        control,
        controls.filter((row) => row.control === control),
      ),
    ),
    audits: [...new Set(windows.map(({ subject }) => subject))].map((subject) =>
      auditSubject(
        subject,
        windows.filter((each) => each.subject === subject),
        options.seed,
      ),
    ),
    clusters,
    warnings: [
      ...new Set([
        ...events.warnings,
        ...summaries.flatMap(({ curve }) => curve.warnings),
        // lengths left out are in the curve's warnings
        ...summaries.flatMap(({ nulls }) =>
          nulls.flatMap((each) =>
            "result" in each ? each.result.warnings.filter((text) => !text.includes("is left out")) : [],
          ),
        ),
      ]),
    ],
  };
}

function summariseFeature(
  feature: DecodedFeature,
  rows: readonly DecisionRow[],
  decoded: readonly DecodedFeatureTrial[],
  { preprocessing: { rateHz }, decoder: { windows, permutations }, seed }: StudyOptions,
): FeatureSummary {
  const outcome = ({ correct, sources }: DecisionRow) => ({ correct, sources: sources.length });
  const methods: readonly PermutationMethod[] = ["shift", "shuffle", "labels"];
  const duos = decoded.filter(({ candidates }) => candidates.length === 2);
  return {
    feature,
    decisions: summariseDecisions(rows.map(outcome)),
    subjects: [...new Set(rows.map(({ subject }) => subject))].map((subject) => ({
      subject,
      ...summariseDecisions(rows.filter((row) => row.subject === subject).map(outcome)),
    })),
    curve: decisionCurve(decoded, { rateHz, windowSeconds: windows, seed }),
    measures: attentionMeasures(decoded, { rateHz, permutations, seed }),
    nulls: methods.map((method): FeatureNull => {
      const options = { rateHz, method, permutations, windowSeconds: windows, seed };
      return reasoned<FeatureNull>(
        () => ({ method, result: permutationNull(decoded, options) }),
        (reason) => ({ method, reason }),
      );
    }),
    switchDuration:
      duos.length === 0
        ? { reason: "no trial of two sources" }
        : reasoned<FeatureSummary["switchDuration"]>(
            () => decodedSwitchDuration(duos, { rateHz, windowSeconds: windows.filter((w) => w !== "trial") }),
            (reason) => ({ reason }),
          ),
  };
}

function summariseControl(control: ControlRow["control"], rows: readonly ControlRow[]): ControlSummary[] {
  if (rows.length === 0) return [];
  const summary = summariseDecisions(rows);
  const isAboveChance = summary.pValue <= 1 - summary.confidence;
  if (control === "negative") return [{ control, ...summary, passed: !isAboveChance }];
  const { bar } = positiveControlDefaults;
  return [{ control, ...summary, bar, passed: summary.accuracy >= bar && isAboveChance }];
}

function auditSubject(subject: string, windows: readonly TrialWindows[], seed: number): SubjectAudit {
  return reasoned<SubjectAudit>(
    () => ({
      subject,
      audit: leakageAudit(
        windows.map(({ features }) => features),
        { seed },
      ),
    }),
    (reason) => ({ subject, reason }),
  );
}

/** What is made, or what is said in its place where the data do not allow it. */
function reasoned<T>(make: () => T, otherwise: (reason: string) => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
    return otherwise(error.message);
  }
}

function unique<T>(values: readonly T[], key: (value: T) => string): T[] {
  return [...new Map(values.map((value) => [key(value), value])).values()];
}
