import { type DecisionSummary, summariseDecisions } from "../../eeg/decoding/attentionDecision.ts";
import { fewSubjects } from "../../metrics/aggregate.ts";
import type { MethodComparison } from "../../metrics/compareMethods.ts";
import type { Interval } from "../../numeric/binomial.ts";
import type { FeatureSummary } from "../decodingSummary.ts";
import type { StudyResults } from "../results.ts";
import { comparisonCount, correctionText, testText } from "./comparisons.ts";
import { type Html, html } from "./html.ts";
import { nullTest } from "./nullTest.ts";
import { countText, decibelText, listText, numberText, percentText, probabilityText, signedText } from "./numbers.ts";
import { summariseScores } from "./scoreSummary.ts";

/** A number that answers a question. It cannot be stated without what a reader needs to judge it. */
export interface Answer {
  /** Stable name: `data-answer`. */
  readonly id: string;
  readonly question: string;
  readonly value: string;
  /** What the number says at the level of 5 %. */
  readonly verdict: string;
  readonly interval: string;
  /** What knowing nothing gives. */
  readonly chance: string;
  /** What these very data give where there is nothing to find, or why that is not known. */
  readonly nullText: string;
  /** Of how many. */
  readonly count: string;
}

/** Methods that get an answer of their own; the others are in the tables. */
const mostMethods = 4;

/** Level of the verdicts. */
const level = 0.05;

/** The study's questions with their answers: decoding by each feature, separation by each method, and the two together. */
export function headlineAnswers(results: StudyResults, resamples: number, confidence: number): Answer[] {
  return [
    ...decodingAnswers(results),
    ...(results.comparisons ? comparisonAnswers(results) : gainAnswers(results, resamples, confidence)),
    ...jointAnswers(results),
  ];
}

/** Lays the answers out, one card each. */
export function renderAnswers(answers: readonly Answer[]): Html | undefined {
  if (answers.length === 0) return undefined;
  return html`<section aria-labelledby="answers"><h2 id="answers">The answers</h2>
<div class="answers">${answers.map(
    ({ id, question, value, verdict, interval, chance, nullText, count }) =>
      html`<div class="answer" data-answer="${id}"><h3>${question}</h3><p class="value">${value}</p><p class="verdict">${verdict}</p>
<dl><dt>Interval</dt><dd>${interval}</dd><dt>Chance</dt><dd>${chance}</dd><dt>Null</dt><dd>${nullText}</dd><dt>Count</dt><dd>${count}</dd></dl></div>\n`,
  )}</div></section>`;
}

function decodingAnswers({ decoding, decisions }: StudyResults): Answer[] {
  if (decoding.features.length > 0) {
    return decoding.features.map((feature) => featureAnswer(feature, decoding.clusters));
  }
  // one subject of a study whose summary speaks of all
  const able = decisions.filter(({ sources }) => sources.length > 1);
  return [...new Set(able.map(({ feature }) => feature))].map((feature) => {
    const own = able.filter((row) => row.feature === feature);
    const summary = summariseDecisions(own.map(({ correct, sources }) => ({ correct, sources: sources.length })));
    return {
      ...decisionAnswer(feature, summary),
      verdict: summary.pValue <= level ? "Above guessing." : "Not shown to be above guessing.",
      interval: intervalText(summary.interval, percentText, "exact"),
      nullText: "none for this subject alone: nulls are made over all trials of the study",
    };
  });
}

function featureAnswer(feature: FeatureSummary, clusters: "trials" | "subjects"): Answer {
  const { decisions, curve, subjects } = feature;
  const whole = curve.points.find(({ windowSeconds }) => windowSeconds === "trial");
  const drawn = clusters === "subjects" ? (whole?.interval ?? null) : null;
  // where all are right, so are all resamples: that interval is no interval
  const bySubject = drawn && drawn.low < drawn.high ? drawn : null;
  const shift = nullTest(feature, "shift", "trial");
  const isAbove = decisions.pValue <= level && "test" in shift && shift.test.pValue <= level;
  return {
    ...decisionAnswer(feature.feature, decisions),
    verdict: isAbove ? "Above guessing and above its null." : "Not shown to be above both guessing and its null.",
    interval: bySubject
      ? intervalText(bySubject, percentText, "bootstrap over subjects")
      : intervalText(decisions.interval, percentText, "exact, trials as independent"),
    nullText:
      "test" in shift
        ? `${percentText(shift.test.nullMean)} on average with the decoded course shifted in time, 95 % of ${shift.permutations} shifts up to ${percentText(shift.test.nullUpper)}; p = ${probabilityText(shift.test.pValue)}`
        : `none: ${shift.reason}`,
    count: `${decisions.correct} of ${countText(decisions.count, "trial")} right, ${countText(subjects.length, "subject")}`,
  };
}

function decisionAnswer(feature: string, { accuracy, chance, pValue, correct, count }: DecisionSummary) {
  return {
    id: `decoding-${feature}`,
    question: `Does EEG tell the attended source, by its ${feature}?`,
    value: `${percentText(accuracy)} of trials`,
    chance: `${percentText(chance)}; as many right by guessing: p = ${probabilityText(pValue)}`,
    count: `${correct} of ${countText(count, "trial")} right`,
  };
}

function comparisonAnswers({ comparisons, methods }: StudyResults): Answer[] {
  const { comparisons: rows, options } = comparisons!;
  const labels = new Map(methods.map(({ id, label }) => [id, label]));
  const name = (id: string) => labels.get(id) ?? id;
  return rows
    .filter(({ method }) => methods.some(({ id, role }) => id === method && role === "method"))
    .slice(0, mostMethods)
    .map((row) => ({
      id: `separation-${row.method}`,
      question: `Is the attended source separated better by “${name(row.method)}” than by “${name(options.baseline)}”?`,
      value: `${signedText(row.difference.estimate, 1)} dB SDR`,
      verdict: comparisonVerdict(row),
      interval: intervalText(row.difference, decibelText, `dB, ${options.statistic}, ${drawnText(row.n.subjects)}`),
      chance: "0 dB: no difference",
      nullText: `signs of the differences by chance: p = ${probabilityText(row.adjustedPValue)} (${testText(row)}, ${correctionText(options.correction)})`,
      count: comparisonCount(row),
    }));
}

function comparisonVerdict({ difference, adjustedPValue }: MethodComparison): string {
  if (!(adjustedPValue <= level)) return "No difference shown.";
  return difference.estimate > 0 ? "Better." : "Worse.";
}

/** Without comparisons: the gain over the mixture, beside what the controls gain. */
function gainAnswers(results: StudyResults, resamples: number, confidence: number): Answer[] {
  const summaries = summariseScores(results, resamples, confidence);
  const gain = (id: string) => summaries.get(id)!.sdrImprovement;
  const controls = results.methods.filter(({ id, role }) => role === "control" && summaries.get(id)!.trials > 0);
  return results.methods
    .filter(({ id, role }) => role === "method" && summaries.get(id)!.trials > 0)
    .slice(0, mostMethods)
    .map(({ id, label }) => ({
      id: `separation-${id}`,
      question: `How much does “${label}” gain over the mixture?`,
      value: `${signedText(gain(id).median, 1)} dB SDR`,
      verdict: gainVerdict(gain(id)),
      interval: intervalText(gain(id), decibelText, "dB, median over trials, bootstrap by subject and trial"),
      chance: "0 dB: the mixture as it is",
      nullText:
        controls.length === 0
          ? "none: the study has no control row"
          : `controls gain ${listText(controls.map((control) => `${signedText(gain(control.id).median, 1)} dB (${control.label})`))}`,
      count: countText(summaries.get(id)!.trials, "trial"),
    }));
}

function gainVerdict({ low, high }: Interval): string {
  if (low > 0) return "The interval is above zero.";
  return high < 0 ? "The interval is below zero." : "The interval does not exclude zero.";
}

function jointAnswers({ joint, methods }: StudyResults): Answer[] {
  if (joint === undefined) return [];
  const { pearsonWithinSubjects: within, attendedAhead: ahead, options } = joint;
  const shown = methods.find(({ id }) => id === joint.method)?.label;
  const label = shown === undefined ? "the method" : `“${shown}”`;
  const answers: Answer[] = [
    {
      id: "joint-correlation",
      question: `Are trials that are decoded well separated well by ${label}?`,
      value: `r = ${numberText(within.estimate, 2)}`,
      verdict: within.pValue <= level ? (within.estimate > 0 ? "Yes." : "The other way round.") : "No relation shown.",
      interval: intervalText(within, (value) => numberText(value, 2), `within subjects, ${drawnText(within.subjects)}`),
      chance: "0: no relation",
      nullText: `${options.permutations} permutations of gains ${joint.permuted === "within-subjects" ? "within" : "between"} subjects: p = ${probabilityText(within.pValue)}`,
      count: `${countText(within.n, "trial")} of ${countText(within.subjects, "subject")}${leftOutText(within.nan + within.infinite)}`,
    },
  ];
  if (ahead.n === 0) return answers;
  const interval = Number.isNaN(ahead.subjectInterval.low) ? ahead.interval : ahead.subjectInterval;
  answers.push({
    id: "joint-ahead",
    question: `Does the attended source come out of ${label} ahead of the competing one?`,
    value: `${percentText(ahead.share)} of trials`,
    verdict: interval.low > 0.5 ? "More often than not." : "Not shown to be more often than not.",
    interval: intervalText(
      interval,
      percentText,
      interval === ahead.interval ? "exact, trials as independent" : drawnText(joint.pearson.subjects),
    ),
    chance: "50 %: either source as often",
    nullText: "none: the share is held against chance alone",
    count: `${ahead.ahead} of ${countText(ahead.n, "trial")}${leftOutText(ahead.nan)}`,
  });
  return answers;
}

/** What a bootstrap drew anew; of few subjects it knows too little of how they differ. */
function drawnText(subjects: number): string {
  if (subjects < 2) return "bootstrap over trials";
  return `bootstrap over subjects${subjects < fewSubjects ? `, too narrow with ${subjects} of them` : ""}`;
}

function leftOutText(count: number): string {
  return count === 0 ? "" : `, ${countText(count, "trial")} left out (not finite)`;
}

function intervalText({ low, high }: Interval, text: (value: number) => string, how: string): string {
  if (Number.isNaN(low) || Number.isNaN(high)) return "none: too few trials or subjects";
  return `${text(low)} to ${text(high)} (95 %, ${how})`;
}
