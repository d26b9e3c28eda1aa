import { parseHTML } from "linkedom";
import { beforeAll, describe, expect, it } from "vitest";
import { renderReport } from "../../../src/study/report/renderReport.ts";
import { renderSubjectReport } from "../../../src/study/report/renderSubjectReport.ts";
import { subjectResults } from "../../../src/study/report/subjectResults.ts";
import { exampleResults } from "../exampleResults.ts";

const quick = { resamples: 20 };

describe("the report of a subject", () => {
  const results = exampleResults({ subjects: 2, trials: 6, details: 0 });
  let page = "";
  let document: ReturnType<typeof parseHTML>["document"];
  beforeAll(async () => {
    page = await renderSubjectReport(results, "s02", quick);
    document = parseHTML(page).document as unknown as typeof document;
  });

  it("is about that subject only", () => {
    expect(document.querySelector("h1")!.textContent).toBe(`${results.title}: subject s02`);
    expect(document.querySelector(".lead")!.textContent).toContain("One simulated subject listened");
    const data = JSON.parse(document.querySelector('[data-figure="gain-per-trial"]')!.textContent);
    expect(new Set(data.rows.map(([subject]: string[]) => subject))).toEqual(new Set(["s02"]));
    expect(document.querySelector('[data-figure="scalp-patterns"]')).not.toBeNull();
  });

  it("says that it speaks of one subject, and that curve and nulls are in the study's report", () => {
    const note = document.querySelector('[data-note="one-subject"]')!.textContent;
    expect(note).toContain("one of 2 subjects");
    expect(note).toContain("stand in the study’s report");
    expect(document.querySelector("#decoding-curve")).toBeNull();
  });

  it("has the curve and nulls of a summary of its own", async () => {
    const own = parseHTML(await renderSubjectReport(results, "s02", { ...quick, decoding: results.decoding })).document;
    expect(own.querySelector("#decoding-curve")).not.toBeNull();
    expect(own.querySelector('table[data-table="nulls"]')).not.toBeNull();
    expect(own.querySelector('[data-note="one-subject"]')!.textContent).not.toContain("study’s report");
  });

  it("is the same bytes for the same results", async () => {
    expect((await renderSubjectReport(results, "s02", quick)) === page).toBe(true);
  });

  it("refuses a subject without scores, naming those there are", async () => {
    await expect(renderSubjectReport(results, "s07")).rejects.toThrow(
      /subject "s07" has neither scores nor decisions; there are those of s01, s02/,
    );
  });

  it("compares methods anew, over the subject's own trials", () => {
    const own = subjectResults(results, "s01");
    expect(own.comparisons!.options).toEqual(results.comparisons!.options);
    for (const { n, unit } of own.comparisons!.comparisons) {
      expect({ ...n, unit }).toEqual({ units: 6, subjects: 1, pairs: 6, unit: "trials" });
    }
    expect(own.joint).toBeUndefined();
  });

  it("counts the subject's failed trials as planned", () => {
    const failures = [{ subject: "s01", trial: "t99", code: "bad-value", message: "silent" }];
    const own = subjectResults({ ...results, failures }, "s01");
    expect([own.plannedTrials, own.failures]).toEqual([7, failures]);
    expect(subjectResults({ ...results, failures }, "s02").failures).toEqual([]);
  });
});

describe("the size of a subject's page, 32 trials of 24 s at 16 kHz", () => {
  const results = exampleResults({ subjects: 1, trials: 32, seconds: 24, rateHz: 16_000 });
  // noise is the worst case for images: nothing in it can be packed
  const noise = Float32Array.from(
    { length: 400 * 96 },
    (_, i) => -70 * ((Math.sin(i * 12.9898) * 43758.5453) % 1) ** 2,
  );
  const picture = { frames: 400, bins: 96, durationSeconds: 24, maximumHz: 8000, decibels: noise };
  const noisy = results.details.map((detail) => ({
    ...detail,
    spectrograms: detail.spectrograms.map(({ label }) => ({ label, picture })),
  }));

  it("is below 3 MB, by shorter excerpts that the caption states", async () => {
    const { decoding } = results;
    const page = await renderSubjectReport({ ...results, details: noisy }, "s01", { ...quick, decoding });
    expect(Buffer.byteLength(page)).toBeLessThan(3e6);
    const caption = parseHTML(page).document.querySelector("#trial-1-players figcaption")!.textContent;
    expect(caption).toMatch(/An excerpt of \d\.\d s, the loudest of the mixture, from \d+\.\d s on/);
  });

  it("is below 3 MB with four times as many rows, by thinner images and still shorter excerpts", async () => {
    const copies = ["", "-b", "-c", "-d"];
    const named = <T extends { readonly label: string; readonly kind?: string }>(rows: readonly T[]) =>
      copies.flatMap((copy) => rows.map((row) => ({ ...row, label: `${row.label}${copy}` })));
    const { comparisons: _, ...rest } = results;
    const page = await renderSubjectReport(
      {
        ...rest,
        methods: copies.flatMap((copy) => results.methods.map((row) => ({ ...row, id: `${row.id}${copy}` }))),
        scores: copies.flatMap((copy) => results.scores.map((row) => ({ ...row, method: `${row.method}${copy}` }))),
        details: noisy.map((detail) => ({
          ...detail,
          spectrograms: named(detail.spectrograms),
          players: named(detail.players),
          costTraces: copies.flatMap((copy) =>
            detail.costTraces.map((row) => ({ ...row, method: `${row.method}${copy}` })),
          ),
        })),
      },
      "s01",
      { resamples: 1 },
    );
    expect(Buffer.byteLength(page)).toBeLessThan(3e6);
    const { document } = parseHTML(page);
    expect(document.querySelectorAll("#trial-1-players audio")).toHaveLength(40);
    expect(document.querySelector("#trial-1-spectrograms figcaption")!.textContent).toContain(
      "one in 4 frames is drawn",
    );
    expect(document.querySelector("#paired-sdr figcaption")!.textContent).toMatch(/the first 12 of \d\d methods/);
  });
});

it("is about decoding alone where nothing was separated", async () => {
  const { comparisons: _, joint: __, ...rest } = exampleResults({ details: 0 });
  const results = { ...rest, methods: [], scores: [] };
  for (const page of [await renderReport(results, quick), await renderSubjectReport(results, "s01", quick)]) {
    const { document } = parseHTML(page);
    expect(document.querySelector("h2#decoding")).not.toBeNull();
    expect(document.querySelector("h2#separation")).toBeNull();
    expect(document.querySelector("h2#methods")).toBeNull();
    expect(document.querySelectorAll(".answer")).toHaveLength(2);
  }
});

it("is linked from the study's report, which then has no trials in detail", async () => {
  const { comparisons: _, patterns: __, ...results } = exampleResults({ subjects: 2, trials: 6 });
  const subjectPages = { s01: "subjects/sub-s01.html", "../s 02": "../../etc/passwd" };
  const { document } = parseHTML(await renderReport(results, { ...quick, subjectPages }));
  const links = [...document.querySelectorAll('section[aria-labelledby="subjects"] a')];
  expect(links.map((link) => link.getAttribute("href"))).toEqual(["./subjects/sub-s01.html", "./etc/passwd"]);
  expect(links.map(({ textContent }) => textContent)).toEqual(["Subject s01", "Subject ../s 02"]);
  expect(document.querySelector("#trial-1-players")).toBeNull();
});
