import { decode } from "fast-png";
import { parseHTML } from "linkedom";
import { beforeAll, describe, expect, it } from "vitest";
import { electrodePosition } from "../../../src/eeg/montage.ts";
import { type Charts, loadCharts } from "../../../src/study/report/charts.ts";
import { createHeadMap } from "../../../src/study/report/headMap.ts";
import { renderPatternFigure } from "../../../src/study/report/patternFigure.ts";
import { featurePatterns } from "../../../src/study/report/scalpPatterns.ts";
import type { ScalpPattern } from "../../../src/study/results.ts";

const names = ["Fz", "Cz", "Pz", "C3", "C4", "T7", "T8"];

/** A topography with a course of its own: peaks of the field power are those of the course. */
function pattern(course: readonly number[], change: Partial<ScalpPattern> = {}): ScalpPattern {
  const topography = names.map((name) => electrodePosition(name)![1]);
  return {
    subject: "s01",
    feature: "envelope",
    channels: names,
    lagSeconds: course.map((_, i) => i / 64),
    values: course.map((gain) => topography.map((value) => gain * value)),
    ...change,
  };
}

describe("featurePatterns", () => {
  it("shows the highest peaks of the field power, at most three, in the order of lags", () => {
    const [own] = featurePatterns([pattern([0, 2, 0, 1, 0, -4, 0, 3, 0])]);
    expect(own!.peaks).toEqual([1, 5, 7]);
    const spread = own!.fieldPower[1]!;
    expect(Array.from(own!.fieldPower)).toBeAllclose(
      [0, 2, 0, 1, 0, 4, 0, 3, 0].map((gain) => (gain * spread) / 2),
      {
        rtol: 1e-12,
        atol: 1e-12,
      },
    );
  });

  it("shows a peak at the first or last lag, one of a plateau, and none of a flat pattern", () => {
    expect(featurePatterns([pattern([3, 1, 2])])[0]!.peaks).toEqual([0, 2]);
    expect(featurePatterns([pattern([1, 2, 2, 1])])[0]!.peaks).toHaveLength(1);
    expect(featurePatterns([pattern([0, 0, 0])])[0]!.peaks).toEqual([]);
  });

  it("averages subjects after scaling each to a root mean square of 1", () => {
    const loud = pattern([0, 100, 0], { subject: "s02" });
    const [both] = featurePatterns([pattern([0, 1, 0]), loud]);
    const squares = both!.values.flatMap((row) => [...row]).map((value) => value ** 2);
    expect(squares.reduce((a, b) => a + b, 0) / squares.length).toBeCloseTo(1, 12);
    expect(both!.subjects).toEqual(["s01", "s02"]);
  });

  it("takes channels by name, lists those without a place, and leaves out subjects with other lags", () => {
    const order = [6, 5, 4, 3, 2, 1, 0];
    const first = pattern([1, 2], { channels: names.map((name) => (name === "Pz" ? "EXG1" : name)) });
    const second = pattern([1, 2], {
      subject: "s02",
      channels: order.map((i) => names[i]!),
      values: pattern([1, 2]).values.map((row) => order.map((i) => row[i]!)),
    });
    const [own] = featurePatterns([first, second, pattern([1, 2, 3], { subject: "s03" })]);
    expect(own!.electrodes.map(({ name }) => name)).toEqual(["Fz", "Cz", "C3", "C4", "T7", "T8"]);
    expect(own!.unplaced).toEqual(["EXG1"]);
    expect(own!.leftOut).toEqual(["s03"]);
    // both have the same topography, so the average is proportional to it
    const [row] = own!.values;
    const topography = own!.electrodes.map(({ position }) => position[1]);
    const scale = row![0]! / topography[0]!;
    expect(Array.from(row!)).toBeAllclose(
      topography.map((value) => scale * value),
      { rtol: 1e-12, atol: 1e-12 },
    );
  });

  it("has one electrode a place: T3 is T7", () => {
    const channels = names.map((name) => (name === "T8" ? "T3" : name));
    const [own] = featurePatterns([pattern([1], { channels })]);
    expect(own!.unplaced).toEqual(["T3"]);
  });
});

describe("createHeadMap", () => {
  const electrodes = ["Fp1", "Fp2", "F7", "F8", "Fz", "C3", "Cz", "C4", "T7", "T8", "P7", "P8", "Pz", "O1", "O2"].map(
    (name) => ({ name, position: electrodePosition(name)! }),
  );
  const greys = Array.from({ length: 255 }, (_, i) => [i, i, i]);

  async function image(values: readonly number[]) {
    const map = await createHeadMap(electrodes, greys);
    const { document } = parseHTML(`<html><body>${map.draw("a map", values, 1).markup}</body></html>`);
    const png = decode(Buffer.from(document.querySelector("image")!.getAttribute("href")!.split(",")[1]!, "base64"));
    return { document, png, at: (row: number, column: number) => png.data[row * png.width + column]! };
  }

  it("has the nose on top and the right ear at the right: front positive, then right positive", async () => {
    const front = await image(electrodes.map(({ position }) => position[1]));
    expect(front.at(8, 36)).toBeGreaterThan(200);
    expect(front.at(64, 36)).toBeLessThan(54);
    expect(Math.abs(front.at(36, 36) - 127)).toBeLessThan(12);
    const right = await image(electrodes.map(({ position }) => position[0]));
    expect(right.at(36, 64)).toBeGreaterThan(200);
    expect(right.at(36, 8)).toBeLessThan(54);
  });

  it("is one colour where all electrodes agree", async () => {
    const { at } = await image(electrodes.map(() => 0.5));
    for (const [row, column] of [
      [36, 36],
      [10, 36],
      [60, 30],
    ] as const) {
      expect(at(row, column)).toBe(Math.round(1.5 * 127));
    }
  });

  it("names itself, and every electrode with its value", async () => {
    const { document } = await image(electrodes.map((_, i) => i / 100));
    expect(document.querySelector("svg")!.getAttribute("aria-label")).toBe("a map");
    const titles = [...document.querySelectorAll(".electrodes title")].map(({ textContent }) => textContent);
    expect(titles[3]).toBe("F8: 0.030");
    expect(titles).toHaveLength(15);
  });
});

describe("the figure of scalp patterns", () => {
  let charts: Charts;
  beforeAll(async () => {
    charts = await loadCharts();
  });

  it("has a map a peak, the field power, and the channels that have no place", async () => {
    const channels = [...names, "EXG1"];
    const values = pattern([0, 2, 0, 1]).values.map((row) => [...Array.from(row), 7]);
    const figure = (await renderPatternFigure(charts, [pattern([0, 2, 0, 1], { channels, values })]))!.markup;
    const { document } = parseHTML(`<html><body>${figure}</body></html>`);
    const labels = [...document.querySelectorAll("svg.head")].map((map) => map.getAttribute("aria-label"));
    expect(labels).toEqual(["Scalp map of envelope at 16 ms", "Scalp map of envelope at 47 ms"]);
    expect(document.querySelector(".note")!.textContent).toContain("EXG1");
    expect(document.querySelector("figcaption")!.textContent).toContain("n = 1 subject");
  });

  it("says why there are no maps: too few places, or a flat pattern", async () => {
    const nowhere = pattern([1, 2], { channels: names.map((_, i) => `E${i}`) });
    expect((await renderPatternFigure(charts, [nowhere]))!.markup).toContain("No maps: only 0 electrodes");
    expect((await renderPatternFigure(charts, [pattern([0, 0])]))!.markup).toContain("No maps: the pattern is flat");
  });

  it("refuses patterns that do not fill their shape, and is nothing without patterns", async () => {
    await expect(renderPatternFigure(charts, [pattern([1, 2], { lagSeconds: [0] })])).rejects.toThrow(
      /pattern of "envelope", subject "s01", has 2 rows; 1 lags of 7 channels are needed/,
    );
    expect(await renderPatternFigure(charts, [])).toBeUndefined();
  });
});
