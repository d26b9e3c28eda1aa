import type { real } from "./real.ts";
import { productStrip } from "./tile.ts";

/**
 * A'B for A as [rows / 4, length, 4] and B as [panels, length, 2 vectors] (see pack.ts): out [panels, rows, 2 vectors]. Rows
 * is a multiple of 4.
 */
export function product(a: usize, b: usize, out: usize, rows: usize, length: usize, panels: usize, fresh: bool): void {
  const groupBytes = 4 * sizeof<real>() * length;
  for (let p: usize = 0; p < panels; p++) {
    productStrip(a, b, groupBytes, out, rows, length, fresh);
    b += length << 5;
    out += rows << 5;
  }
}
