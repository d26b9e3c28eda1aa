import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderReport } from "../../src/study/report/renderReport.ts";
import { renderSubjectReport } from "../../src/study/report/renderSubjectReport.ts";
import { exampleResults } from "../study/exampleResults.ts";

const chromiumPath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const isRequired = process.env.NEUROSTEER_REQUIRE_SYSTEM === "1";
const isMissing = !existsSync(chromiumPath) && !isRequired;
const reason = isMissing ? ` (skipped: there is no Chromium at ${chromiumPath}; set CHROMIUM_PATH)` : "";

const launchArguments = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Text whose contrast with what is painted behind it is below 4.5, or 3 for large text (WCAG 2.2, 1.4.3). */
const faintText = `(() => {
  const parse = (text) => {
    const parts = text.match(/[\\d.]+/g).map(Number);
    return { rgb: parts.slice(0, 3), alpha: parts[3] ?? 1 };
  };
  const over = (top, below) => top.rgb.map((value, i) => top.alpha * value + (1 - top.alpha) * below[i]);
  const behind = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) layers.unshift(parse(getComputedStyle(each).backgroundColor));
    return layers.reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  const found = new Set();
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest("script, style, title, [aria-hidden]") || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const colour = parse(element.closest("svg") ? style.fill : style.color);
    const ground = behind(element.closest("svg")?.parentElement ?? element);
    const [a, b] = [luminance(over(colour, ground)), luminance(ground)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) found.add(ratio.toFixed(2) + " " + element.tagName + " " + node.data.trim().slice(0, 40));
  }
  return [...found];
})()`;

/** What is wrong with the order of headings: a level that is left out, or more than one first. */
const headingFaults = `(() => {
  const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((each) => ({ level: Number(each.tagName[1]), text: each.textContent }));
  const jumps = levels.filter(({ level }, i) => level > (levels[i - 1]?.level ?? 0) + 1).map(({ text }) => text);
  const empty = levels.filter(({ text }) => !text.trim()).length;
  return { first: levels.filter(({ level }) => level === 1).length, jumps, empty };
})()`;

describe.skipIf(isMissing)(`the report in Chromium${reason}`, () => {
  const example = exampleResults();
  // what can go wrong is on the page as well
  const results = {
    ...example,
    failures: [{ subject: "s09", trial: "t01", code: "bad-value", message: "the recording is silent" }],
    decoding: {
      ...example.decoding,
      controls: example.decoding.controls.map((control) => ({ ...control, passed: control.control === "negative" })),
    },
  };
  let folder = "";
  let browser: Browser;
  const addresses = { group: "", subject: "" };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "neurosteer-report-"));
    const pages = {
      group: await renderReport(results, { resamples: 50 }),
      subject: await renderSubjectReport(results, "s01", { resamples: 50 }),
    };
    for (const name of ["group", "subject"] as const) {
      const file = join(folder, `${name}.html`);
      await writeFile(file, pages[name]);
      addresses[name] = pathToFileURL(file).href;
    }
    browser = await chromium.launch({ executablePath: chromiumPath, args: launchArguments });
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Opens a report and notes every request that is not for data in the page, and every complaint. */
  async function open(
    width: number,
    settings: { javaScriptEnabled?: boolean; colorScheme?: "dark" | "light" } = {},
    address = addresses.group,
  ) {
    const page = await browser.newPage({ viewport: { width, height: 900 }, ...settings });
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith("data:")) requests.push(request.url());
    });
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(address, { waitUntil: "load" });
    return { page, requests, complaints };
  }

  /** How far content sticks out at the right, with every fold open. */
  const overflow = (page: Page) =>
    page.evaluate<number>(`(() => {
      for (const fold of document.querySelectorAll("details")) fold.open = true;
      return document.documentElement.scrollWidth - document.documentElement.clientWidth;
    })()`);

  it.each(["group", "subject"] as const)(
    "opens the %s page from a file without a complaint and without a request for anything else",
    async (name) => {
      const { page, requests, complaints } = await open(1280, {}, addresses[name]);
      expect(await page.title()).toBe(name === "group" ? results.title : `${results.title}: subject s01`);
      expect(await page.evaluate(headingFaults)).toEqual({ first: 1, jumps: [], empty: 0 });
      expect(complaints).toEqual([]);
      expect(requests).toEqual([addresses[name]]);
      await page.close();
    },
  );

  it("shows every chart with marks in it and a name of its own, and every image decoded", async () => {
    const { page } = await open(1280);
    const charts = await page.$$eval("svg.plot", (elements) =>
      elements.map((chart) => {
        const { width, height } = chart.getBoundingClientRect();
        const marks = chart.querySelectorAll("path, circle, line, image").length;
        return { width, height, marks, name: chart.getAttribute("aria-label") ?? "" };
      }),
    );
    // 2 curves, accuracy, 2 of correlations, 2 field powers and 4 maps, gain, 2 differences, 2 * 5 pairs, 4 of gain against
    // decoding, 4 components, 5 costs
    expect(charts).toHaveLength(37);
    for (const { width, height, marks, name } of charts) {
      expect(width, name).toBeGreaterThan(150);
      expect(height, name).toBeGreaterThan(80);
      expect(marks, name).toBeGreaterThan(3);
      expect(name).toMatch(/\w{3}/);
    }
    expect(new Set(charts.map(({ name }) => name)).size).toBe(charts.length);
    const [detail] = results.details;
    const images = await page.$$eval("img", (elements) =>
      elements.map((image) => [image.complete, image.naturalWidth, image.naturalHeight]),
    );
    const masks = detail!.spectrograms.length - 2;
    expect(images).toHaveLength(detail!.spectrograms.length + masks);
    for (const [i, image] of images.entries()) {
      expect(image).toEqual(i < detail!.spectrograms.length ? [true, 320, 128] : [true, 160, 64]);
    }
    await page.close();
  });

  it("gives every chart, image and player a name in the accessibility tree", async () => {
    const { page } = await open(1280);
    const count = await page.getByRole("img", { name: /\w{3}/ }).count();
    expect(count).toBe(await page.locator("svg.plot, img").count());
    expect(await page.locator("audio:not([aria-label])").count()).toBe(0);
    await page.close();
  });

  it("knows the length of every sound before it is played, and stops one when another starts", async () => {
    const { page } = await open(1280);
    await page.waitForFunction("[...document.querySelectorAll('audio')].every((sound) => sound.readyState >= 1)");
    const durations = await page.$$eval("audio", (elements) => elements.map(({ duration }) => duration));
    expect(durations).toEqual(results.details[0]!.players.map(() => 2));
    const paused = await page.evaluate(`(async () => {
      const [first, second] = document.querySelectorAll("audio");
      first.muted = second.muted = true;
      await first.play();
      await second.play();
      return [first.paused, second.paused];
    })()`);
    expect(paused).toEqual([true, false]);
    await page.close();
  });

  it.each([390, 800, 1920])("fits a window of %i pixels without scrolling sideways, folds open", async (width) => {
    const { page } = await open(width);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await page.close();
  });

  it.each(["light", "dark"] as const)("has text that can be read on its ground, %s", async (colorScheme) => {
    const { page } = await open(1280, { colorScheme });
    const ground = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    expect(ground).toBe(colorScheme === "light" ? "rgb(255, 255, 255)" : "rgb(20, 24, 30)");
    expect(await page.evaluate(faintText)).toEqual([]);
    // and the check finds text that cannot be read
    await page.evaluate(`document.querySelector("h1").style.color = getComputedStyle(document.body).backgroundColor`);
    expect(await page.evaluate(faintText)).toEqual([expect.stringMatching(/^1\.00 H1 /)]);
    await page.close();
  });

  it("has the failed control on top, a link from the failures to the reasons, and reads without scripts", async () => {
    const { page } = await open(1280, { javaScriptEnabled: false, colorScheme: "dark" });
    const banners = await page.locator(".banner").evaluateAll((all) => all.map((each) => each.dataset.banner));
    expect(banners).toEqual(["synthetic", "control", "failures"]);
    await page.locator('[data-banner="failures"] a').click();
    expect(await page.locator('table[data-table="failures"]').isVisible()).toBe(true);
    expect(await page.locator("table.scores tr[data-method]").count()).toBe(results.methods.length);
    expect(await page.locator("figure svg.plot").first().isVisible()).toBe(true);
    await page.locator("#decoding-curve summary").click();
    expect(await page.locator("#decoding-curve table.data").isVisible()).toBe(true);
    await page.close();
  });
});
