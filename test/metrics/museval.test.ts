import { describe, expect, it } from "vitest";
import { bssEvalV4 } from "../../src/metrics/bssEvalV4.ts";
import { readMuseval, toMuseval, writeMuseval } from "../../src/metrics/museval.ts";
import { stereoCase } from "./stereoCase.ts";

const { references, estimates } = stereoCase(300);
const result = bssEvalV4([references[0]!, references[1]!], [estimates[0]!, references[1]!], {
  filterLength: 4,
  window: 100,
  hop: 50,
});
const naming = { names: ["vocals", "NaN and Infinity"], rateHz: 100 };

// As museval writes it: five digits, NaN for what is not there, a version beside the targets.
const written = `{"targets": [{"name": "vocals", "frames": [
  {"time": 0.0, "duration": 1.0, "metrics": {"SDR": 4.21042, "SIR": NaN, "SAR": -3.5, "ISR": 9}}]}], "museval_version": "0.4"}`;

describe("museval's files", () => {
  it("have a target for each source and a frame for each window, in seconds", () => {
    const { targets } = toMuseval(result, naming);
    expect(targets.map(({ name }) => name)).toEqual(naming.names);
    expect(targets[0]!.frames.map(({ time, duration }) => [time, duration])).toEqual(
      [0, 0.5, 1, 1.5, 2].map((time) => [time, 1]),
    );
    expect(targets[1]!.frames[3]!.metrics).toEqual({
      SDR: Infinity,
      SIR: result.sir[1]![3],
      SAR: result.sar[1]![3],
      ISR: result.isr[1]![3],
    });
  });

  it("keep every digit, infinity and NaN on the way to text and back", () => {
    const track = toMuseval(result, naming);
    const withNaN = { targets: [{ name: "x", frames: [{ ...track.targets[0]!.frames[0]!, time: Number.NaN }] }] };
    for (const one of [track, withNaN]) expect(readMuseval(writeMuseval(one))).toEqual(one);
    expect(writeMuseval(track)).toContain('"SDR": Infinity');
    expect(writeMuseval(withNaN)).toContain('"time": NaN');
  });

  it("are read as museval writes them", () => {
    expect(readMuseval(written)).toEqual({
      targets: [
        {
          name: "vocals",
          frames: [{ time: 0, duration: 1, metrics: { SDR: 4.21042, SIR: Number.NaN, SAR: -3.5, ISR: 9 } }],
        },
      ],
    });
  });

  it.each([
    ["no JSON", "{", /not JSON/],
    ["no targets", "{}", /no list of targets/],
    ["a target without a name", '{"targets": [{}]}', /target 0 has no name/],
    ["a target without frames", '{"targets": [{"name": "a"}]}', /target 0 \(a\) has no list of frames/],
    ["a score that is no number", written.replace("-3.5", '"loud"'), /frame 0: SAR is "loud"/],
    ["a score that is missing", written.replace('"ISR"', '"ISDR"'), /frame 0: ISR is missing/],
    ["null for a frame", written.replace(/\{"time[^}]*\}\}/, "null"), /frame 0: SDR is missing/],
  ])("are refused with %s", (_, text, message) => {
    expect(() => readMuseval(text)).toThrow(message);
  });

  it("need a name for each source and a rate", () => {
    expect(() => toMuseval(result, { ...naming, names: ["a"] })).toThrow("1 names for 2 sources");
    expect(() => toMuseval(result, { ...naming, rateHz: 0 })).toThrow("rateHz is 0");
  });
});
