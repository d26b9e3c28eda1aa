import { ToolkitError } from "../core/error.ts";

/** A place on the unit sphere: x to the right ear, y to the nose, z up. */
export type ElectrodePosition = readonly [x: number, y: number, z: number];

/** Angle from the vertex of one tenth of the way from nasion to inion, and of the ring through Fpz, T7, Oz and T8. */
const tenth = (23 * Math.PI) / 180;
const ring = 4 * tenth;

/** Rows from front to back: the midline's steps from Cz, and how many tenths of the ring its outer electrodes are from T7. */
const rows: Record<string, { steps: number; ring: number }> = {
  AF: { steps: 3, ring: 3 },
  F: { steps: 2, ring: 2 },
  FC: { steps: 1, ring: 1 },
  C: { steps: 0, ring: 0 },
  CP: { steps: -1, ring: -1 },
  P: { steps: -2, ring: -2 },
  PO: { steps: -3, ring: -3 },
};

/** Older names, and names that change towards the ears. */
const aliases: Record<string, string> = { T3: "T7", T4: "T8", T5: "P7", T6: "P8" };

/**
 * Standard position of an electrode of the 10-10 system (Chatrian et al. 1985; American Electroencephalographic Society
 * 1991), which holds the 10-20 system (also by its older names T3 to T6), on a sphere.
 *
 * Computed, not measured: the midline in steps of 23 degrees from Cz, which puts the ring through Fpz, T7, Oz and T8 at
 * 92 degrees, its electrodes 18 degrees apart; rows between at equal steps along the circle through their two ring
 * electrodes and their midline one; the lower ring (F9 to P10, Iz) at 115 degrees. BioSemi's and EASYCAP's tables of whole
 * degrees are the same layout to 1.3 degrees, but for AF3, AF4, PO3, PO4 (3.5) and EASYCAP's FC3, FC4, CP3, CP4 (4.5).
 *
 * @param name in any case
 * @returns unit vector; undefined for a name that is not in the system
 */
export function electrodePosition(name: string): ElectrodePosition | undefined {
  const upper = name.trim().toUpperCase();
  const match = /^(FP|AF|FT|FC|TP|CP|PO|F|T|C|P|O|I)(Z|\d{1,2})$/.exec(aliases[upper] ?? upper);
  if (!match) return undefined;
  const [, letters, place] = match as unknown as [string, string, string];
  if (place === "Z") return onMidline(letters);
  const column = Number(place);
  const side = column % 2 === 1 ? -1 : 1;
  // 1, 3, 5, 7, 9 to the left and 2, 4, 6, 8, 10 to the right are the same five columns
  const distance = Math.ceil(column / 2);
  if (column < 1 || distance > 5) return undefined;
  if (letters === "FP" || letters === "O") {
    const front = letters === "FP" ? 1 : -1;
    if (distance === 1) return onRing(4 * front, side, ring);
    return letters === "O" && distance === 5 ? onRing(-4, side, ring + tenth) : undefined;
  }
  // The outermost electrodes of the rows beside C are called after the temporal lobe
  const outer = distance >= 4;
  const rowName = { T: "C", FT: "FC", TP: "CP" }[letters] ?? letters;
  const row = rows[rowName];
  if (!row || (["C", "FC", "CP"].includes(rowName) && outer !== (rowName !== letters))) return undefined;
  if (distance === 5) return letters === "AF" ? undefined : onRing(row.ring, side, ring + tenth);
  if (distance === 4) return onRing(row.ring, side, ring);
  return betweenRingAndMidline(row, side, distance);
}

/**
 * Positions of several electrodes.
 *
 * @throws ToolkitError `not-found` naming those that are not in the 10-10 system
 */
export function electrodePositions(names: readonly string[]): ElectrodePosition[] {
  const positions = names.map(electrodePosition);
  const unknown = names.filter((_, i) => positions[i] === undefined);
  if (unknown.length > 0) {
    throw new ToolkitError(
      "not-found",
      `electrodePositions: no place is known for ${unknown.join(" ")}; names of the 10-10 system are needed`,
    );
  }
  return positions as ElectrodePosition[];
}

function onMidline(letters: string): ElectrodePosition | undefined {
  const steps = { FP: 4, O: -4, I: -5 }[letters] ?? rows[letters]?.steps;
  if (steps === undefined) return undefined;
  return [0, Math.sin(steps * tenth), Math.cos(steps * tenth)];
}

/** A place so many tenths (18 degrees) in front of the ear on the left (-1) or right (1). */
function onRing(tenths: number, side: number, inclination: number): ElectrodePosition {
  const turn = (tenths * Math.PI) / 10;
  const radius = Math.sin(inclination);
  return [side * radius * Math.cos(turn), radius * Math.sin(turn), Math.cos(inclination)];
}

/** So many quarters of the arc from the midline to the ring, on the circle through both and the mirrored ring electrode. */
function betweenRingAndMidline(
  row: { steps: number; ring: number },
  side: number,
  quarters: number,
): ElectrodePosition {
  const [x, y, z] = onRing(row.ring, 1, ring);
  const top: ElectrodePosition = [0, Math.sin(row.steps * tenth), Math.cos(row.steps * tenth)];
  // In the circle's plane, x and the depth below the midline electrode: a chord of half width x at depth `depth`
  const [dy, dz] = [y - top[1], z - top[2]];
  const depth = Math.hypot(dy, dz);
  const radius = (x * x + depth * depth) / (2 * depth);
  const angle = (Math.atan2(x, radius - depth) * quarters) / 4;
  const along = radius * (1 - Math.cos(angle));
  return [side * radius * Math.sin(angle), top[1] + (dy / depth) * along, top[2] + (dz / depth) * along];
}
