import { describe, expect, it, test } from "vitest";
import { rereference } from "../../src/eeg/reference.ts";
import { simulatedEeg } from "./signals.ts";

const eeg = simulatedEeg(["Fz", "Cz", "Pz", "Oz", "EOG"], { seconds: 1 });
const at = (name: string, signal = eeg) => signal.channels[signal.names.indexOf(name)]!;
const sum = (a: Float64Array, b: Float64Array, sign = 1) => a.map((value, i) => value + sign * b[i]!);

describe("rereference", () => {
  it("makes the good channels add up to 0 at every sample", () => {
    const { signal, from, to } = rereference(eeg, { reference: "average", exclude: ["EOG"], bad: ["Pz"] });
    expect(from).toEqual(["Fz", "Cz", "Oz"]);
    expect(to).toEqual(["Fz", "Cz", "Pz", "Oz"]);
    const total = ["Fz", "Cz", "Oz"].map((name) => at(name, signal)).reduce((a, b) => sum(a, b));
    expect(total).toBeAllclose(new Float64Array(128), { atol: 1e-12 });
    expect(at("EOG", signal)).toEqual(at("EOG"));
    // A difference of two channels does not depend on the reference
    expect(sum(at("Pz", signal), at("Fz", signal), -1)).toBeAllclose(sum(at("Pz"), at("Fz"), -1), { atol: 1e-12 });
  });

  it("is not changed by a bad channel, nor by what all channels have in common", () => {
    const options = { reference: "average", exclude: ["EOG"], bad: ["Pz"] } as const;
    const common = at("EOG");
    const other = {
      ...eeg,
      channels: eeg.channels.map((channel, c) => (c === 2 ? channel.map((x) => 1000 * x) : sum(channel, common))),
    };
    const [one, two] = [rereference(eeg, options).signal, rereference(other, options).signal];
    for (const name of ["Fz", "Cz", "Oz"]) expect(at(name, two)).toBeAllclose(at(name, one), { atol: 1e-11 });
  });

  it("subtracts the mean of named channels", () => {
    const { signal } = rereference(eeg, { reference: ["Cz", "Oz"] });
    const mean = sum(at("Cz"), at("Oz")).map((value) => value / 2);
    expect(at("Fz", signal)).toBeAllclose(sum(at("Fz"), mean, -1), { atol: 1e-12 });
    expect(at("Cz", rereference(eeg, { reference: ["Cz"] }).signal)).toEqual(new Float64Array(128));
  });

  it("copies with none", () => {
    const { signal } = rereference(eeg, { reference: "none" });
    expect(signal).toEqual(eeg);
    expect(signal.channels[0]).not.toBe(eeg.channels[0]);
  });

  test.each([
    [{ reference: ["cz"] }, /no channel is called "cz"; did you mean "Cz"/],
    [{ reference: ["Cz", "Cz"] }, /"Cz" is named twice/],
    [{ reference: ["Cz"], bad: ["Cz"] }, /reference channel "Cz" is bad/],
    [{ reference: [] }, /must be average, none or a list/],
    [{ reference: "average", bad: ["Fz", "Cz", "Pz", "Oz"] }, /1 of 5 channels are left/],
  ] as const)("refuses %j", (options, message) => {
    expect(() => rereference(eeg, options)).toThrow(message);
  });

  it("refuses names that do not fit", () => {
    expect(() => rereference({ ...eeg, names: ["a"] }, { reference: "none" })).toThrow(/5 channels; 1 are expected/);
    expect(() => rereference({ ...eeg, names: ["a", "b", "c", "b", "d"] }, { reference: "none" })).toThrow(
      /two channels are called "b"/,
    );
  });
});
