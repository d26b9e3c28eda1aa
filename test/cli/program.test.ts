import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeEdf } from "../../src/formats/encodeEdf.ts";
import { encodeWav } from "../../src/formats/encodeWav.ts";
import { encodeNpy, readNpy } from "../../src/formats/npy.ts";
import { command, namesIn, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const rateHz = 8000;
const tone = (hz: number, seconds = 1) =>
  Float64Array.from({ length: rateHz * seconds }, (_, i) => 0.3 * Math.sin((2 * Math.PI * hz * i) / rateHz));
const ramp = Float64Array.from({ length: 300 }, (_, i) => i / 10);

beforeAll(() => {
  const wav = (...channels: Float64Array[]) => encodeWav({ rateHz, channels }, { sampleFormat: "float32" });
  writeFileSync(at("a.wav"), wav(tone(440)));
  writeFileSync(at("b.wav"), wav(tone(660)));
  writeFileSync(at("sum.wav"), wav(tone(440).map((value, i) => value + 0.1 * tone(660)[i]!)));
  writeFileSync(at("stereo.wav"), wav(tone(440), tone(660)));
  writeFileSync(at("short.wav"), wav(tone(440).slice(0, 7000)));
  writeFileSync(at("text.edf"), "this is no recording");
  const signal = (label: string, samples: Float64Array) => ({ label, unit: "uV", rateHz: 100, samples });
  writeFileSync(
    at("eeg.edf"),
    encodeEdf({
      signals: [
        signal("Cz", ramp),
        signal(
          "Pz",
          ramp.map((x) => -x),
        ),
      ],
    }),
  );
});

describe("neurosteer", () => {
  it("says what it can do, and what each command takes, with exit code 0", async () => {
    const help = await command(["--help"]);
    expect(help.code).toBe(0);
    for (const name of [
      "demo",
      "simulate",
      "inspect",
      "convert",
      "separate",
      "decode",
      "run",
      "export",
      "evaluate",
      "compare",
    ]) {
      expect(help.out).toContain(name);
      const own = await command([name, "--help"]);
      expect(own).toMatchObject({ code: 0, error: "" });
      expect(own.out).toMatch(/Usage: neurosteer/);
      expect(own.out).toContain("--json");
    }
  });

  it.each([
    [["explode"], /unknown command 'explode'/],
    [["simulate"], /missing required argument 'dir'/],
    [["separate", "a.wav"], /required option '--out <dir>'/],
    [["simulate", "x", "--trials", "1.5"], /--trials.*whole number of at least 2/],
    [["simulate", "x", "--snr", "loud"], /--snr.*must be a number/],
    [["export", "x.edf", "--out", "x.mat"], /ends in none of .npy, .csv, .wav/],
  ])("%j is wrong use: exit code 2", async (args, message) => {
    const { code, out, error } = await command(args);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(error).toMatch(message);
  });
});

describe("an output that cannot be written", () => {
  it.each([
    ["a folder below a file", ["simulate", at("a.wav/study"), "--subjects", "1", "--trials", "2", "--seconds", "4"]],
    ["a file below a file", ["export", at("eeg.edf"), "--out", at("a.wav/x.npy")]],
  ])("is refused in one line, exit code 1: %s", async (_, args) => {
    const { code, error } = await command(args);
    expect(code).toBe(1);
    expect(error).toMatch(/neurosteer: .*a\.wav.*cannot be written \(E[A-Z]+, mkdir\)/);
  });
});

describe("neurosteer inspect", () => {
  it("gives a recording's signals as one JSON object", async () => {
    const { code, out } = await command(["inspect", at("eeg.edf"), "--json"]);
    const facts = JSON.parse(out);
    expect(code).toBe(0);
    expect(facts).toMatchObject({ format: "EDF+C", durationSeconds: 3 });
    expect(facts.signals.slice(0, 2)).toMatchObject([
      { label: "Cz", rateHz: 100, samples: 300 },
      { label: "Pz", rateHz: 100, samples: 300 },
    ]);
  });

  it("has a second decoder read the same file", async () => {
    const { code, out } = await command(["inspect", at("eeg.edf"), "--cross-check", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out).crossCheck).toMatchObject({ agrees: true, decoder: "edfdecoder" });
  });

  it("tells audio and arrays by their content", async () => {
    expect(JSON.parse((await command(["inspect", at("stereo.wav"), "--json"])).out)).toMatchObject({
      format: "WAV",
      channels: 2,
      rateHz,
      samples: 8000,
    });
    writeFileSync(at("array.npy"), encodeNpy(Float64Array.from([1, 2, Number.NaN, 4]), [2, 2]));
    expect(JSON.parse((await command(["inspect", at("array.npy"), "--json"])).out)).toMatchObject({
      format: "NPY",
      shape: [2, 2],
      minimum: 1,
      maximum: 4,
      notFinite: 1,
    });
  });

  it.each([
    ["a file that is not there", "nothing.edf", /nothing\.edf: no such file/],
    ["a folder", ".", /is not a regular file/],
    ["a foreign file", "text.edf", /begins with "this is "/],
  ])("refuses %s in one line, exit code 1", async (_, name, message) => {
    const { code, out, error } = await command(["inspect", at(name)]);
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(error).toMatch(message);
    expect(error.trim()).not.toContain("\n");
  });
});

describe("neurosteer export", () => {
  it("writes signals x samples in physical units as NPY", async () => {
    const args = ["export", at("eeg.edf"), "--out", at("e.npy"), "--signals", "Pz,Cz", "--from", "0.5", "--to", "1.5"];
    const { code, out } = await command([...args, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ signals: ["Pz", "Cz"], rateHz: 100, samples: 100 });
    const { shape, data } = readNpy(new Uint8Array(readFileSync(at("e.npy"))), "e.npy");
    expect(shape).toEqual([2, 100]);
    // The range of about 30 uV in 65536 steps: half a step is 2.3e-4
    expect(Float64Array.from(data.slice(0, 100))).toBeAllclose(
      ramp.slice(50, 150).map((x) => -x),
      { atol: 3e-4 },
    );
    expect(Float64Array.from(data.slice(100))).toBeAllclose(ramp.slice(50, 150), { atol: 3e-4 });
  });

  it("writes a row a sample as CSV, and audio as WAV", async () => {
    expect((await command(["export", at("eeg.edf"), "--out", at("e.csv")])).code).toBe(0);
    const lines = readFileSync(at("e.csv"), "utf8").trim().split("\n");
    expect(lines[0]).toBe("time_s,Cz,Pz");
    expect(lines).toHaveLength(301);
    expect(lines[1]!.split(",").map(Number)[0]).toBe(0);
    expect(lines[101]!.split(",").map(Number)[1]).toBeCloseTo(10, 3);
    expect((await command(["export", at("a.wav"), "--out", at("part.wav"), "--to", "0.25"])).code).toBe(0);
    expect(JSON.parse((await command(["inspect", at("part.wav"), "--json"])).out)).toMatchObject({ samples: 2000 });
  });

  it.each([
    ["a signal that is not there", ["--signals", "Oz"], 1, /no signal "Oz"; there are Cz, Pz/],
    ["a stretch outside", ["--from", "2", "--to", "9"], 2, /lasts 3 s/],
  ])("refuses %s and leaves nothing", async (_, options, expected, message) => {
    const before = namesIn(folder);
    const { code, error } = await command(["export", at("eeg.edf"), "--out", at("no.npy"), ...options]);
    expect(code).toBe(expected);
    expect(error).toMatch(message);
    expect(namesIn(folder)).toEqual(before);
  });

  it("never writes over a file", async () => {
    const { code, error } = await command(["export", at("eeg.edf"), "--out", at("a.wav")]);
    expect(code).toBe(2);
    expect(error).toMatch(/a\.wav: is there already/);
  });
});

describe("neurosteer separate", () => {
  const read = (path: string) => JSON.parse(readFileSync(path, "utf8"));

  it("splits a mixture into components that add up to it", async () => {
    const args = ["separate", at("sum.wav"), "--out", at("parts"), "--components", "2", "--sources", "1"];
    const { code, out } = await command([...args, "--iterations", "20", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out).files).toEqual(["component-1.wav", "component-2.wav"]);
    expect(namesIn(at("parts"))).toEqual(["component-1.wav", "component-2.wav", "separation.json"]);
    expect(read(join(at("parts"), "separation.json")).cost.length).toBeGreaterThan(1);
    const samples = async (path: string) => {
      const target = at(`${path.replaceAll("/", "-")}.npy`);
      await command(["export", at(path), "--out", target]);
      return readNpy(new Uint8Array(readFileSync(target)), target).data;
    };
    const first = await samples("parts/component-1.wav");
    const second = await samples("parts/component-2.wav");
    const mixture = await samples("sum.wav");
    // Each file is rounded to float32
    expect(Float64Array.from(first, (value, i) => value + second[i]!)).toBeAllclose(mixture, { atol: 1e-7 });
  });

  it("follows a guide at a rate of its own", async () => {
    const guide = Float64Array.from({ length: 20 }, (_, i) => (i < 10 ? 1 : 0));
    writeFileSync(at("guide.npy"), encodeNpy(guide, [1, 20]));
    const args = ["separate", at("sum.wav"), "--guide", at("guide.npy"), "--out", at("guided"), "--components", "1"];
    const needsRate = await command(args);
    expect(needsRate.code).toBe(1);
    expect(needsRate.error).toMatch(/has 20 frames.*--guide-rate/);
    const done = await command([...args, "--guide-rate", "20", "--iterations", "10"]);
    expect(done.code).toBe(0);
    expect(namesIn(at("guided"))).toEqual(["attended.wav", "rest.wav", "separation.json"]);
  });

  it.each([
    ["a silent mixture", "silent.wav", [], 1, /energy|silent|zero/i],
    ["more components than the data has", "sum.wav", ["--components", "5000"], 2, /components is 10000/],
    ["a guide that is no array", "sum.wav", ["--guide", "a.wav"], 1, /a\.wav/],
  ])("refuses %s and leaves nothing", async (_, name, options, expected, message) => {
    mkdirSync(at("in"), { recursive: true });
    writeFileSync(at("silent.wav"), encodeWav({ rateHz, channels: [new Float64Array(8000)] }));
    cpSync(at("a.wav"), at("in/a.wav"));
    const before = namesIn(folder);
    const paths = options.map((option) => (option.endsWith(".wav") ? at(option) : option));
    const { code, error } = await command(["separate", at(name), "--out", at("none"), ...paths]);
    expect(error).toMatch(message);
    expect(code).toBe(expected);
    expect(namesIn(folder)).toEqual(before);
  });

  it("refuses a folder that is there, exit code 2", async () => {
    const { code, error } = await command(["separate", at("sum.wav"), "--out", at("in"), "--iterations", "1"]);
    expect(code).toBe(2);
    expect(error).toMatch(/is there already/);
  });
});
