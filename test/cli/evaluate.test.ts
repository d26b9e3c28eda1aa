import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeWav } from "../../src/formats/encodeWav.ts";
import { readMuseval } from "../../src/metrics/museval.ts";
import { mirEvalExpected, mirEvalImages } from "../metrics/mirEvalCase.ts";
import { sharedPath, testWithShared } from "../shared.ts";
import { command, namesIn, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const rateHz = 4000;

// Whole periods: tones are orthogonal over each half second and over the whole second
const tone = (hz: number, gain = 1) =>
  Float64Array.from({ length: rateHz }, (_, i) => 0.25 * gain * Math.sin((2 * Math.PI * hz * i) / rateHz));
const mix = (...parts: Float64Array[]) => parts[0]!.map((_, i) => parts.reduce((sum, part) => sum + part[i]!, 0));
const negative = (signal: Float64Array) => signal.map((value) => -value);
const secondHalf = (signal: Float64Array) => signal.map((value, i) => (i < rateHz / 2 ? 0 : value));

function write(name: string, ...channels: Float64Array[]): string {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), encodeWav({ rateHz, channels }, { sampleFormat: "float32" }));
  return at(name);
}

const [a, b, c] = [tone(440), tone(660), tone(880)];

beforeAll(() => {
  for (const [name, signal] of Object.entries({ a, b, c })) write(`ref/${name}.wav`, signal);
  write("est/a.wav", mix(a, tone(660, 0.1)));
  write("est/b.wav", mix(b, tone(880, 0.01)));
  write("est/x.wav", c);
  write("mixture.wav", mix(a, b));
  write("silent.wav", new Float64Array(rateHz));
});

async function evaluated(...args: string[]) {
  const { code, out, error } = await command(["evaluate", ...args, "--json"]);
  expect(code, error).toBe(0);
  return { ...JSON.parse(out), error };
}

const files = (names: string[]) => ["--reference", ...names.map((name) => at(`ref/${name}.wav`))];
const oneTap = ["--filter-length", "1"];

describe("neurosteer evaluate", () => {
  it("scores estimates against references in their order, and says how", async () => {
    const estimates = ["--estimate", at("est/a.wav"), at("est/b.wav")];
    const result = await evaluated(...files(["a", "b"]), ...estimates, ...oneTap);
    expect(result).toMatchObject({
      schemaVersion: 1,
      options: { mode: "sources", version: 3, framewise: false, filterLength: 1, permutation: "none", trim: false },
      warnings: [],
    });
    // A tone at a tenth of the amplitude is 20 dB below
    const [first, second] = result.scores;
    expect(first).toMatchObject({ track: "track", source: "a", estimate: at("est/a.wav"), reason: null });
    for (const name of ["sdr", "sir", "siSdr", "siSir", "sdSdr", "snr"]) expect(first[name]).toBeCloseTo(20, 4);
    // 880 Hz is in no reference: an artefact 40 dB below
    for (const name of ["sdr", "sar", "siSdr", "siSar", "snr"]) expect(second[name]).toBeCloseTo(40, 3);
    const [track] = result.tracks;
    expect(track.set).toMatchObject({ count: 2, members: [0, 1] });
    expect(track.equations).toMatchObject({ solver: "block-toeplitz-cholesky", diagonalLoading: 0, unknowns: 2 });
    expect(track.equations.reciprocalCondition).toBeGreaterThan(0.9);
    expect(track).toMatchObject({
      rateHz,
      channels: 1,
      samples: rateHz,
      references: [at("ref/a.wav"), at("ref/b.wav")],
    });
  });

  it("keeps infinities in JSON, and prints the same table for people", async () => {
    const pair = ["--reference", at("ref/a.wav"), "--estimate", at("ref/a.wav")];
    const { scores } = await evaluated(...pair, ...oneTap);
    expect(scores[0]).toMatchObject({ sir: "Infinity", siSdr: "Infinity", snr: "Infinity" });
    const { code, out, error } = await command(["evaluate", ...pair, ...oneTap]);
    expect({ code, error }).toEqual({ code: 0, error: "" });
    expect(out).toMatch(/source +SDR +SIR +SAR +SI-SDR/);
    expect(out).toMatch(/^ {2}a +\S+ +inf/m);
  });

  it("pairs folders by name, and names what is on one side only", async () => {
    const { scores, warnings } = await evaluated("--reference", at("ref"), "--estimate", at("est"), ...oneTap);
    expect(scores.map(({ source }: { source: string }) => source)).toEqual(["a", "b"]);
    expect(warnings).toEqual([
      expect.stringMatching(/ref\/c\.wav: has no estimate/),
      expect.stringMatching(/est\/x\.wav: no reference has its name/),
    ]);
    // c is among the references, so 880 Hz is interference now
    expect(scores[1].sir).toBeCloseTo(40, 3);
  });

  it("takes folders of folders for tracks, with a median over them", async () => {
    for (const [track, gain] of [
      ["one", 0.1],
      ["two", 0.01],
      ["three", 0.001],
    ] as const) {
      write(`tracks/ref/${track}/a.wav`, a);
      write(`tracks/ref/${track}/b.wav`, b);
      write(`tracks/est/${track}/a.wav`, mix(a, tone(660, gain)));
    }
    write("tracks/ref/lonely/a.wav", a);
    const args = ["--reference", at("tracks/ref"), "--estimate", at("tracks/est"), ...oneTap];
    const { scores, summary, warnings } = await evaluated(...args);
    expect(scores.map(({ track, sdr }: { track: string; sdr: number }) => [track, Math.round(sdr)])).toEqual([
      ["one", 20],
      ["three", 60],
      ["two", 40],
    ]);
    expect(summary).toMatchObject([{ source: "a", tracks: 3 }]);
    expect(summary[0].sdr).toBeCloseTo(40, 3);
    expect(warnings[0]).toMatch(/track lonely: has references .* but no estimates/);
    const { out } = await command(["evaluate", ...args]);
    expect(out).toMatch(/median over 3 tracks\n.*\n {2}a \(3 tracks\) +40\.00/);
  });

  it("finds the pairing of greatest SIR", async () => {
    const swapped = ["--estimate", at("est/b.wav"), at("est/a.wav"), "--permutation", "sir"];
    const { scores, tracks } = await evaluated(...files(["a", "b"]), ...swapped, ...oneTap);
    expect(tracks[0].permutation).toEqual([1, 0]);
    expect(scores[0]).toMatchObject({ source: "a", estimate: at("est/a.wav") });
    expect(scores[0].sdr).toBeCloseTo(20, 4);
    expect(scores[0].siSdr).toBeCloseTo(20, 4);
  });

  it("takes the mixture's scores off, from a file or mixture.wav among the references", async () => {
    const estimates = ["--estimate", at("est/a.wav"), at("est/b.wav")];
    const named = await evaluated(...files(["a", "b"]), ...estimates, "--mixture", at("mixture.wav"), ...oneTap);
    // The mixture is at 0 dB
    for (const name of ["sdr", "sir", "siSdr", "snr"]) {
      expect(named.scores[0][`${name}Improvement`]).toBeCloseTo(20, 4);
    }
    write("with/a.wav", a);
    write("with/b.wav", b);
    write("with/mixture.wav", mix(a, b));
    const found = await evaluated("--reference", at("with"), "--estimate", at("est"), ...oneTap);
    expect(found.scores[0].sdrImprovement).toBeCloseTo(20, 4);
    expect(found.tracks[0].set.count).toBe(2);
    expect(found.warnings[0]).toMatch(/mixture\.wav: is taken for the mixture/);
  });

  it("scores what can be scored, with reasons for the rest and exit code 0", async () => {
    const args = ["--reference", at("ref/a.wav"), at("silent.wav"), at("ref/b.wav")];
    const estimates = ["--estimate", at("est/a.wav"), at("est/b.wav"), at("silent.wav")];
    const { scores, tracks, error } = await evaluated(...args, ...estimates, ...oneTap);
    expect(scores[0].sdr).toBeCloseTo(20, 4);
    expect(scores[1]).toMatchObject({
      sdr: "NaN",
      siSdr: "NaN",
      reason: "silent-reference",
      siReason: "silent-reference",
    });
    expect(scores[2]).toMatchObject({ sdr: "NaN", reason: "silent-estimate" });
    expect(tracks[0].set).toMatchObject({ count: 3, members: [0, 2] });
    expect(error).toMatch(/warning: reference silent is silent: left out/);
    const { code, out } = await command(["evaluate", ...args, ...estimates, ...oneTap]);
    expect(code).toBe(0);
    expect(out).toMatch(/silent: not scored, silent-reference: every sample of the reference is 0/);
    expect(out).toMatch(/b: not scored, silent-estimate/);
  });

  it("says what is too short for filters, and scores it with one gain", async () => {
    const short = (name: string, signal: Float64Array) => write(name, signal.slice(0, 200));
    const references = ["--reference", short("brief/a.wav", a), short("brief/b.wav", b)];
    const { scores } = await evaluated(...references, "--estimate", short("brief/sum.wav", mix(a, tone(660, 0.1))));
    // 200 samples are whole periods too: 22 and 33
    expect(scores[0]).toMatchObject({ sdr: "NaN", reason: "too-short" });
    expect(scores[0]).not.toHaveProperty("siReason");
    expect(scores[0].siSdr).toBeCloseTo(20, 4);
  });

  it("scores windows: medians, and how many are NaN for which reason", async () => {
    write("half.wav", secondHalf(b));
    const args = ["--reference", at("ref/a.wav"), at("half.wav"), "--estimate", at("est/a.wav"), at("est/b.wav")];
    const framed = [...args, "--framewise", "--window", "0.5", ...oneTap];
    const { scores, tracks } = await evaluated(...framed);
    expect(scores[1]).toMatchObject({
      reason: null,
      windows: { total: 2, scored: 1, nan: { "silent-reference": 1 } },
      frames: { reasons: ["silent-reference", null] },
    });
    expect(scores[1].sdr).toBeCloseTo(40, 3);
    expect(scores[1].frames.sdr[0]).toBe("NaN");
    // Energy of b in the first half: 0.25^2 / 2 a sample
    expect(scores[1].silence).toMatchObject({ pesFrames: 1, epsFrames: 0, eps: null });
    expect(scores[1].silence.pes).toBeCloseTo(10 * Math.log10((0.25 ** 2 / 2) * (rateHz / 2)), 2);
    expect(tracks[0].windows).toEqual({ starts: [0, 0.5], seconds: 0.5 });
    expect(tracks[0].equations).toHaveLength(2);
    const { out } = await command(["evaluate", ...framed]);
    expect(out).toMatch(/half: 1 of 2 windows scored; NaN: 1 silent-reference/);
    expect(out).toMatch(/energy of the estimate where the reference is silent/);
  });

  it("scores images where files have several channels; an antiphase pair is not silent", async () => {
    write("stereo/a.wav", a, negative(a));
    write("stereo/b.wav", b, b);
    write("images/a.wav", mix(a, tone(660, 0.1)), mix(negative(a), tone(660, 0.1)));
    const args = ["--reference", at("stereo"), "--estimate", at("images"), ...oneTap];
    const { scores, options } = await evaluated(...args);
    expect(options.mode).toBe("images");
    for (const name of ["sdr", "sir"]) expect(scores[0][name]).toBeCloseTo(20, 4);
    expect(scores[0]).toHaveProperty("isr");
    expect(scores[0]).not.toHaveProperty("siSdr");
  });

  it("cuts files to the shortest with --trim, and says by how much", async () => {
    write("short.wav", mix(a, tone(660, 0.1)).slice(0, 3800));
    const args = ["--reference", at("ref/a.wav"), at("ref/b.wav"), "--estimate", at("short.wav"), "--trim", ...oneTap];
    const { scores, tracks, error } = await evaluated(...args);
    expect(scores[0].sdr).toBeCloseTo(20, 4);
    expect(tracks[0]).toMatchObject({
      samples: 3800,
      trimmed: [{ file: at("ref/a.wav"), samples: 4000, removed: 200 }, {}],
    });
    expect(error).toMatch(/ref\/a\.wav: cut from 4000 to 3800 samples, 0\.05 s less/);
  });
});

describe("neurosteer evaluate --museval", () => {
  it("writes version 4 in museval's layout", async () => {
    const args = ["--reference", at("ref"), "--estimate", at("est"), "--museval", at("scores.json"), "--window", "0.5"];
    const { scores, options, tracks } = await evaluated(...args, ...oneTap);
    expect(options).toMatchObject({ version: 4, mode: "images" });
    const { targets } = readMuseval(readFileSync(at("scores.json"), "utf8"));
    expect(targets.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(targets[0]!.frames.map(({ time, duration }) => [time, duration])).toEqual([
      [0, 0.5],
      [0.5, 0.5],
    ]);
    for (const [n, { metrics }] of targets[0]!.frames.entries()) {
      expect(metrics.SDR).toBeCloseTo(20, 4);
      expect(metrics.SDR).toBe(scores[0].frames.sdr[n]);
      expect(metrics.SIR).toBe(scores[0].frames.sir[n]);
      expect(metrics.SAR).toBe(Number(scores[0].frames.sar[n]));
      expect(metrics.ISR).toBe(Number(scores[0].frames.isr[n]));
    }
    expect(tracks[0].equations).toMatchObject({ solver: "block-toeplitz-cholesky" });
  });

  it("writes a file a track into a folder, and replaces none", async () => {
    for (const track of ["one", "two"]) {
      write(`songs/ref/${track}/a.wav`, a);
      write(`songs/est/${track}/a.wav`, mix(a, c));
    }
    const args = ["evaluate", "--reference", at("songs/ref"), "--estimate", at("songs/est"), ...oneTap, "--museval"];
    expect((await command([...args, at("museval")])).code).toBe(0);
    expect(namesIn(at("museval"))).toEqual(["one.json", "two.json"]);
    const { targets } = readMuseval(readFileSync(at("museval/one.json"), "utf8"));
    // nothing interferes with a single reference
    expect(targets[0]!.frames[0]!.metrics).toMatchObject({ SDR: expect.closeTo(0, 4), SIR: Infinity });
    const again = await command([...args, at("museval")]);
    expect(again).toMatchObject({ code: 2, out: "" });
    expect(again.error).toMatch(/one\.json: is there already/);
    expect((await command([...args, at("both.json")])).error).toMatch(/one file for 2 tracks; name a folder/);
  });
});

describe("neurosteer evaluate on mir_eval's recorded case 02", () => {
  const which = { name: "02", count: 3 };
  const args = [
    "--reference",
    sharedPath("bss_eval/mir_eval/ref02"),
    "--estimate",
    sharedPath("bss_eval/mir_eval/est02"),
  ];
  const ratios = { sdr: "Source to Distortion", sir: "Source to Interference", sar: "Source to Artifact" } as const;

  testWithShared("agrees with its sources and permutation to 1e-5 dB", async () => {
    const expected = mirEvalExpected(which.name).Sources;
    const { scores, tracks } = await evaluated(...args, "--permutation", "sir");
    expect(tracks[0].permutation).toEqual(expected["Source permutation"]);
    for (const [name, key] of Object.entries(ratios)) {
      const found = scores.map((row: Record<string, number>) => row[name]);
      expect(found).toBeAllclose(expected[key as (typeof ratios)["sdr"]], { atol: 1e-5 });
    }
  });

  testWithShared("agrees with its windows to 1e-5 dB", async () => {
    const expected = mirEvalExpected(which.name).Framewise;
    const seconds = (samples: number) => String(samples / 8000);
    const framing = ["--framewise", "--window", seconds(expected.win), "--hop", seconds(expected.hop)];
    const { scores } = await evaluated(...args, ...framing);
    for (const [name, key] of Object.entries(ratios)) {
      const found = scores.flatMap((row: { frames: Record<string, number[]> }) => row.frames[name]);
      expect(found).toBeAllclose(expected[key as (typeof ratios)["sdr"]].flat(), { atol: 1e-5 });
    }
  });

  testWithShared("agrees with its images to 1e-5 dB", async () => {
    const expected = mirEvalExpected(which.name).Images;
    const stereo = (kind: "ref" | "est", gain: number) =>
      mirEvalImages(kind, which).map(([source], i) =>
        write(
          `images02/${kind}/${i}.wav`,
          source!,
          source!.map((value) => gain * value),
        ),
      );
    stereo("ref", 1);
    stereo("est", expected.gain);
    const { scores } = await evaluated(
      "--reference",
      at("images02/ref"),
      "--estimate",
      at("images02/est"),
      "--permutation",
      "sir",
    );
    for (const [name, key] of Object.entries({ ...ratios, isr: "Image to Spatial" } as const)) {
      const found = scores.map((row: Record<string, number>) => row[name]);
      expect(found).toBeAllclose(expected[key].flat(), { atol: 1e-5 });
    }
  });
});
