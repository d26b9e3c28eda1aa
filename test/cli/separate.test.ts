import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, test } from "vitest";
import { sourceGains } from "../../src/cli/commands/separateGains.ts";
import type { Signal } from "../../src/core/signal.ts";
import { memorySource } from "../../src/formats/byteSource.ts";
import { encodeWav } from "../../src/formats/encodeWav.ts";
import { encodeNpy } from "../../src/formats/npy.ts";
import { openWav } from "../../src/formats/openWav.ts";
import { siSdr } from "../../src/metrics/siSdr.ts";
import { loadBlas } from "../../src/numeric/blas.ts";
import { command, namesIn, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const rateHz = 8000;
const seconds = 3;
const samples = rateHz * seconds;

/** Notes of one pitch, on and off; `on` says when, in seconds. */
const notes = (hz: number, on: (s: number) => boolean) =>
  Float64Array.from({ length: samples }, (_, i) => {
    const s = i / rateHz;
    return on(s) ? 0.3 * (Math.sin(2 * Math.PI * hz * s) + 0.3 * Math.sin(6 * Math.PI * hz * s)) : 0;
  });
const low = notes(310, (s) => s % 0.5 < 0.3);
const high = notes(730, (s) => s % 0.7 > 0.35);
const sum = (...parts: Float64Array[]) => parts[0]!.map((_, i) => parts.reduce((total, part) => total + part[i]!, 0));
const times = (gain: number, values: Float64Array) => values.map((value) => gain * value);
const write = (name: string, ...channels: Float64Array[]) => writeFileSync(at(name), encodeWav({ rateHz, channels }));

async function read(path: string): Promise<Signal> {
  return (await openWav(memorySource(new Uint8Array(readFileSync(path)), path))).read();
}

const record = (out: string) => JSON.parse(readFileSync(join(at(out), "separation.json"), "utf8"));

/** Runs `separate` into a folder and reads the estimates. */
async function separated(out: string, mixture: string, options: readonly string[] = []) {
  const { code, error } = await command(["separate", at(mixture), "--out", at(out), ...options]);
  expect(error).toBe("");
  expect(code).toBe(0);
  const files = namesIn(at(out)).filter((name) => name.endsWith(".wav"));
  return Promise.all(files.map((name) => read(join(at(out), name))));
}

/** The estimates' sum, channel by channel. */
const sumOf = (estimates: readonly Signal[], c = 0) => sum(...estimates.map(({ channels }) => channels[c]!));

const guide = Float64Array.from({ length: 50 * seconds }, (_, n) => ((n / 50) % 0.5 < 0.3 ? 1 : 0.02));
const guided = ["--guide", at("guide.npy"), "--guide-rate", "50", "--components", "1"];

beforeAll(() => {
  write("mono.wav", sum(low, high));
  write("pair.wav", sum(low, times(0.5, high)), sum(times(0.4, low), high));
  write(
    "gap.wav",
    sum(low, high).map((value, i) => (i > 8000 && i < 17_000 ? 0 : value)),
  );
  writeFileSync(at("guide.npy"), encodeNpy(guide, [1, guide.length]));
  writeFileSync(
    at("pause.npy"),
    encodeNpy(
      guide.map((value, n) => (n > 48 && n < 120 ? 0 : value)),
      [1, guide.length],
    ),
  );
});

describe("neurosteer separate", () => {
  it("pulls the guided source out with every update, and names update and accelerator", async () => {
    // at this weight of the contrast the paper's rule copies the guide more than the others do
    for (const [update, least] of [
      ["sphere", 15],
      ["multiplicative", 0],
      ["halving", 15],
    ] as const) {
      const [attended, rest] = await separated(update, "mono.wav", [...guided, "--update", update]);
      for (const [source, estimate] of [
        [low, attended],
        [high, rest],
      ] as const) {
        expect(siSdr(source, estimate!.channels[0]!) - siSdr(source, sum(low, high))).toBeGreaterThan(least);
      }
      expect(record(update)).toMatchObject({
        method: `contrastive NMF, ${update} update`,
        accelerator: expect.stringMatching(/^portable/),
        options: { update, sources: 2, components: 1, maskExponent: 1, synthesis: false },
      });
    }
  });

  it.runIf("name" in loadBlas())("computes by a BLAS where asked to", async () => {
    await separated("blas", "mono.wav", ["--accelerator", "blas", "--components", "1"]);
    expect(record("blas").accelerator).not.toMatch(/portable/);
  });

  it("gives masks of any exponent that add up to the mixture, the sharper the higher", async () => {
    const overlap: number[] = [];
    for (const exponent of ["0.5", "1", "2", "8"]) {
      const estimates = await separated(`exponent ${exponent}`, "pair.wav", [
        "--mask-exponent",
        exponent,
        "--components",
        "1",
      ]);
      for (const c of [0, 1]) {
        expect(sumOf(estimates, c)).toBeAllclose((await read(at("pair.wav"))).channels[c]!, { atol: 3e-7 });
      }
      const [a, b] = estimates.map(({ channels }) => channels[0]!);
      // of estimates m X and (1 - m) X: the sum of m (1 - m) |X|^2, but for the windows
      overlap.push(a!.reduce((total, value, i) => total + value * b![i]!, 0));
    }
    expect(overlap).toEqual(overlap.toSorted((a, b) => b - a));
  });

  it("synthesizes the model with the mixture's phase: close to the mixture where the model is, never equal", async () => {
    const estimates = await separated("synthesis", "pair.wav", [
      "--synthesis",
      "--components",
      "3",
      "--iterations",
      "300",
    ]);
    const { channels } = await read(at("pair.wav"));
    for (const c of [0, 1]) {
      expect(siSdr(channels[c]!, sumOf(estimates, c))).toBeGreaterThan(10);
      expect(siSdr(channels[c]!, sumOf(estimates, c))).toBeLessThan(60);
    }
    const [attended] = await separated("guided synthesis", "mono.wav", [...guided, "--synthesis"]);
    expect(siSdr(low, attended!.channels[0]!)).toBeGreaterThan(10);
    expect(record("guided synthesis").options.synthesis).toBe(true);
  });

  it("stops when interrupted, with exit code 130 and nothing left behind", async () => {
    const before = namesIn(folder);
    const interrupt = new AbortController();
    setTimeout(() => interrupt.abort(), 20);
    const args = [
      "separate",
      at("mono.wav"),
      ...guided,
      "--update",
      "halving",
      "--iterations",
      "1000000",
      "--out",
      at("no"),
    ];
    const { code, error } = await command(args, interrupt.signal);
    expect(code).toBe(130);
    expect(error).toMatch(/interrupted/);
    expect(namesIn(folder)).toEqual(before);
  });

  const wrong: [string, string, string[], RegExp][] = [
    [
      "a guide without a use",
      "mono.wav",
      ["--method", "nmf", "--guide", "g.npy"],
      /--guide does not belong to method nmf; it belongs to contrastive-nmf/,
    ],
    ["contrast without a guide", "mono.wav", ["--method", "contrastive-nmf"], /needs --guide/],
    ["an update without a guide", "mono.wav", ["--update", "sphere"], /--update does not belong to method nmf/],
    [
      "components of DUET",
      "pair.wav",
      ["--method", "duet", "--components", "3"],
      /--components does not belong to method duet; it belongs to nmf and contrastive-nmf/,
    ],
    [
      "blocks of DUET",
      "pair.wav",
      ["--method", "duet", "--block-seconds", "3"],
      /--block-seconds does not belong to method duet/,
    ],
    ["an unknown method", "mono.wav", ["--method", "ica"], /nmf, contrastive-nmf, duet/],
    [
      "an exponent of a synthesis",
      "mono.wav",
      ["--synthesis", "--mask-exponent", "2"],
      /cannot be used with option '--synthesis'/,
    ],
    ["an exponent of 0", "mono.wav", ["--mask-exponent", "0"], /must be a number above 0/],
    ["more components than a block has frames", "mono.wav", ["--block-seconds", "0.1"], /components is 8 .* at most 6/],
  ];
  test.each(wrong)("refuses %s, exit code 2, and leaves nothing", async (_, name, options, message) => {
    const before = namesIn(folder);
    const { code, error } = await command(["separate", at(name), "--out", at("no"), ...options]);
    expect(error).toMatch(message);
    expect(code).toBe(2);
    expect(namesIn(folder)).toEqual(before);
  });
});

describe("neurosteer separate --method duet", () => {
  it("finds sources by level between the channels, as the left one has them, and leaves its histogram", async () => {
    const order = [low, times(0.5, high)];
    const estimates = await separated("duet", "pair.wav", ["--method", "duet", "--sources", "2"]);
    expect(namesIn(at("duet"))).toEqual(["histogram.json", "separation.json", "source-1.wav", "source-2.wav"]);
    const found = order.map((source) => Math.max(...estimates.map(({ channels }) => siSdr(source, channels[0]!))));
    for (const ratio of found) expect(ratio).toBeGreaterThan(15);
    for (const { channels } of estimates) expect(channels).toHaveLength(1);
    const { peaks, method, files } = record("duet");
    expect(method).toBe("DUET");
    expect(files).toEqual(["source-1.wav", "source-2.wav", "histogram.json"]);
    const ratios = peaks.map(({ ratio }: { ratio: number }) => ratio).sort((a: number, b: number) => a - b);
    expect(ratios).toBeAllclose([0.4, 2], { rtol: 0.03 });

    const { attenuations, delays, values, ...more } = JSON.parse(
      readFileSync(join(at("duet"), "histogram.json"), "utf8"),
    );
    expect([values.length, values[0].length]).toEqual([attenuations.length, delays.length]);
    expect(values.flat().reduce((total: number, value: number) => total + value, 0)).toBeGreaterThan(0.1);
    expect(more.peaks).toEqual(peaks);
    // the highest cell is at one of the ratios, a - 1/a, without delay
    const top = values.flat().indexOf(Math.max(...values.flat()));
    const attenuation = attenuations[Math.floor(top / delays.length)];
    expect(Math.min(...[0.4, 2].map((a) => Math.abs(a - 1 / a - attenuation)))).toBeLessThan(0.1);
    expect(Math.abs(delays[top % delays.length])).toBeLessThan(0.2);
  });

  test.each([
    ["one channel", "mono.wav", [], /mono\.wav: has 1 channel; --method duet compares two/],
    ["more sources than there are", "pair.wav", ["--sources", "40"], /found \d+ of 40 sources/],
  ])("refuses %s, exit code 1", async (_, name, options, message) => {
    const { code, error } = await command(["separate", at(name), "--method", "duet", "--out", at("no"), ...options]);
    expect(error).toMatch(message);
    expect(code).toBe(1);
    expect(namesIn(folder)).not.toContain("no");
  });
});

describe("neurosteer separate --block-seconds", () => {
  test.each([["--mask-exponent", "2"], ["--synthesis"]])(
    "gives the same bytes as one piece where one block is all: %s",
    async (...options) => {
      const name = options.join(" ");
      const files = ["component-1.wav", "component-2.wav"];
      await separated(`whole ${name}`, "mono.wav", ["--components", "1", ...options]);
      await separated(`block ${name}`, "mono.wav", ["--components", "1", "--block-seconds", "60", ...options]);
      for (const file of files) {
        const [whole, block] = [`whole ${name}`, `block ${name}`].map((out) => readFileSync(join(at(out), file)));
        expect(block!.equals(whole!), file).toBe(true);
      }
    },
  );

  it("adds up to the mixture in every channel, block by block", async () => {
    const estimates = await separated("blocks", "pair.wav", ["--block-seconds", "1", "--components", "1"]);
    const { channels } = await read(at("pair.wav"));
    for (const c of [0, 1]) expect(sumOf(estimates, c)).toBeAllclose(channels[c]!, { atol: 3e-7 });
    const { costs, blocks, accelerator, iterations } = record("blocks");
    expect(costs).toHaveLength(blocks);
    expect(blocks).toBeGreaterThan(3);
    expect(accelerator).toMatch(/^portable/);
    expect(iterations).toBeGreaterThan(blocks);
  });

  it("keeps sources apart from block to block, with a guide", async () => {
    const [attended, rest] = await separated("long guided", "mono.wav", [...guided, "--block-seconds", "1"]);
    expect(siSdr(low, attended!.channels[0]!)).toBeGreaterThan(10);
    expect(siSdr(high, rest!.channels[0]!)).toBeGreaterThan(10);
  });

  it("passes over silence in the mixture, and in the guide", async () => {
    const estimates = await separated("gap", "gap.wav", ["--block-seconds", "0.5", "--components", "1"]);
    expect(sumOf(estimates)).toBeAllclose((await read(at("gap.wav"))).channels[0]!, { atol: 3e-7 });
    expect(record("gap").costs).toContain(null);
    const pause = ["--guide", at("pause.npy"), ...guided.slice(2), "--block-seconds", "0.5"];
    const both = await separated("pause", "mono.wav", pause);
    expect(sumOf(both)).toBeAllclose((await read(at("mono.wav"))).channels[0]!, { atol: 3e-7 });
  });

  it("stops when interrupted, and leaves nothing", async () => {
    const before = namesIn(folder);
    const interrupt = new AbortController();
    interrupt.abort();
    const args = ["separate", at("mono.wav"), "--block-seconds", "1", "--components", "1", "--out", at("no")];
    expect((await command(args, interrupt.signal)).code).toBe(130);
    expect(namesIn(folder)).toEqual(before);
  });
});

describe("the gains of a synthesis", () => {
  it("turn the channels' mean magnitude into that of W_s H_s, and silence into silence", () => {
    const factors = {
      dictionary: { rows: 2, columns: 3, data: Float64Array.from([1, 2, 0, 0, 1, 4]) },
      activations: { rows: 2, columns: 2, data: Float64Array.from([3, 0.5, 1, 2]) },
    };
    const left = { real: Float64Array.from([3, 0, 1, 0, 2, -1]), imag: Float64Array.from([4, 0, 0, 0, 0, 1]) };
    const right = { real: Float64Array.from([0, 0, 0, 0, 6, 0]), imag: Float64Array.from([1, 0, 2, 0, 0, 0]) };
    const options = { method: "nmf", synthesis: true } as Parameters<typeof sourceGains>[2];
    const descent = {} as Parameters<typeof sourceGains>[0];
    const gains = sourceGains({ ...descent, ...factors }, [left, right], options);
    // frames x bins of each component: h_kn w_km
    const models = [
      [3, 6, 0, 0.5, 1, 0],
      [0, 1, 4, 0, 2, 8],
    ];
    const mean = left.real.map(
      (_, i) => (Math.hypot(left.real[i]!, left.imag[i]!) + Math.hypot(right.real[i]!, right.imag[i]!)) / 2,
    );
    for (const [k, { data }] of gains.entries()) {
      const synthesized = data.map((gain, i) => gain * mean[i]!);
      expect(synthesized).toBeAllclose(
        models[k]!.map((value, i) => (mean[i] === 0 ? 0 : value)),
        { rtol: 1e-12 },
      );
    }
  });
});
