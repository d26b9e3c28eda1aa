import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderReport } from "../../src/study/report/renderReport.ts";
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

describe.skipIf(isMissing)(`the report in Chromium${reason}`, () => {
  const results = exampleResults();
  let folder = "";
  let address = "";
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "neurosteer-report-"));
    const file = join(folder, "report.html");
    await writeFile(file, await renderReport(results, { resamples: 50 }));
    address = pathToFileURL(file).href;
    browser = await chromium.launch({ executablePath: chromiumPath, args: launchArguments });
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Opens the report and notes every request that is not for data in the page, and every complaint. */
  async function open(width: number, settings: { javaScriptEnabled?: boolean; colorScheme?: "dark" | "light" } = {}) {
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

  it("opens from a file without a complaint and without a request for anything else", async () => {
    const { page, requests, complaints } = await open(1280);
    expect(await page.title()).toBe(results.title);
    expect(complaints).toEqual([]);
    expect(requests).toEqual([address]);
    await page.close();
  });

  it("shows every chart with marks in it, and every image decoded", async () => {
    const { page } = await open(1280);
    const charts = await page.$$eval("svg.plot", (elements) =>
      elements.map((chart) => {
        const { width, height } = chart.getBoundingClientRect();
        return { width, height, marks: chart.querySelectorAll("path, circle, line").length };
      }),
    );
    // gain, accuracy, 2 of correlations, 4 of gain against decoding, 4 components, 5 costs
    expect(charts).toHaveLength(17);
    for (const chart of charts) {
      expect(chart.width).toBeGreaterThan(200);
      expect(chart.height).toBeGreaterThan(80);
      expect(chart.marks).toBeGreaterThan(3);
    }
    const images = await page.$$eval("img", (elements) =>
      elements.map((image) => [image.complete, image.naturalWidth, image.naturalHeight]),
    );
    expect(images).toHaveLength(results.details[0]!.spectrograms.length);
    for (const image of images) expect(image).toEqual([true, 320, 128]);
    await page.close();
  });

  it("knows the length of every sound before it is played", async () => {
    const { page } = await open(1280);
    await page.waitForFunction("[...document.querySelectorAll('audio')].every((sound) => sound.readyState >= 1)");
    const durations = await page.$$eval("audio", (elements) => elements.map(({ duration }) => duration));
    expect(durations).toEqual(results.details[0]!.players.map(() => 2));
    await page.close();
  });

  it("stops one sound when another starts", async () => {
    const { page } = await open(1280);
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

  it.each([380, 800, 1920])("fits a window of %i pixels without scrolling sideways", async (width) => {
    const { page } = await open(width);
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    await page.close();
  });

  it("reads without scripts, and dark where dark is wanted", async () => {
    const { page } = await open(1280, { javaScriptEnabled: false, colorScheme: "dark" });
    expect(await page.locator("table.scores tr[data-method]").count()).toBe(results.methods.length);
    expect(await page.locator("figure svg.plot").first().isVisible()).toBe(true);
    await page.close();
  });
});
