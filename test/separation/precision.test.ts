import { expect, test } from "vitest";
import type { Matrix } from "../../src/core/matrix.ts";
import { createRandom } from "../../src/core/random.ts";
import { componentMasks } from "../../src/separation/componentMasks.ts";
import { contrastiveNmf } from "../../src/separation/contrastiveNmf.ts";
import { nmf } from "../../src/separation/nmf.ts";

/** A sum of a few components with some noise: what a factorization is for. */
function sound(): { spectrogram: Matrix; guide: Matrix } {
  const random = createRandom("precision");
  const [frames, bins, components] = [120, 60, 4];
  const part = (rows: number, columns: number) =>
    Float64Array.from({ length: rows * columns }, () => Math.max(0, random.normal()));
  const [w, h] = [part(components, bins), part(components, frames)];
  const data = new Float64Array(frames * bins);
  for (let n = 0; n < frames; n++) {
    for (let m = 0; m < bins; m++) {
      let sum = 0.05 * random.uniform();
      for (let k = 0; k < components; k++) sum += h[k * frames + n]! * w[k * bins + m]!;
      data[n * bins + m] = sum;
    }
  }
  return {
    spectrogram: { rows: frames, columns: bins, data },
    guide: { rows: 2, columns: frames, data: h.slice(0, 2 * frames) },
  };
}

// rounding of single precision, 6e-8, grows over the iterations; a mask that differs by 1e-3 is 0.01 dB
test("masks in single and double precision differ by less than 1e-3", () => {
  const { spectrogram, guide } = sound();
  const groups = [
    [0, 1],
    [2, 3],
  ];
  for (const precision of ["float64", "float32"] as const) {
    expect(nmf(spectrogram, { components: 4, precision, iterations: 1 }).dictionary.data).toBeInstanceOf(
      precision === "float64" ? Float64Array : Float32Array,
    );
  }
  for (const run of [
    (precision: "float32" | "float64") => nmf(spectrogram, { components: 4, precision, iterations: 100, tolerance: 0 }),
    (precision: "float32" | "float64") =>
      contrastiveNmf(spectrogram, guide, { components: 4, precision, iterations: 100, tolerance: 0 }),
  ]) {
    const [single] = componentMasks(run("float32"), groups);
    const [double] = componentMasks(run("float64"), groups);
    const largest = single!.data.reduce((most, value, i) => Math.max(most, Math.abs(value - double!.data[i]!)), 0);
    expect(largest).toBeLessThan(1e-3);
    expect(largest).toBeGreaterThan(0);
  }
});
