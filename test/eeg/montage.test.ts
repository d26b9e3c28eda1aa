import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { type ElectrodePosition, electrodePosition, electrodePositions } from "../../src/eeg/montage.ts";
import { interpolateChannels, sphericalSplineWeights } from "../../src/eeg/sphericalSpline.ts";
import { madEegNames, simulatedEeg } from "./signals.ts";

/** Recorded by test/fixtures/montage.py from MNE-Python 1.3.0. */
const recorded: {
  biosemi: Record<string, [theta: number, phi: number]>;
  easycap: Record<string, [theta: number, phi: number]>;
  directions: [number, number, number][];
  splines: { to: number[]; weights: number[] }[];
} = JSON.parse(readFileSync(join(import.meta.dirname, "../fixtures/montage.json"), "utf8"));

const radians = (degrees: number) => (degrees * Math.PI) / 180;
const angle = (a: ElectrodePosition, b: ElectrodePosition) =>
  (Math.acos(Math.min(1, a[0] * b[0] + a[1] * b[1] + a[2] * b[2])) * 180) / Math.PI;

describe("electrodePosition", () => {
  // The tables put AF3, PO3 and, EASYCAP's, FC3 and CP3 off the equal steps between their row's outer and midline electrodes
  const uneven = ["AF3", "AF4", "PO3", "PO4"];
  const tables = [
    { table: "biosemi", apart: uneven },
    { table: "easycap", apart: [...uneven, "FC3", "FC4", "CP3", "CP4"] },
  ] as const;
  const rows = tables.flatMap(({ table, apart }) =>
    Object.entries(recorded[table]).map(([name, angles]) => ({
      name,
      table,
      angles,
      degrees: apart.includes(name) ? 5 : 1.5,
    })),
  );

  test.each(rows)("puts $name where the $table table does, to $degrees degrees", ({ name, angles, degrees }) => {
    const [t, p] = [radians(angles[0]), radians(angles[1])];
    const expected = [Math.sin(t) * Math.cos(p), Math.sin(t) * Math.sin(p), Math.cos(t)] as const;
    const position = electrodePosition(name)!;
    expect(Math.hypot(...position)).toBeCloseTo(1, 12);
    expect(angle(position, expected)).toBeLessThan(degrees);
  });

  it("knows the 20 electrodes of MAD-EEG and the 10-20 system under old names", () => {
    expect(electrodePositions(madEegNames)).toHaveLength(20);
    expect(electrodePositions(["T3", "T4", "T5", "t6"])).toEqual(electrodePositions(["T7", "T8", "P7", "P8"]));
  });

  it("mirrors left and right, and front and back", () => {
    for (const [left, right] of [
      ["F3", "F4"],
      ["AF7", "AF8"],
      ["TP9", "TP10"],
      ["C1", "C2"],
    ] as const) {
      const [x, y, z] = electrodePosition(left)!;
      expect(electrodePosition(right)!).toBeAllclose([-x, y, z], { atol: 1e-15 });
      expect(x).toBeLessThan(0);
    }
    const [x, y, z] = electrodePosition("F3")!;
    expect(electrodePosition("P3")!).toBeAllclose([x, -y, z], { atol: 1e-15 });
    expect(y).toBeGreaterThan(0);
  });

  test.each(["EOG", "F11", "T1", "FC7", "FT3", "Tz", "Fp3", "F0", "A1", ""])("does not know %s", (name) => {
    expect(electrodePosition(name)).toBeUndefined();
  });

  it("names all it does not know", () => {
    expect(() => electrodePositions(["Cz", "EOG", "X1"])).toThrow(/no place is known for EOG X1/);
  });
});

const unit = recorded.directions.map((direction) => {
  const length = Math.hypot(...direction);
  return direction.map((x) => x / length) as unknown as ElectrodePosition;
});

describe("sphericalSplineWeights", () => {
  test.each(recorded.splines)("are MNE-Python's, to $to", ({ to, weights }) => {
    const from = unit.filter((_, i) => !to.includes(i));
    const found = sphericalSplineWeights(
      from,
      to.map((i) => unit[i]!),
    );
    expect(found.data).toBeAllclose(weights, { atol: 1e-9 });
  });

  it("add up to 1, so that a common potential stays", () => {
    const { data } = sphericalSplineWeights(unit.slice(2), unit.slice(0, 1));
    expect(data.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
  });

  it("give an electrode itself without regularization", () => {
    const { data } = sphericalSplineWeights(unit, [unit[3]!], { regularization: 0 });
    expect(data).toBeAllclose(
      unit.map((_, i) => (i === 3 ? 1 : 0)),
      { atol: 1e-9 },
    );
  });

  it("refuses one place, and one place twice", () => {
    expect(() => sphericalSplineWeights([unit[0]!], [unit[1]!])).toThrow(/1 places/);
    expect(() => sphericalSplineWeights([unit[0]!, unit[0]!], [unit[1]!], { regularization: 0 })).toThrow(/place 1/);
  });
});

describe("interpolateChannels", () => {
  // A smooth potential: a dipole's is linear on the sphere
  const field = simulatedEeg(madEegNames, { seconds: 0.2 });
  const smooth = {
    ...field,
    channels: electrodePositions(madEegNames).map(([x, y, z]) =>
      Float64Array.from({ length: 25 }, (_, i) => 10 * (x * Math.sin(i) + y * Math.cos(2 * i) + z) + 3),
    ),
  };

  it("restores a smooth potential and leaves the other channels", () => {
    const spoilt = {
      ...smooth,
      channels: smooth.channels.map((channel, c) => (c === 7 ? channel.map(() => 1e6) : channel)),
    };
    const { signal, from, weights } = interpolateChannels(spoilt, { bad: ["Cz"] });
    expect(signal.channels[7]!).toBeAllclose(smooth.channels[7]!, { atol: 0.1 });
    expect(signal.channels.filter((_, c) => c !== 7)).toEqual(smooth.channels.filter((_, c) => c !== 7));
    expect([from.length, weights.rows, weights.columns]).toEqual([19, 1, 19]);
  });

  it("takes places for names outside the system", () => {
    const renamed = { ...smooth, names: smooth.names.map((name) => (name === "Cz" ? "EEG 8" : name)) };
    expect(() => interpolateChannels(renamed, { bad: ["EEG 8"] })).toThrow(/no place is known for EEG 8/);
    const positions = { "EEG 8": electrodePosition("Cz")! };
    const { signal } = interpolateChannels(renamed, { bad: ["EEG 8"], positions });
    expect(signal.channels).toEqual(interpolateChannels(smooth, { bad: ["Cz"] }).signal.channels);
  });

  it("refuses to make most channels from few", () => {
    expect(() => interpolateChannels(smooth, { bad: madEegNames.slice(3) })).toThrow(/3 good channels are left/);
    expect(() => interpolateChannels(smooth, { bad: ["X"] })).toThrow(/no channel is called "X"/);
  });
});
