import { ToolkitError } from "../../core/error.ts";
import type { ScalpPattern } from "../results.ts";
import type { Charts } from "./charts.ts";
import { type FigureData, renderFigure } from "./figure.ts";
import { createHeadMap, type HeadMap } from "./headMap.ts";
import { type Html, html } from "./html.ts";
import { countText, listText, measureText, numberText } from "./numbers.ts";
import { type FeaturePattern, featurePatterns, fewestElectrodes } from "./scalpPatterns.ts";

/** Colours of the maps. */
const colourCount = 63;

/** The values of the maps, and the field power of all lags; undefined where there are no patterns. */
export function patternData(patterns: readonly ScalpPattern[] = []): FigureData | undefined {
  if (patterns.length === 0) return undefined;
  return {
    columns: ["feature", "lag seconds", "field power", "shown", "electrodes", "values"],
    rows: featurePatterns(patterns).flatMap(({ feature, lagSeconds, fieldPower, peaks, electrodes, values }) =>
      lagSeconds.map((lag, i) => {
        const isShown = peaks.includes(i);
        const names = isShown ? electrodes.map(({ name }) => name).join(" ") : "";
        return [feature, lag, fieldPower[i]!, isShown, names, isShown ? values[i]! : null];
      }),
    ),
  };
}

/**
 * Forward patterns as maps of the head, at the lags of greatest field power.
 *
 * @throws ToolkitError `bad-shape` if a pattern's arrays do not fit together
 */
export async function renderPatternFigure(
  charts: Charts,
  patterns: readonly ScalpPattern[] = [],
): Promise<Html | undefined> {
  for (const pattern of patterns) checkPattern(pattern);
  const data = patternData(patterns);
  if (data === undefined) return undefined;
  const features = featurePatterns(patterns);
  const colours = charts.colours("rdbu", colourCount).reverse();
  const parts: Html[] = [];
  // features of one study have the same electrodes, and a map takes a while to prepare
  const maps = new Map<string, HeadMap>();
  for (const feature of features) {
    const { electrodes } = feature;
    const names = electrodes.map(({ name }) => name).join("\n");
    if (electrodes.length >= fewestElectrodes && !maps.has(names)) {
      maps.set(names, await createHeadMap(electrodes, colours));
    }
    parts.push(renderFeature(charts, feature, maps.get(names)));
  }
  const subjects = new Set(features.flatMap((feature) => feature.subjects)).size;
  const gradient = colours.filter((_, i) => i % 6 === 0).map((rgb) => `rgb(${rgb.join(",")})`);
  return renderFigure({
    id: "scalp-patterns",
    content: html`<p class="colours"><span>negative</span><i style="background:linear-gradient(to right,${gradient.join(",")})"></i><span>positive</span></p>
${parts}`,
    caption: html`EEG that goes with the decoded feature, as forward patterns of the decoders (Haufe et al. 2014), seen from above with the nose upwards (n = ${countText(subjects, "subject")}${subjects > 1 && ", averaged after each was scaled to a root mean square of 1"}). Maps are at peaks of the field power, the standard deviation over electrodes; dots are electrodes. Colours between electrodes are interpolated by spherical splines, beyond the outermost ones extrapolated; the maps of one feature share a scale, symmetric about zero. A pattern says where activity shows, not where it comes from, and it has no test of its own.`,
    data,
  });
}

function renderFeature(charts: Charts, feature: FeaturePattern, map: HeadMap | undefined): Html {
  const { electrodes, unplaced, lagSeconds, values, fieldPower, peaks, leftOut } = feature;
  const notes = [
    ...(unplaced.length > 0
      ? [`Not on the map, their place is not known or not common to all subjects: ${listText(unplaced)}.`]
      : []),
    ...(leftOut.length > 0 ? [`Left out, with other lags or no common electrode: ${listText(leftOut)}.`] : []),
  ].join(" ");
  const title = html`<h3>${feature.feature}</h3>`;
  if (map === undefined || peaks.length === 0) {
    const why =
      peaks.length === 0 && map !== undefined
        ? "the pattern is flat"
        : `only ${countText(electrodes.length, "electrode")} with a known place`;
    return html`${title}<p>No maps: ${why}. ${notes}</p>`;
  }
  const limit = Math.max(
    ...peaks.map((lag) => values[lag]!.reduce((most, value) => Math.max(most, Math.abs(value)), 0)),
  );
  const maps = peaks.map((lag) => {
    const name = `${numberText(1000 * lagSeconds[lag]!, 0)} ms`;
    return html`<div><h4>${name}</h4>${map.draw(`Scalp map of ${feature.feature} at ${name}`, values[lag]!, limit)}</div>`;
  });
  const points = lagSeconds.map((lag, i) => ({ lag: 1000 * lag, power: fieldPower[i]! }));
  const { plot, draw } = charts;
  const power = draw(`Field power of the pattern of ${feature.feature} over lags, with the lags of the maps`, {
    width: 300,
    height: 190,
    marginTop: 12,
    marginLeft: 50,
    x: { label: "Lag after the stimulus (ms)", ticks: 5 },
    y: { label: null, ticks: 4, zero: true, grid: true },
    marks: [
      plot.ruleX(
        peaks.map((lag) => points[lag]!),
        { x: "lag", stroke: "var(--c6)", strokeDasharray: "3 3" },
      ),
      plot.line(points, { x: "lag", y: "power", stroke: "var(--c1)", strokeWidth: 1.6 }),
      plot.dot(points, { x: "lag", y: "power", fill: "var(--c1)", r: points.length > 40 ? 1 : 2 }),
    ],
  });
  const unit =
    feature.subjects.length > 1
      ? ", where the root mean square of each subject’s pattern is 1"
      : " in units of the EEG for one unit of the feature";
  return html`${title}<div class="heads"><div><h4>Field power</h4>${power}</div>${maps}</div><p class="note">Strongest colour: ±${measureText(Number(limit.toPrecision(3)))}${unit}. ${notes}</p>`;
}

function checkPattern({ subject, feature, channels, lagSeconds, values }: ScalpPattern): void {
  const odd = values.find((row) => row.length !== channels.length);
  if (values.length === lagSeconds.length && odd === undefined) return;
  const found = odd === undefined ? `${values.length} rows` : `a row of ${odd.length} values`;
  throw new ToolkitError(
    "bad-shape",
    `renderReport: the pattern of ${JSON.stringify(feature)}, subject ${JSON.stringify(subject)}, has ${found}; ${lagSeconds.length} lags of ${channels.length} channels are needed`,
  );
}
