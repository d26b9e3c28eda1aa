import { decode } from "fast-png";
import { parseHTML } from "linkedom";
import { beforeAll, describe, expect, it } from "vitest";
import { renderReport } from "../../../src/study/report/renderReport.ts";
import type { ScoreRow, StudyResults } from "../../../src/study/results.ts";
import { type ExampleOptions, exampleMethods, exampleResults } from "../exampleResults.ts";

/** Few resamples: these tests are about the page, not the intervals. */
const quick = { resamples: 50 };

/** The example without what takes long to draw and is tested in files of its own. */
function plainResults(options: ExampleOptions = { details: 0 }): StudyResults {
  const { comparisons: _, joint: __, patterns: ___, ...rest } = exampleResults(options);
  return rest;
}

async function open(results: StudyResults) {
  const page = await renderReport(results, quick);
  return { page, document: parseHTML(page).document as unknown as ReturnType<typeof parseHTML>["document"] };
}

/** The example with other scores: `change` gives the fields to replace. */
function withScores(change: (row: ScoreRow, index: number) => Partial<ScoreRow>): StudyResults {
  const results = plainResults();
  return { ...results, scores: results.scores.map((row, i) => ({ ...row, ...change(row, i) })) };
}

describe("the report of a study", () => {
  const results = exampleResults();
  let page = "";
  let document: Awaited<ReturnType<typeof open>>["document"];
  beforeAll(async () => {
    ({ page, document } = await open(results));
  });

  const text = (selector: string) => document.querySelector(selector)?.textContent ?? "";

  it("is one whole HTML page with its title", () => {
    expect(page.startsWith("<!doctype html>")).toBe(true);
    expect(page.trimEnd().endsWith("</html>")).toBe(true);
    expect(text("title")).toBe(results.title);
    expect(text("h1")).toBe(results.title);
  });

  it("says first of all that the data are simulated, and nothing of missing trials where none are missing", () => {
    const first = document.querySelector("main")!.firstElementChild!;
    expect(first.getAttribute("data-banner")).toBe("synthetic");
    expect(first.textContent).toContain(results.synthetic);
    expect(document.querySelectorAll("[data-banner]")).toHaveLength(1);
  });

  it("counts subjects, trials, mixtures and methods in a sentence", () => {
    expect(text(".lead")).toContain("Two simulated subjects listened to 6 mixtures of 2 to 3 sources");
    expect(text(".lead")).toContain("each of 16 trials");
    expect(text(".lead")).toContain("9 ways (3 baselines, 3 methods, 1 control and 2 oracles)");
    expect(text(".lead")).toContain("144 rows of scores");
    expect(text(".lead")).toContain("32 decisions");
  });

  it("has a row a method, with its role in words", () => {
    const rows = [...document.querySelectorAll("table.scores tr[data-method]")];
    expect(rows.map((row) => row.getAttribute("data-method")).sort()).toEqual(
      exampleMethods.map(({ id }) => id).sort(),
    );
    for (const row of rows) {
      const method = exampleMethods.find(({ id }) => id === row.getAttribute("data-method"))!;
      expect(row.querySelector("th")!.getAttribute("scope")).toBe("row");
      expect(row.querySelector("th")!.textContent).toContain(method.label);
      expect(row.querySelector(".role")!.textContent).toBe(method.role);
      expect(row.querySelectorAll("td")).toHaveLength(6);
    }
  });

  it("sets controls and oracles apart, with what they know", () => {
    const groups = [...document.querySelectorAll("table.scores tr.group th")].map((head) => head.textContent);
    expect(groups).toHaveLength(3);
    for (const { id, role, description } of exampleMethods) {
      const row = document.querySelector(`tr[data-method="${id}"]`)!;
      if (role === "control" || role === "oracle") expect(row.textContent).toContain(description);
    }
  });

  it("explains every row", () => {
    const explained = document.querySelector('section[aria-labelledby="methods"]')!.textContent;
    for (const { label, description } of exampleMethods) {
      expect(explained).toContain(label);
      expect(explained).toContain(description);
    }
  });

  it("gives every figure a caption with a count and its data as JSON", () => {
    const figures = [...document.querySelectorAll("figure")];
    expect(figures.map(({ id }) => id)).toEqual([
      "decoding-curve",
      "decoding-accuracy",
      "decoding-correlations",
      "scalp-patterns",
      "gain-per-trial",
      "method-differences",
      "paired-sdr",
      "paired-si-sdr",
      "gain-against-decoding",
      "trial-1-players",
      "trial-1-spectrograms",
      "trial-1-masks",
      "trial-1-activations",
      "trial-1-costs",
    ]);
    for (const figure of figures) {
      expect(figure.querySelector("figcaption")!.textContent).toMatch(/n = \d+/);
      const data = JSON.parse(figure.querySelector(`[data-figure="${figure.id}"]`)!.textContent);
      expect(data.rows.length).toBeGreaterThan(0);
      for (const row of data.rows) expect(row).toHaveLength(data.columns.length);
    }
  });

  it("names every chart for those who cannot see it, and every column of every table", () => {
    const charts = [...document.querySelectorAll("svg")];
    expect(charts.length).toBeGreaterThan(8);
    for (const chart of charts) {
      expect(chart.getAttribute("role")).toBe("img");
      expect(chart.getAttribute("aria-label")!.length).toBeGreaterThan(10);
    }
    for (const head of document.querySelectorAll("th"))
      expect(head.getAttribute("scope")).toMatch(/^(row|col|rowgroup)$/);
    for (const image of document.querySelectorAll("img"))
      expect(image.getAttribute("alt")).toMatch(/^(Spectrogram|Mask) of .+: 2\.0 s, 0 to 4\.0 kHz$/);
  });

  it("draws a dot for every finite gain and a median for every method", () => {
    const chart = document.querySelector("#gain-per-trial svg")!;
    expect(chart.querySelectorAll('[aria-label="dot"] > *')).toHaveLength(144);
    expect(chart.querySelectorAll('[aria-label="line"] > path')).toHaveLength(16);
    // the zero line is a rule as well
    expect(chart.querySelectorAll('[aria-label="rule"] > line')).toHaveLength(10);
  });

  it("plots gain against decoding for the rows that decoding steers: role method, or as the row says", () => {
    const titles = [...document.querySelectorAll("#gain-against-decoding h4")].map(({ textContent }) => textContent);
    const steered = ["nmf-grouping", "contrastive-nmf-paper", "contrastive-nmf-sphere", "contrastive-convolutive"];
    expect(titles).toEqual(steered.map((id) => exampleMethods.find((method) => method.id === id)!.label));
  });

  it("tells how often each cost rose", () => {
    const { rows } = JSON.parse(document.querySelector('[data-figure="trial-1-costs"]')!.textContent);
    const rises = new Map(rows.map(([method, count]: [string, number]) => [method, count]));
    // all but the one with a wave on it are exponentials
    expect(rises.get("contrastive-nmf-sphere")).toBe(0);
    expect(rises.get("contrastive-nmf-paper")).toBeGreaterThan(20);
    expect(text("#trial-1-costs")).toContain("never rises");
  });

  it("loads nothing from anywhere: every source is data in the page", () => {
    for (const element of document.querySelectorAll("[src]")) expect(element.getAttribute("src")).toMatch(/^data:/);
    for (const element of document.querySelectorAll("[href]")) {
      expect(element.getAttribute("href")).toMatch(
        /^(data:,.*|data:image\/png;base64,.*|#[\w-]+|\.\/audio\/[\w-]+\.wav)$/,
      );
    }
    expect(/@import|url\(/.test(page)).toBe(false);
    expect(document.querySelectorAll("link[rel=stylesheet], script[src], iframe, object")).toHaveLength(0);
  });

  it("holds a WAV file a player, all of one length, and links to the whole files", () => {
    const sounds = [...document.querySelectorAll("audio")].map((player) => {
      const bytes = Buffer.from(player.getAttribute("src")!.split(",")[1]!, "base64");
      expect(bytes.subarray(0, 4).toString("latin1")).toBe("RIFF");
      return bytes.length;
    });
    expect(sounds).toHaveLength(results.details[0]!.players.length);
    // 2 s of 16 bit at 8 kHz behind a header of 44 bytes
    expect(new Set(sounds)).toEqual(new Set([44 + 2 * 8000 * 2]));
  });

  it("holds the spectrograms as images of their size, low frequencies at the bottom", () => {
    const images = [...document.querySelectorAll("#trial-1-spectrograms img")];
    expect(images).toHaveLength(results.details[0]!.spectrograms.length);
    const png = decode(Buffer.from(images[0]!.getAttribute("src")!.split(",")[1]!, "base64"));
    expect([png.width, png.height]).toEqual([320, 128]);
    const rowMean = (row: number) => {
      const line = png.data.subarray(row * png.width, (row + 1) * png.width) as Uint8Array;
      return line.reduce((sum, value) => sum + value, 0) / png.width;
    };
    // the pictures' energy falls with frequency
    expect((rowMean(124) + rowMean(120) + rowMean(116)) / 3).toBeGreaterThan(
      (rowMean(4) + rowMean(8) + rowMean(12)) / 3,
    );
  });

  it("ends with the papers, the options and where the numbers come from", () => {
    for (const name of ["Seung", "Fagot", "Cantisani", "Vincent", "Le Roux"]) {
      expect(text('section[aria-labelledby="references"]')).toContain(name);
    }
    const provenance = text('section[aria-labelledby="provenance"]');
    expect(provenance).toContain(results.provenance.command);
    expect(provenance).toContain(results.provenance.node);
    expect(JSON.parse(text('section[aria-labelledby="provenance"] pre'))).toEqual(results.options);
  });

  it("is the same bytes for the same results", async () => {
    expect((await renderReport(exampleResults(), quick)) === page).toBe(true);
  });
});

describe("the headline table", () => {
  it("marks the best median among all rows but the oracles, whoever has it", async () => {
    // the control wins SDR; the oracle is far above and gets no mark
    const levels: Record<string, number> = { "guide-shuffled": 7, "ideal-ratio-mask": 20 };
    const { document } = await open(withScores(({ method }) => ({ sdr: levels[method] ?? 1 })));
    const marked = [...document.querySelectorAll("tr[data-method]")].filter((row) =>
      row.querySelectorAll("td")[0]!.classList.contains("best"),
    );
    expect(marked.map((row) => row.getAttribute("data-method"))).toEqual(["guide-shuffled"]);
    expect(marked[0]!.querySelectorAll("td")[0]!.textContent).toContain("best");
  });

  it("has the median of the trials, and an interval of one point where all trials agree", async () => {
    const { document } = await open(withScores((_, i) => ({ sdr: 2.5, sir: i })));
    const cells = document.querySelectorAll('tr[data-method="mixture"] td');
    expect(cells[0]!.textContent).toContain("2.5 to 2.5");
    // rows of one method are 9 apart: 0, 9, .. 135 have the median 67.5
    expect(cells[1]!.textContent).toContain("67.5");
  });

  it("shows infinities as such and lets them count in the median", async () => {
    const { document } = await open(
      withScores(({ method, trial }) => (method === "mixture" && trial !== "t01" ? { sar: Infinity } : {})),
    );
    const cell = document.querySelectorAll('tr[data-method="mixture"] td')[2]!;
    expect(cell.textContent).toMatch(/^∞/);
    expect(cell.textContent).toContain("14 infinite");
    expect(document.querySelector('[data-note="scores"]')!.textContent).toContain("14 scores are infinite");
  });

  it("shows NaN as n/a with the reason, and leaves it out of the median", async () => {
    const { document } = await open(
      withScores(({ method, trial }) => {
        if (method === "nmf-blind") return { sir: Number.NaN };
        return method === "mixture" ? { sir: trial === "t01" ? Number.NaN : 3 } : {};
      }),
    );
    const cell = (method: string) => document.querySelectorAll(`tr[data-method="${method}"] td`)[1]!.textContent;
    expect(cell("nmf-blind")).toBe("n/a16 n/a");
    expect(cell("mixture")).toBe("3.03.0 to 3.02 n/a");
    expect(document.querySelector('[data-note="scores"]')!.textContent).toMatch(
      /18 scores are n\/a, not a number \(0\/0 of a silent estimate/,
    );
  });
});

describe("a study with gaps", () => {
  it("says that it is partial and lists what failed and why", async () => {
    const failure = { subject: "s02", trial: "t09", code: "bad-format", message: "openEdf: record 12 is <cut>" };
    const exclusions = [
      { subject: "s03", reason: "fell asleep" },
      { subject: "s01", trial: "t12", reason: "door" },
    ];
    const { document } = await open({
      ...plainResults(),
      plannedTrials: 20,
      failures: [failure],
      exclusions,
    });
    const partial = document.querySelector('[data-banner="partial"]')!.textContent;
    expect(partial).toContain("16 of 20 planned trials");
    const link = document.querySelector('[data-banner="failures"] a')!.getAttribute("href")!;
    expect(document.querySelector(`h2${link}`)).not.toBeNull();
    const cells = (table: string) =>
      [...document.querySelectorAll(`table[data-table="${table}"] tbody :is(th, td)`)].map(
        ({ textContent }) => textContent,
      );
    expect(cells("failures")).toEqual([failure.subject, failure.trial, failure.code, failure.message]);
    expect(cells("exclusions")).toEqual(["s03", "all", "fell asleep", "s01", "t12", "door"]);
  });

  it("renders without decisions, details, simulation and command", async () => {
    const { synthetic: _, exclusions: __, notes: ___, origin: ____, ...rest } = plainResults();
    const { command: _____, ...provenance } = rest.provenance;
    const decoding = { ...rest.decoding, features: [], controls: [], audits: [], warnings: [] };
    const { document } = await open({ ...rest, decisions: [], decoding, provenance });
    expect([...document.querySelectorAll("figure")].map(({ id }) => id)).toEqual([
      "gain-per-trial",
      "paired-sdr",
      "paired-si-sdr",
    ]);
    expect(document.querySelectorAll("[data-banner]")).toHaveLength(0);
  });

  it("counts gains that cannot be drawn instead of drawing them", async () => {
    const { document } = await open(
      withScores(({ method, trial }) =>
        method === "mixture" && trial === "t02" ? { sdrImprovement: Number.NaN } : {},
      ),
    );
    expect(document.querySelectorAll('#gain-per-trial [aria-label="dot"] > *')).toHaveLength(142);
    expect(document.querySelector("#gain-per-trial figcaption")!.textContent).toContain("2 scores");
  });

  it.each([
    { what: "no methods", change: { methods: [] }, message: /have scores but list no methods/ },
    {
      what: "neither scores nor decisions",
      change: { scores: [], decisions: [] },
      message: /neither scores nor decisions \(16 trials planned, 0 failures\)/,
    },
    {
      what: "scores of an unknown method",
      change: { methods: exampleMethods.slice(1) },
      message: /row 0 is of method "mixture"/,
    },
  ])("refuses results with $what", async ({ change, message }) => {
    await expect(renderReport({ ...plainResults(), ...change }, quick)).rejects.toThrow(message);
  });

  it("refuses a spectrogram that does not fill its shape, and activations that do not pair up", async () => {
    const results = plainResults({});
    const [detail] = results.details;
    const [{ label, picture }] = detail!.spectrograms as [(typeof detail & object)["spectrograms"][number]];
    const spectrograms = [{ label, picture: { ...picture, bins: 64 } }];
    await expect(renderReport({ ...results, details: [{ ...detail!, spectrograms }] }, quick)).rejects.toThrow(
      /spectrogram "Mixture" is 320 frames x 64 bins but has 40960 values/,
    );
    await expect(renderReport({ ...results, details: [{ ...detail!, trueActivations: [] }] }, quick)).rejects.toThrow(
      /4 decoded and 0 true activations/,
    );
  });

  it("refuses options out of range", async () => {
    await expect(renderReport(plainResults(), { excerptSeconds: 0 })).rejects.toThrow(/excerptSeconds is 0/);
    await expect(renderReport(plainResults(), { resamples: 1.5 })).rejects.toThrow(/resamples is 1.5/);
  });
});

describe("text from the data", () => {
  const nasty = `<img src=x onerror="alert('x')">&</script>`;

  it("keeps its direction to itself, and shows control characters as such", async () => {
    const example = plainResults();
    const odd = "a\u202eb\u0007c\u001b[31md\u2066e";
    const { page, document } = await open({ ...example, title: odd, notes: ["שלום עולם", odd] });
    expect(document.querySelector("h1")!.textContent).toBe("a\ufffdb\ufffdc\ufffd[31md\ufffde");
    expect(page).toContain("שלום עולם");
    expect([...page.matchAll(/\p{Cc}/gu)].filter(([character]) => character !== "\n")).toEqual([]);
    expect(/[\u202a-\u202e\u2066-\u2069]/u.test(page)).toBe(false);
  });

  it("never becomes markup, wherever it stands", async () => {
    const example = exampleResults({ subjects: 1, trials: 6 });
    const swap = <T extends object>(value: T): T =>
      JSON.parse(JSON.stringify(value), (_, item) =>
        item === "flute" || item === "s01" || item === "t01" ? nasty : item,
      );
    const [detail] = example.details;
    const { document, page } = await open({
      ...example,
      title: nasty,
      synthetic: nasty,
      methods: example.methods.map((method) => ({ ...method, label: `${method.label} ${nasty}`, description: nasty })),
      scores: swap([...example.scores]),
      decisions: swap([...example.decisions]),
      decoding: {
        ...swap(example.decoding),
        controls: example.decoding.controls.map((control) => ({ ...control, passed: false })),
        warnings: [nasty],
      },
      notes: [nasty],
      exclusions: [{ subject: nasty, trial: nasty, reason: nasty }],
      origin: { licence: nasty, source: nasty, citations: [nasty, `@misc{x, note={${nasty}}}`] },
      patterns: example.patterns!.map((pattern) => ({
        ...pattern,
        subject: nasty,
        feature: nasty,
        channels: pattern.channels.map((name) => (name === "EXG1" ? nasty : name)),
      })),
      failures: [{ subject: nasty, trial: nasty, code: nasty, message: nasty }],
      details: [
        {
          ...detail!,
          subject: nasty,
          trial: nasty,
          mixture: nasty,
          target: nasty,
          reason: nasty,
          spectrograms: detail!.spectrograms.map(({ picture }) => ({ label: nasty, picture })),
          players: detail!.players.map((player) => ({
            ...player,
            label: nasty,
            file: `../${nasty}/javascript:alert(1)`,
          })),
        },
      ],
      options: { nasty },
      provenance: { version: nasty, node: nasty, accelerator: nasty, seed: 1, command: nasty },
    });
    expect(document.querySelectorAll("[onerror]")).toHaveLength(0);
    expect(document.querySelectorAll("img:not([src^='data:image/png'])")).toHaveLength(0);
    expect(page.includes("<img src=x")).toBe(false);
    expect(document.querySelector("h1")!.textContent).toBe(nasty);
    for (const data of document.querySelectorAll("[data-figure]")) JSON.parse(data.textContent);
    // one script of the page's own; all others are data
    expect(document.querySelectorAll("script:not([type='application/json'])")).toHaveLength(1);
    for (const link of document.querySelectorAll("a[href]")) {
      expect(new URL(link.getAttribute("href")!, "file:///results/report.html").href).toMatch(/^file:\/\/\/results\//);
    }
  });
});

describe("the players", () => {
  it("takes the excerpt from where the mixture is loudest", async () => {
    const example = plainResults({ subjects: 1, trials: 4, seconds: 4, rateHz: 8000 });
    const [detail] = example.details;
    // loud from 2.5 s to 3.5 s only
    const burst = Float64Array.from({ length: 32_000 }, (_, i) => (i >= 20_000 && i < 28_000 ? 0.5 : 0.01) * (-1) ** i);
    const players = detail!.players.slice(0, 2).map((player) => ({ ...player, samples: burst }));
    const page = await renderReport(
      { ...example, details: [{ ...detail!, players }] },
      { ...quick, excerptSeconds: 1 },
    );
    expect(page).toContain("An excerpt of 1.0 s, the loudest of the mixture, from 2.5 s on");
    const wav = Buffer.from(/data:audio\/wav;base64,([^"]*)/.exec(page)![1]!, "base64");
    const samples = Array.from({ length: 8000 }, (_, i) => Math.abs(wav.readInt16LE(44 + 2 * i)));
    expect(samples.every((value) => value === 0.5 * 2 ** 15)).toBe(true);
  });

  it("brings faster sound down to 16 kHz", async () => {
    const { document } = await open(plainResults({ subjects: 1, trials: 4, rateHz: 44_100, seconds: 1 }));
    const bytes = Buffer.from(document.querySelector("audio")!.getAttribute("src")!.split(",")[1]!, "base64");
    expect(bytes.readUInt32LE(24)).toBe(16_000);
    expect(bytes.length).toBe(44 + 2 * 16_000);
  });

  it("have no link where there is no whole file", async () => {
    const example = plainResults({ subjects: 1, trials: 4 });
    const [detail] = example.details;
    const render = async (players: (typeof example.details)[number]["players"]) =>
      (await open({ ...example, details: [{ ...detail!, players }] })).document;
    const some = await render(detail!.players.map((player, i) => (i === 0 ? { ...player, file: "" } : player)));
    expect(some.querySelectorAll("#trial-1-players a")).toHaveLength(detail!.players.length - 1);
    const none = await render(detail!.players.map((player) => ({ ...player, file: "" })));
    expect(none.querySelectorAll("#trial-1-players a")).toHaveLength(0);
    expect(none.querySelectorAll("#trial-1-players .players th[scope=col]")).toHaveLength(3);
    expect(none.querySelector("#trial-1-players figcaption")!.textContent).not.toContain("whole files");
  });

  it("plays no sound that is not finite and says so", async () => {
    const example = plainResults({ subjects: 1, trials: 4 });
    const [detail] = example.details;
    const players = detail!.players.map((player, i) =>
      i === 3 ? { ...player, samples: player.samples.map(() => Number.NaN) } : player,
    );
    const { document } = await open({ ...example, details: [{ ...detail!, players }] });
    expect(document.querySelectorAll("audio")).toHaveLength(players.length - 1);
    expect(document.querySelector("#trial-1-players tbody")!.textContent).toContain(
      "samples of the excerpt are not finite",
    );
  });
});
