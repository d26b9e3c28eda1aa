import type { ElectrodePosition } from "../../eeg/montage.ts";
import { sphericalSplineWeights } from "../../eeg/sphericalSpline.ts";
import { type Html, html } from "./html.ts";
import { numberText } from "./numbers.ts";

/** An electrode of a map. */
export interface MapElectrode {
  readonly name: string;
  readonly position: ElectrodePosition;
}

/** A map of the scalp, ready for values. */
export interface HeadMap {
  /**
   * Draws values as colours on a head seen from above, the nose upwards.
   *
   * @param label what the map shows, for those who cannot see it
   * @param values one an electrode
   * @param limit the value of the strongest colour; its negative is at the other end
   */
  draw(label: string, values: ArrayLike<number>, limit: number): Html;
}

/** Pixels of the image, from ear to ear. */
const pixels = 72;

/** Half of the picture's side, and the head's radius in it, in units of the drawing. */
const [half, headRadius] = [60, 44];

/** How far from the vertex the head's outline is: the ring through Fpz, T7, Oz and T8. */
const outlineAngle = (92 * Math.PI) / 180;

/**
 * Prepares a map: places on the sphere go to the plane by their angle from the vertex (azimuthal equidistant), values between
 * electrodes come from spherical splines.
 *
 * @param electrodes at least 2, at different places
 * @param colours palette from the most negative to the most positive, [red, green, blue]
 * @throws ToolkitError of `sphericalSplineWeights`
 */
export async function createHeadMap(electrodes: readonly MapElectrode[], colours: number[][]): Promise<HeadMap> {
  const { encode } = await import("fast-png");
  const farthest = Math.max(1, ...electrodes.map(({ position }) => angleOf(position) / outlineAngle));
  const discRadius = Math.min(half, headRadius * farthest * 1.06);
  const inside: number[] = [];
  const places: ElectrodePosition[] = [];
  for (let row = 0; row < pixels; row++) {
    for (let column = 0; column < pixels; column++) {
      const x = ((column + 0.5) / pixels) * 2 - 1;
      const y = 1 - ((row + 0.5) / pixels) * 2;
      // a little beyond the disc, whose edge is cut by the ring of paper over the image
      if (Math.hypot(x, y) > 1.06) continue;
      inside.push(row * pixels + column);
      places.push(onSphere((x * discRadius) / headRadius, (y * discRadius) / headRadius));
    }
  }
  const weights = sphericalSplineWeights(
    electrodes.map(({ position }) => position),
    places,
  );
  return {
    draw(label, values, limit) {
      const data = new Uint8Array(pixels * pixels);
      const scale = (colours.length - 1) / 2;
      for (const [place, pixel] of inside.entries()) {
        let value = 0;
        for (let e = 0; e < electrodes.length; e++) value += weights.data[place * electrodes.length + e]! * values[e]!;
        const level = limit > 0 ? Math.max(-1, Math.min(1, value / limit)) : 0;
        data[pixel] = Math.round((level + 1) * scale);
      }
      const png = encode(
        { width: pixels, height: pixels, data, depth: 8, channels: 1, palette: colours },
        { zlib: { level: 9 } },
      );
      const [low, size] = [half - discRadius, 2 * discRadius];
      const ring = `M0 0H${2 * half}V${2 * half}H0ZM${half} ${numberPart(half - discRadius)}a${numberPart(discRadius)} ${numberPart(discRadius)} 0 1 0 .01 0Z`;
      return html`<svg class="plot head" role="img" aria-label="${label}" viewBox="0 0 ${2 * half} ${2 * half}">
<image x="${numberPart(low)}" y="${numberPart(low)}" width="${numberPart(size)}" height="${numberPart(size)}" preserveAspectRatio="none" href="data:image/png;base64,${Buffer.from(png).toString("base64")}"/>
<path d="${ring}" fill="var(--paper)" fill-rule="evenodd"/>
<g fill="none" stroke="currentColor" stroke-width="1"><circle cx="${half}" cy="${half}" r="${headRadius}"/><path d="M${half - 6} ${half - headRadius + 0.5}L${half} ${half - headRadius - 7}L${half + 6} ${half - headRadius + 0.5}M${half - headRadius} ${half - 8}q-5 2 -4 8t4 8M${half + headRadius} ${half - 8}q5 2 4 8t-4 8"/></g>
<g class="electrodes">${electrodes.map(({ name, position }, e) => {
        const { x, y } = onPlane(position);
        return html`<circle cx="${numberPart(half + x * headRadius)}" cy="${numberPart(half - y * headRadius)}" r="1.3"><title>${name}: ${numberText(values[e]!, 3)}</title></circle>`;
      })}</g></svg>`;
    },
  };
}

function angleOf([x, y, z]: ElectrodePosition): number {
  return Math.atan2(Math.hypot(x, y), z);
}

/** Place in units of the head's radius, x to the right ear, y to the nose. */
function onPlane(position: ElectrodePosition): { x: number; y: number } {
  const flat = Math.hypot(position[0], position[1]);
  const distance = angleOf(position) / outlineAngle;
  return flat === 0 ? { x: 0, y: 0 } : { x: (position[0] / flat) * distance, y: (position[1] / flat) * distance };
}

function onSphere(x: number, y: number): ElectrodePosition {
  const distance = Math.hypot(x, y);
  if (distance === 0) return [0, 0, 1];
  const angle = Math.min(Math.PI, distance * outlineAngle);
  return [(Math.sin(angle) * x) / distance, (Math.sin(angle) * y) / distance, Math.cos(angle)];
}

function numberPart(value: number): string {
  return String(Number(value.toFixed(1)));
}
