import { plainText } from "../core/plainText.ts";
import type { DecisionSummary } from "../eeg/decoding/attentionDecision.ts";
import type { Interval } from "../numeric/binomial.ts";
import type { DecodingSummary } from "../study/decodingSummary.ts";

/** A decoding in tables for a terminal: every accuracy with its interval, chance level, null and count. */
export function decodingLines(summary: DecodingSummary): string[] {
  return linesOf(summary).map(plainText);
}

function linesOf(summary: DecodingSummary): string[] {
  const { features, controls, audits, identifiability, clusters, warnings } = summary;
  const lines: string[] = [];
  for (const { feature, decisions, subjects, curve, measures, nulls, switchDuration } of features) {
    lines.push(`${feature}: ${accuracyText(decisions)}`);
    if (subjects.length > 1) {
      for (const each of subjects) lines.push(`  subject ${each.subject}: ${accuracyText(each)}`);
    }
    lines.push(`  window  accuracy  interval (${clusters})  chance   null  p(null)   r att  r unatt  windows`);
    const shift = nulls.find(({ method }) => method === "shift");
    for (const point of curve.points) {
      const test =
        shift && "result" in shift
          ? shift.result.tests.find(({ windowSeconds }) => windowSeconds === point.windowSeconds)
          : undefined;
      lines.push(
        [
          (point.windowSeconds === "trial" ? "trial" : `${point.windowSeconds} s`).padStart(8),
          percent(point.accuracy).padStart(10),
          (intervalText(point.interval) ?? "none").padStart(13 + clusters.length),
          percent(point.chance).padStart(8),
          (test ? percent(test.nullMean) : "none").padStart(7),
          (test ? probability(test.pValue) : "none").padStart(9),
          point.attended.mean.toFixed(3).padStart(8),
          point.unattended.mean.toFixed(3).padStart(9),
          String(point.count).padStart(9),
        ].join(""),
      );
    }
    const { dPrime, auc, bitsPerMinute } = measures;
    for (const [name, measure] of Object.entries({ "d'": dPrime, AUC: auc, "bits per minute": bitsPerMinute })) {
      const interval = measure.interval
        ? ` (${measure.interval.low.toFixed(2)} to ${measure.interval.high.toFixed(2)})`
        : "";
      lines.push(
        `  ${name} ${measure.value.toFixed(2)}${interval}, chance ${measure.chance}, by chance here ${measure.nullMean.toFixed(2)}, p = ${probability(measure.pValue)}, ${measure.count} trials`,
      );
    }
    for (const each of nulls) {
      if ("reason" in each) lines.push(`  null by ${each.method}: none (${each.reason})`);
      else {
        const whole = each.result.tests.at(-1);
        if (whole === undefined) continue;
        lines.push(
          `  null by ${each.method}: ${percent(whole.nullMean)} of ${whole.count} decisions right by chance, 95 % of permutations up to ${percent(whole.nullUpper)}; p = ${probability(whole.pValue)}, over all windows ${probability(whole.familyWisePValue)} (${each.result.options.permutations} permutations)`,
        );
      }
    }
    if ("reason" in switchDuration) lines.push(`  minimal expected switch duration: none (${switchDuration.reason})`);
    else {
      const { seconds, interval, trials } = switchDuration;
      const ends = interval ? ` (${interval.low.toFixed(1)} to ${interval.high.toFixed(1)} s)` : "";
      lines.push(
        `  minimal expected switch duration: ${seconds.toFixed(1)} s${ends}, by chance it never ends, ${trials} trials of two sources`,
      );
    }
  }
  for (const { control, passed, ...decisions } of controls) {
    const wanted = control === "positive" ? "must be found" : "nothing to find";
    lines.push(
      `${control} control (simulated EEG, ${wanted}): ${passed ? "passed" : "FAILED"}, ${accuracyText(decisions)}`,
    );
  }
  for (const each of audits) {
    lines.push(
      `leakage audit, subject ${each.subject}: ${"reason" in each ? `none (${each.reason})` : each.audit.statement}`,
    );
  }
  const { mixtures, flagged, blindAccuracy, count } = identifiability;
  lines.push(
    `identifiability: ${mixtures.length} mixtures, ${flagged.length === 0 ? "each attended in more than one way" : `${flagged.length} always attended the same way (${flagged.join(", ")})`}; naming the usual target without EEG is right in ${percent(blindAccuracy)} of ${count} trials`,
  );
  for (const warning of warnings) lines.push(`warning: ${warning}`);
  return lines;
}

function accuracyText({ accuracy, count, interval, chance, pValue }: DecisionSummary): string {
  return `${percent(accuracy)} of ${count} trials (95 % interval ${intervalText(interval)}; chance ${percent(chance)}, p = ${probability(pValue)})`;
}

function intervalText(interval: Interval | null): string | undefined {
  return interval ? `${percent(interval.low)} to ${percent(interval.high)}` : undefined;
}

/** A share in whole percent. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

function probability(p: number): string {
  return p.toPrecision(2);
}
