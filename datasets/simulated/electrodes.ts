/** An electrode on the unit sphere: x to the right ear, y to the nose, z to the top of the head (Cz). */
export interface Electrode {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/**
 * The 20 channels of the MAD-EEG recordings (Cantisani et al. 2019), in their order, at the idealised positions of the
 * 10-10 system: angle from Cz (negative: left) and angle from the right ear towards the nose, both in degrees.
 */
export const electrodes: readonly Electrode[] = (
  [
    ["F3", -60, -51],
    ["F1", -50, -68],
    ["Fz", 46, 90],
    ["F2", 50, 68],
    ["F4", 60, 51],
    ["C3", -46, 0],
    ["C1", -23, 0],
    ["Cz", 0, 0],
    ["C2", 23, 0],
    ["C4", 46, 0],
    ["CPz", 23, -90],
    ["P3", -60, 51],
    ["P1", -50, 68],
    ["Pz", 46, -90],
    ["P2", 50, -68],
    ["P4", 60, -51],
    ["POz", 69, -90],
    ["O1", -92, 72],
    ["Oz", 92, -90],
    ["O2", 92, -72],
  ] as const
).map(([name, inclination, azimuth]) => {
  const theta = (inclination * Math.PI) / 180;
  const phi = (azimuth * Math.PI) / 180;
  return { name, x: Math.sin(theta) * Math.cos(phi), y: Math.sin(theta) * Math.sin(phi), z: Math.cos(theta) };
});

/** A smooth hill over the scalp, 1 at its centre: exp(-d^2 / (2 width^2)) of the distance in head radii. */
export function scalpHill(center: { x: number; y: number; z: number }, width: number): Float64Array {
  return Float64Array.from(electrodes, (e) => {
    const squared = (e.x - center.x) ** 2 + (e.y - center.y) ** 2 + (e.z - center.z) ** 2;
    return Math.exp(-squared / (2 * width * width));
  });
}
