import { expect, it } from "vitest";
import { summaryLines } from "../../src/cli/summary.ts";
import { exampleResults } from "../study/exampleResults.ts";

const results = exampleResults({ details: 0 });

it("states every accuracy with interval, chance, null and count", () => {
  const lines = summaryLines(results, "out").filter((line) => line.startsWith("attended source found"));
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(line).toMatch(
      /: \d+ % of 16 trials \(95 % interval \d+ % to \d+ %; chance 46 %, p = \S+; null by shifts \d+ %, p = \S+\)$/,
    );
  }
});

it("says that there is no null where there is none, and how far a partial run is", () => {
  const features = results.decoding.features.map((feature) => ({ ...feature, nulls: [] }));
  const text = summaryLines(
    { ...results, decoding: { ...results.decoding, features }, partial: { done: 3, planned: 9 } },
    "out",
  ).join("\n");
  expect(text).toContain("no null by shifts");
  expect(text).toContain("partial: 3 of 9 trials; the run is not at its end");
});

it("prints no control or escape character, whatever labels hold", () => {
  const escapeCode = String.fromCharCode(0x1b);
  const nasty = `${escapeCode}[2J${escapeCode}]0;title${String.fromCharCode(7)}a\r\nb\u202ec`;
  const methods = results.methods.map((method) => ({ ...method, label: `${nasty} ${method.label}` }));
  const lines = summaryLines({ ...results, methods, synthetic: nasty }, `out${escapeCode}[31m`);
  for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  expect(lines[0]).toBe("synthetic: a bc");
  // columns still stand below each other
  const rows = lines.filter((line) => / (baseline|method|control|oracle) .*\d\.\d\d /.test(line));
  expect(rows).toHaveLength(9);
  expect(new Set(rows.map(({ length }) => length)).size).toBe(1);
});
