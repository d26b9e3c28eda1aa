import { describe, expect, it } from "vitest";
import { memorySource } from "../../src/formats/byteSource.ts";
import { channelType } from "../../src/formats/channelType.ts";
import { openEdf } from "../../src/formats/openEdf.ts";
import { parseUnit } from "../../src/formats/units.ts";
import { edfBytes } from "./edfBytes.ts";

describe("parseUnit", () => {
  it.each([
    ["V", 1],
    ["mV", 1e-3],
    ["uV", 1e-6],
    ["UV", 1e-6],
    ["\u00b5V", 1e-6],
    ["\u03bcV", 1e-6],
    [" uV ", 1e-6],
    ["nV", 1e-9],
  ])("knows %j as a voltage", (text, voltsPerUnit) => {
    expect(parseUnit(text)).toEqual({ kind: "voltage", voltsPerUnit });
  });

  it.each(["degC", "%", "mmHg", "\u00b5S", "Boolean", "C", "ARU"])("knows %j as something else", (text) => {
    expect(parseUnit(text)).toEqual({ kind: "other" });
  });

  it.each(["MV", "uV/cm", "furlong", "constructor"])("does not guess at %j", (text) => {
    expect(parseUnit(text)).toEqual({ kind: "unknown" });
  });

  it("knows that an empty unit is none", () => {
    expect(parseUnit("  ")).toEqual({ kind: "none" });
  });
});

describe("channelType", () => {
  it.each([
    ["EEG Fp1", "eeg"],
    ["EEG Fpz-Cz", "eeg"],
    ["EOG horizontal", "eog"],
    ["HEOG", "eog"],
    ["EOGL", "eog"],
    ["ECG", "ecg"],
    ["EKG1", "ecg"],
    ["EMG submental", "emg"],
    ["Resp oro-nasal", "respiration"],
    ["Temp rectal", "temperature"],
    ["Event marker", "trigger"],
    ["Status", "trigger"],
    ["STI 014", "trigger"],
    ["Ref", "reference"],
    ["SaO2", "misc"],
  ])("takes %s for %s by its label", (label, type) => {
    expect(channelType(label, "uV")).toEqual({ type, typeSource: "label" });
  });

  it.each(["Fp1", "A12", "EXG5", "Emgality", "Events", "EP9x"])("does not guess at %s", (label) => {
    expect(channelType(label, "uV").type).toBe("unknown");
  });

  it("believes the header before the label, and the label before the unit", () => {
    expect(channelType("ECG", "degC", "trigger")).toEqual({ type: "trigger", typeSource: "header" });
    expect(channelType("ECG", "degC")).toEqual({ type: "ecg", typeSource: "label" });
    expect(channelType("Hand", "degC")).toEqual({ type: "misc", typeSource: "unit" });
  });
});

describe("a recording in volts", () => {
  const signals = [
    { label: "a", physicalMinimum: "-32768", physicalMaximum: "32767", digital: () => 15 },
    { label: "b", physicalMinimum: "-32768", physicalMaximum: "32767", unit: "mV", digital: () => 15 },
    { label: "c", physicalMinimum: "-32768", physicalMaximum: "32767", unit: "degC", digital: () => 37 },
    { label: "d", physicalMinimum: "-32768", physicalMaximum: "32767", unit: "blips", digital: () => 4 },
    { label: "e", physicalMinimum: "-32768", physicalMaximum: "32767", unit: "", digital: () => 5 },
  ];

  it("has voltages in volts, rounded once, and everything else as it is", async () => {
    const recording = await openEdf(memorySource(edfBytes(signals, 1)));
    const first = async (volts: boolean) => (await recording.read({ volts })).channels.map((channel) => channel[0]);
    expect(await first(false)).toEqual([15, 15, 37, 4, 5]);
    expect(await first(true)).toEqual([15e-6, 15e-3, 37, 4, 5]);
    expect(recording.signals.map(({ unit }) => unit)).toEqual(["uV", "mV", "degC", "blips", ""]);
    expect(recording.warnings.map(({ code }) => code)).toEqual(["unknown-unit"]);
    expect(recording.warnings[0]!.message).toContain('"d" (number 3) has the unit "blips"');
  });
});
