import { parseHTML } from "linkedom";
import { expect, it } from "vitest";
import { figureData } from "../../../src/study/report/figureData.ts";
import { scriptJson } from "../../../src/study/report/html.ts";
import { renderReport } from "../../../src/study/report/renderReport.ts";
import { exampleResults } from "../exampleResults.ts";

it("has the rows of every figure of the report, under the figure's name", async () => {
  const results = exampleResults();
  const options = { resamples: 20 };
  const { document } = parseHTML(await renderReport(results, options));
  const inPage = Object.fromEntries(
    [...document.querySelectorAll("figure")].map(({ id }) => {
      const { columns, rows } = JSON.parse(document.querySelector(`[data-figure="${id}"]`)!.textContent);
      return [id, rows.map((row: unknown[]) => Object.fromEntries(row.map((cell, c) => [columns[c], cell])))];
    }),
  );
  // the page has 6 digits of each number
  const data = JSON.parse(scriptJson(figureData(results, options)));
  expect(Object.keys(data).sort()).toEqual(Object.keys(inPage).sort());
  for (const [name, rows] of Object.entries(data)) expect(rows, name).toEqual(inPage[name]);
});

it("leaves out figures that have no data", () => {
  const { comparisons: _, patterns: __, ...rest } = exampleResults({ details: 0 });
  const decoding = { ...rest.decoding, features: [] };
  expect(Object.keys(figureData({ ...rest, decisions: [], decoding }))).toEqual([
    "gain-per-trial",
    "paired-sdr",
    "paired-si-sdr",
  ]);
});
