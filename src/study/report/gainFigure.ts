import { median } from "../../numeric/statistics.ts";
import type { StudyResults } from "../results.ts";
import type { Charts } from "./charts.ts";
import { type FigureData, renderFigure } from "./figure.ts";
import { type Html, html } from "./html.ts";
import { countText } from "./numbers.ts";
import { categoryColours, categoryMarks, categorySymbols } from "./palette.ts";

/** Height of a method's band, and how much of it the subjects' rows of dots may take. */
const [bandPixels, spread] = [46, 0.6];

/** All scores. */
export function gainData({ scores }: StudyResults): FigureData {
  return {
    columns: [
      "subject",
      "trial",
      "mixture",
      "target",
      "method",
      "SDR",
      "SIR",
      "SAR",
      "SI-SDR",
      "SDR gain",
      "SIR gain",
      "SAR gain",
      "SI-SDR gain",
    ],
    rows: scores.map((row) => [
      row.subject,
      row.trial,
      row.mixture,
      row.target,
      row.method,
      row.sdr,
      row.sir,
      row.sar,
      row.siSdr,
      row.sdrImprovement,
      row.sirImprovement,
      row.sarImprovement,
      row.siSdrImprovement,
    ]),
  };
}

/**
 * SDR gain of every method in every trial: a dot each, joined within a trial, with the median of each method. Within a
 * method's band each subject has a row of its own, so that dots of many subjects do not lie on each other.
 */
export function renderGainFigure(charts: Charts, results: StudyResults): Html {
  const { plot, draw } = charts;
  const names = methodNames(results);
  const { methods, scores } = results;
  const subjects = [...new Set(scores.map(({ subject }) => subject))];
  const step = Math.min(0.14, spread / subjects.length);
  const bands = new Map(methods.map(({ id }, i) => [id, i]));
  const drawn = scores
    .filter((row) => Number.isFinite(row.sdrImprovement))
    .map((row) => {
      const offset = (subjects.indexOf(row.subject) - (subjects.length - 1) / 2) * step;
      return {
        gain: row.sdrImprovement,
        place: bands.get(row.method)! + offset,
        subject: row.subject,
        trial: JSON.stringify([row.subject, row.trial]),
      };
    });
  // the line of a trial runs down the methods in table order
  const inOrder = [...drawn].sort((a, b) => a.place - b.place);
  const medians = methods.flatMap(({ id }, band) => {
    const own = scores.filter((row) => row.method === id && Number.isFinite(row.sdrImprovement));
    return own.length === 0 ? [] : [{ gain: median(own.map((row) => row.sdrImprovement)), band }];
  });
  const trials = new Set(drawn.map(({ trial }) => trial)).size;
  const isColoured = subjects.length <= categoryColours.length;
  const colours = isColoured ? categoryColours.slice(0, subjects.length) : subjects.map(() => "var(--c1)");
  const symbols = isColoured ? categorySymbols.slice(0, subjects.length) : subjects.map(() => "circle" as const);
  const content = draw(
    `SDR gain over the mixture of ${countText(methods.length, "method")} in ${countText(trials, "trial")}`,
    {
      width: 860,
      height: 74 + bandPixels * methods.length,
      marginLeft: 190,
      marginRight: 16,
      x: { label: "SDR gain over the mixture (dB)", grid: true, nice: true },
      y: { domain: [methods.length - 0.5, -0.5], label: null },
      color: { domain: subjects, range: colours },
      symbol: { domain: subjects, range: symbols },
      marks: [
        plot.axisY(
          methods.map((_, band) => band),
          {
            lineWidth: 15,
            tickSize: 0,
            fontSize: 12,
            tickFormat: (band: number) => names.get(methods[band]!.id) ?? "",
          },
        ),
        plot.ruleX([0], { stroke: "currentColor", strokeOpacity: 0.5 }),
        plot.line(inOrder, {
          x: "gain",
          y: "place",
          z: "trial",
          stroke: "subject",
          strokeOpacity: Math.max(0.05, Math.min(0.28, 8 / trials)),
          strokeWidth: 1,
        }),
        plot.dot(drawn, {
          x: "gain",
          y: "place",
          fill: "subject",
          symbol: "subject",
          r: trials > 60 ? 2 : 3,
          fillOpacity: 0.75,
        }),
        plot.ruleX(medians, {
          x: "gain",
          y1: ({ band }: { band: number }) => band - 0.36,
          y2: ({ band }: { band: number }) => band + 0.36,
          stroke: "currentColor",
          strokeWidth: 3,
        }),
      ],
    },
  );
  const left = scores.length - drawn.length;
  return renderFigure({
    id: "gain-per-trial",
    content,
    legend: isColoured ? subjects.map((label, i) => ({ label, colour: colours[i]!, mark: categoryMarks[i]! })) : [],
    caption: html`SDR gain over the unprocessed mixture, one dot a trial and method (n = ${trials} trials, ${drawn.length} dots), dots of one trial joined by a line${subjects.length > 1 && ", a row of dots a subject"}; the thick bar is the median of the dots shown.${left > 0 && ` ${countText(left, "score")} that ${left === 1 ? "is" : "are"} not finite ${left === 1 ? "is" : "are"} not drawn.`}`,
    data: gainData(results),
  });
}

/** Axis label of each method: its name, made unique, with its role where that is not `method`. */
function methodNames({ methods }: StudyResults): Map<string, string> {
  const used = new Set<string>();
  return new Map(
    methods.map(({ id, label, role }) => {
      const plain = role === "method" ? label : `${label} (${role})`;
      const name = used.has(plain) ? `${plain} [${id}]` : plain;
      used.add(name);
      return [id, name];
    }),
  );
}
