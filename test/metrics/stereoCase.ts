/**
 * The two stereo sources of `fixtures/bssEvalV4.py`, number for number: filtered noise of a linear congruential generator. Each
 * estimate has its source, that source late by a sample, some of the other one and some noise.
 */
export function stereoCase(samples: number): { references: Float64Array[][]; estimates: Float64Array[][] } {
  const references = [0, 1].map((j) => {
    const dry = noise(10 + j, samples);
    const other = noise(20 + j, samples);
    const late = rolled(dry);
    return [
      dry.map((value, t) => value + 0.5 * late[t]!),
      dry.map((value, t) => (0.3 + 0.6 * j) * value + 0.1 * other[t]!),
    ];
  });
  const estimates = [0, 1].map((j) =>
    [0, 1].map((c) => {
      const own = references[j]![c]!;
      const late = rolled(own);
      const other = references[1 - j]![1 - c]!;
      const artefacts = noise(30 + 2 * j + c, samples);
      return own.map((value, t) => 0.8 * value + 0.1 * late[t]! + 0.25 * other[t]! + 0.05 * artefacts[t]!);
    }),
  );
  return { references, estimates };
}

function noise(seed: number, samples: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: samples }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

function rolled(signal: Float64Array): Float64Array {
  return signal.map((_, t) => signal[(t + signal.length - 1) % signal.length]!);
}
