import type { JointCorrelation } from "../../metrics/jointMeasures.ts";
import type { StudyResults } from "../results.ts";
import { type Html, html } from "./html.ts";
import { countText, numberText, percentText, probabilityText } from "./numbers.ts";
import { renderTable, tableColumns } from "./table.ts";

/** Correlations of decoding quality with the gain, and how often the attended source came out ahead. */
export function renderJointTable({ joint, methods }: StudyResults): Html | undefined {
  if (joint === undefined) return undefined;
  const { pearson, spearman, pearsonWithinSubjects, attendedAhead: ahead, permuted, options } = joint;
  const label = methods.find(({ id }) => id === joint.method)?.label;
  const text = (value: number) => numberText(value, 2);
  const row = (name: string, { estimate, low, high, pValue, n, subjects, nan, infinite }: JointCorrelation) => [
    name,
    text(estimate),
    Number.isNaN(low) ? "none" : `${text(low)} to ${text(high)}`,
    "0",
    probabilityText(pValue),
    n,
    subjects,
    nan + infinite,
  ];
  const aheadInterval = Number.isNaN(ahead.subjectInterval.low) ? ahead.interval : ahead.subjectInterval;
  return html`${renderTable({
    name: "joint",
    columns: tableColumns("Measure", "#Value", "#95 % interval", "#Chance", "#p", "#Trials", "#Subjects", "#Left out"),
    rows: [
      row("Pearson’s correlation within subjects", pearsonWithinSubjects),
      row("Pearson’s correlation, all trials", pearson),
      row("Spearman’s rank correlation, all trials", spearman),
      [
        "Attended source ahead of the competing one",
        percentText(ahead.share),
        Number.isNaN(aheadInterval.low)
          ? "none"
          : `${percentText(aheadInterval.low)} to ${percentText(aheadInterval.high)}`,
        "50.0 %",
        "none",
        ahead.n,
        pearson.subjects,
        ahead.nan,
      ],
    ],
  })}
<p>${label !== undefined && html`Gains are those of ${label}. `}Decoding quality is the correlation with the attended source less that with the unattended. Intervals draw subjects anew; p compares with ${options.permutations} permutations of the gains ${permuted === "within-subjects" ? "within each subject" : "between subjects"}. ${countText(ahead.ties, "tie")} of attended and competing source ${ahead.ties === 1 ? "counts" : "count"} as not ahead.</p>`;
}
