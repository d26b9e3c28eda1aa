import type { PlotOptions } from "@observablehq/plot";
import { escapeHtml, type Html, markup } from "./html.ts";

type PlotModule = typeof import("@observablehq/plot");

/** The chart library, loaded, with what the report needs of it. */
export interface Charts {
  /** Observable Plot, for its marks and transforms. */
  readonly plot: PlotModule;
  /**
   * Draws one chart as inline SVG.
   *
   * @param label what the chart shows, for those who cannot see it
   * @param options of Plot.plot
   */
  draw(label: string, options: PlotOptions): Html;
  /**
   * Evenly spaced colours of a perceptual colour map, as [red, green, blue] of 0 to 255.
   *
   * @param scheme name of a Plot colour scheme
   * @param count number of colours, at least 2
   */
  colours(scheme: "magma" | "viridis" | "rdbu", count: number): number[][];
}

/** Loads Observable Plot and a DOM to draw in; both are left alone until a report is wanted. */
export async function loadCharts(): Promise<Charts> {
  const [plot, { parseHTML }] = await Promise.all([import("@observablehq/plot"), import("linkedom")]);
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  return {
    plot,
    draw(label, options) {
      // room for axis labels at a type size larger than Plot's own
      const svg = plot.plot({
        document,
        className: "plot",
        width: 640,
        marginTop: 28,
        marginBottom: 46,
        style: { fontSize: "12px" },
        ...options,
        x: { labelAnchor: "center", labelOffset: 40, labelArrow: "none", ...options.x },
      });
      // the page's own style sheet says the same once
      for (const style of svg.querySelectorAll("style")) style.remove();
      return markup(shorten(svg.outerHTML).replace("<svg", () => `<svg role="img" aria-label="${escapeHtml(label)}"`));
    },
    colours(scheme, count) {
      const type = scheme === "rdbu" ? "diverging" : "linear";
      const pivot = (count - 1) / 2;
      const scale = plot.scale({ color: { type, scheme, domain: [0, count - 1], pivot } });
      return Array.from({ length: count }, (_, i) => parseColour(String(scale?.apply(i))));
    },
  };
}

/** Coordinates to a tenth of a pixel: a third of the size, and no difference to be seen. */
function shorten(svg: string): string {
  return svg.replace(/ (d|transform|[cxy][xy12]?|r|width|height)="([^"]*)"/g, (_, name: string, value: string) => {
    const short = value.replace(/-?\d*\.\d{2,}(?:e-?\d+)?/g, (number) => String(Number(Number(number).toFixed(1))));
    return ` ${name}="${short}"`;
  });
}

function parseColour(text: string): number[] {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (hex) return hex.slice(1).map((part) => Number.parseInt(part, 16));
  return (text.match(/[\d.]+/g) ?? []).slice(0, 3).map((part) => Math.round(Number(part)));
}
