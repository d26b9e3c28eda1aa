import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { memorySource } from "../../src/formats/byteSource.ts";
import { type EncodeWavOptions, encodeWav, fullScaleGain } from "../../src/formats/encodeWav.ts";
import { openWav } from "../../src/formats/openWav.ts";
import { expectRefusal } from "./refusal.ts";

const random = createRandom("encodeWav");
const noise = (count: number) => Float64Array.from({ length: count }, () => 2 * random.uniform() - 1);
const stereo = { rateHz: 22050, channels: [noise(501), noise(501)] };
const reread = async (signal: Parameters<typeof encodeWav>[0], options?: EncodeWavOptions) =>
  (await openWav(memorySource(encodeWav(signal, options)))).read();

describe("encodeWav", () => {
  it.each([
    { sampleFormat: "pcm16" as const, step: 2 ** -15 },
    { sampleFormat: "pcm24" as const, step: 2 ** -23 },
  ])("$sampleFormat comes back to within half a step", async ({ sampleFormat, step }) => {
    const { rateHz, channels } = await reread(stereo, { sampleFormat });
    expect(rateHz).toBe(22050);
    channels.forEach((channel, c) => {
      expect(channel).toBeAllclose(stereo.channels[c]!, { atol: step / 2 });
    });
  });

  it("float32 comes back as float32, beyond full scale too", async () => {
    const loud = { rateHz: 8000, channels: [Float64Array.of(0.1, -7.3, 1e-20)] };
    expect((await reread(loud)).channels[0]).toEqual(Float64Array.of(0.1, -7.3, 1e-20).map(Math.fround));
  });

  it.each([
    { sampleFormat: "pcm16" as const, full: 2 ** 15 },
    { sampleFormat: "pcm24" as const, full: 2 ** 23 },
  ])("$sampleFormat gives the ends of full scale the ends of the codes", async ({ sampleFormat, full }) => {
    const ends = { rateHz: 8000, channels: [Float64Array.of(1, -1, 0, 1 / full, -1 / full)] };
    const codes = (await reread(ends, { sampleFormat })).channels[0]!.map((value) => value * full);
    expect(Array.from(codes)).toEqual([full - 1, -full, 0, 1, -1]);
  });

  it("lays the header out as the format says", () => {
    const bytes = encodeWav(
      { rateHz: 8000, channels: [Float64Array.of(0.5), Float64Array.of(-1)] },
      { sampleFormat: "pcm16" },
    );
    const text = (start: number) => String.fromCharCode(...bytes.subarray(start, start + 4));
    const view = new DataView(bytes.buffer);
    expect([text(0), text(8), text(12), text(36)]).toEqual(["RIFF", "WAVE", "fmt ", "data"]);
    expect([view.getUint32(4, true), view.getUint32(16, true), view.getUint32(40, true)]).toEqual([40, 16, 4]);
    // tag, channels, rate, bytes a second, bytes a frame, bits
    expect([20, 22, 32, 34].map((at) => view.getUint16(at, true))).toEqual([1, 2, 4, 16]);
    expect([24, 28].map((at) => view.getUint32(at, true))).toEqual([8000, 32000]);
    expect([44, 46].map((at) => view.getInt16(at, true))).toEqual([16384, -32768]);
  });

  it("is the same bytes for the same signal and fills an odd chunk up", () => {
    const odd = { rateHz: 8000, channels: [noise(3)] };
    const bytes = encodeWav(odd, { sampleFormat: "pcm24" });
    expect(bytes).toEqual(encodeWav(odd, { sampleFormat: "pcm24" }));
    expect(bytes.length).toBe(44 + 9 + 1);
  });

  it("scales what is beyond full scale on request and notes the gain", async () => {
    const loud = { rateHz: 8000, channels: [Float64Array.of(0.5, -4), Float64Array.of(1, 2)] };
    expect(fullScaleGain(loud)).toBe(0.25);
    const bytes = encodeWav(loud, { sampleFormat: "pcm16", overflow: "scale" });
    const wav = await openWav(memorySource(bytes));
    expect((await wav.read()).channels.map((channel) => Array.from(channel))).toEqual([
      [0.125, -1],
      [0.25, 0.5],
    ]);
    expect(new TextDecoder("latin1").decode(bytes)).toContain("ICMT\u000a\u0000\u0000\u0000gain 0.25\u0000");
    expect(wav.warnings).toEqual([]);
  });

  it("leaves a signal within full scale alone when asked to scale", () => {
    expect(encodeWav(stereo, { sampleFormat: "pcm16", overflow: "scale" })).toEqual(
      encodeWav(stereo, { sampleFormat: "pcm16" }),
    );
  });

  it("refuses to clip, telling the peak and how many samples", () =>
    expectRefusal(
      () => encodeWav({ rateHz: 8000, channels: [Float64Array.of(1.5, -2, 1, -1)] }, { sampleFormat: "pcm16" }),
      "bad-value",
      "2 samples",
      "peak is 2",
      "scale",
    ));

  it("refuses what is no signal", async () => {
    const refuse = (
      rateHz: number,
      channels: Float64Array[],
      code: "bad-shape" | "bad-value" | "bad-option",
      ...words: string[]
    ) => expectRefusal(() => encodeWav({ rateHz, channels }), code, ...words);
    await refuse(8000, [], "bad-shape", "0 channels");
    await refuse(8000, [new Float64Array(0)], "bad-shape", "channel 0");
    await refuse(8000, [noise(3), noise(2)], "bad-shape", "channel 1 has 2", "3");
    await refuse(8000, [Float64Array.of(0, Number.NaN)], "bad-value", "channel 0", "index 1");
    await refuse(8000, [Float64Array.of(1e39)], "bad-value", "1e+39", "float32");
    await refuse(44100.5, [noise(3)], "bad-option", "44100.5");
    const sampleFormat = "pcm8" as "pcm16";
    await expectRefusal(() => encodeWav(stereo, { sampleFormat }), "bad-option", "pcm8");
  });
});
