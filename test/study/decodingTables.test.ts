import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { toJson } from "../../src/core/json.ts";
import { parseTsv } from "../../src/formats/tsv.ts";
import { summariseDecoding } from "../../src/study/decodingSummary.ts";
import { decodingTables } from "../../src/study/decodingTables.ts";
import { encodeTable, writeDecoding } from "../../src/study/writeDecoding.ts";
import { duets, eventOptions, madeControls, madeEvents, madeWindows } from "./decodingEvents.ts";

const folder = mkdtempSync(join(tmpdir(), "neurosteer-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** All that can be there and all that can be missing: a feature that is never right, a subject too short to audit, trials of two lengths. */
const events = madeEvents(
  [
    ...duets(6),
    { trial: "long", seconds: 12 },
    ...duets(2, { subject: "02" }),
    ...duets(4, { wrong: 4, seconds: 1 }).map((each) => ({ ...each, feature: "flux" as const })),
    { trial: "trio", sources: ["flute", "oboe", "horn"], feature: "mel" },
  ],
  {
    controls: [...madeControls("positive", 9, 9), ...madeControls("negative", 9, 4)],
    windows: [...madeWindows("01", 7), ...madeWindows("02", 2)],
  },
);
const summary = summariseDecoding(events, eventOptions);
const tables = decodingTables(summary);

describe("decodingTables", () => {
  it("has a table for each thing there is to know", () => {
    expect(Object.entries(tables).map(([name, rows]) => [name, rows.length])).toEqual([
      ["curve", 2 + 1 + 2],
      ["measures", 3 * 5],
      // nothing to shift in 1 s, nothing to exchange one trial with
      ["nulls", 2 + 2 + 2 + (1 + 1 + 1) + (2 + 1 + 2)],
      ["subjects", 2 + 1 + 1],
      ["switch-duration", 3],
      ["controls", 2],
      ["leakage-audit", 2],
      ["identifiability", 10],
    ]);
  });

  it.each(Object.entries(tables))("gives every row of %s the same columns", (_, rows) => {
    for (const row of rows) expect(Object.keys(row)).toEqual(Object.keys(rows[0]!));
  });

  it.each(["curve", "measures", "subjects", "controls"])("has chance, interval and count in %s", (name) => {
    for (const row of tables[name]!) {
      for (const column of ["chance", "low", "high", "count"]) expect(row).toHaveProperty(column);
      expect(row.chance).toEqual(expect.any(Number));
      expect(row.count).toBeGreaterThan(0);
    }
  });

  it("says why a row has no numbers", () => {
    const reasonOf = (name: string, column = "reason") =>
      tables[name]!.filter((row) => row.pValue === null || row.seconds === null).map((row) => row[column]);
    expect(reasonOf("nulls")).toEqual([
      expect.stringMatching(/shifts of 16/),
      expect.stringMatching(/cannot all be paired/),
    ]);
    expect(reasonOf("leakage-audit", "statement")).toEqual(["leakageAudit: 2 trials given; 4 are needed"]);
    expect(reasonOf("switch-duration")).toEqual([
      expect.stringMatching(/shorter than all windows/),
      "no trial of two sources",
    ]);
  });

  it("keeps infinities and what is not a number, in tables and in JSON", () => {
    const text = encodeTable(tables["switch-duration"]!);
    const [envelope, flux] = parseTsv(text, "switch-duration.tsv");
    expect(envelope).toMatchObject({ chance: "Infinity", reason: "n/a" });
    expect(Number(envelope!.seconds)).toBeGreaterThan(0);
    expect(flux).toMatchObject({ seconds: "n/a", chance: "n/a", low: "n/a", high: "n/a", trials: "0" });
    // trials of two lengths have no rate of information
    const bits = parseTsv(encodeTable(tables.measures!), "measures.tsv").find(
      ({ feature, measure }) => feature === "envelope" && measure === "bitsPerMinute",
    );
    expect(bits!.value).toBe("NaN");
    const { features } = JSON.parse(toJson(summary)) as typeof summary;
    expect(features[0]!.switchDuration).toMatchObject({ chance: "Infinity" });
    expect(features[0]!.measures.bitsPerMinute.value).toBe("NaN");
  });

  it("writes a switch that never ends as such", () => {
    const never = summariseDecoding(madeEvents(duets(4, { wrong: 4 })), eventOptions);
    const [row] = parseTsv(encodeTable(decodingTables(never)["switch-duration"]!), "switch-duration.tsv");
    expect(row).toMatchObject({ seconds: "Infinity", chance: "Infinity", trials: "4" });
  });

  it("counts each target of a mixture in a column", () => {
    const made = ["flute", "oboe", "oboe"].map((target, t) => ({ trial: `${t}`, mixture: "a", target }));
    const rows = decodingTables(
      summariseDecoding(madeEvents([...made, { trial: "9", mixture: "b" }]), eventOptions),
    ).identifiability;
    expect(rows).toEqual([
      {
        mixture: "a",
        count: 3,
        "target flute": 1,
        "target oboe": 2,
        identifiable: true,
        neverAttended: "",
      },
      { mixture: "b", count: 1, "target flute": 1, "target oboe": 0, identifiable: false, neverAttended: "oboe" },
    ]);
  });
});

describe("encodeTable", () => {
  it("joins lists, says n/a for what is missing, and keeps rows on their lines", () => {
    const rows = [
      { name: "a\tb\nc", list: ["x", "y"], number: -Infinity },
      { name: "", list: [], other: null },
    ];
    expect(encodeTable(rows)).toBe("name\tlist\tnumber\tother\na b c\tx,y\t-Infinity\tn/a\nn/a\tn/a\tn/a\tn/a\n");
  });
});

describe("writeDecoding", () => {
  const read = (path: string) => parseTsv(readFileSync(join(folder, path), "utf8"), path);

  it("leaves decisions, failures and a file for each table", async () => {
    const failures = [{ subject: "01", trial: "7", code: "bad-value", message: "lost:\ttwo words" }];
    await writeDecoding(folder, { decisions: events.decisions, failures, decoding: summary });
    expect(readdirSync(folder).sort()).toEqual(["decisions.tsv", "decoding", "failures.tsv"]);
    expect(readdirSync(join(folder, "decoding")).sort()).toEqual(
      Object.keys(tables)
        .map((name) => `${name}.tsv`)
        .sort(),
    );
    expect(read("failures.tsv")).toEqual([{ ...failures[0], message: "lost: two words" }]);
    const [first] = read("decisions.tsv");
    expect(first).toMatchObject({ trial: "01-1", sources: "flute,oboe", correlations: "1,0", correct: "true" });
    expect(read("decisions.tsv")).toHaveLength(events.decisions.length);
    for (const [name, rows] of Object.entries(tables)) expect(read(`decoding/${name}.tsv`)).toHaveLength(rows.length);
  });

  it("writes no file without rows", async () => {
    const bare = join(folder, "bare");
    const made = madeEvents(duets(2));
    await writeDecoding(bare, { ...made, failures: [], decoding: summariseDecoding(made, eventOptions) });
    expect(readdirSync(bare).sort()).toEqual(["decisions.tsv", "decoding"]);
    expect(readdirSync(join(bare, "decoding"))).not.toContain("controls.tsv");
    expect(readdirSync(join(bare, "decoding"))).not.toContain("leakage-audit.tsv");
  });
});
