import type { PlotOptions } from "@observablehq/plot";

type PlotModule = typeof import("@observablehq/plot");

/** Colours that people with colour-blindness can tell apart (Okabe & Ito 2008), on white. */
export const figureColours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"] as const;

/**
 * Draws a chart as a file of its own: SVG on white, readable without a style sheet.
 *
 * @param title what it shows, for those who cannot see it
 * @param options of Plot.plot, made with the module
 */
export async function drawFigure(title: string, options: (plot: PlotModule) => PlotOptions): Promise<string> {
  const [plot, { parseHTML }] = await Promise.all([import("@observablehq/plot"), import("linkedom")]);
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = plot.plot({
    document,
    className: "plot",
    style: { fontSize: "12px", fontFamily: "sans-serif" },
    ...options(plot),
  });
  for (const style of svg.querySelectorAll("style")) style.remove();
  const escaped = title.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const [width, height] = [svg.getAttribute("width"), svg.getAttribute("height")];
  const drawn: string = svg.outerHTML;
  return `${drawn
    .replace(/ (d|transform|[cxy][xy12]?|r|width|height)="([^"]*)"/g, (_, name: string, value: string) => {
      const short = value.replace(/-?\d*\.\d{2,}(?:e-?\d+)?/g, (number) => String(Number(Number(number).toFixed(1))));
      return ` ${name}="${short}"`;
    })
    .replace(/<svg[^>]*>/, (tag) => {
      const open = tag.includes("xmlns=") ? tag : tag.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"');
      const styled = open.replace("<svg", '<svg role="img"');
      return `${styled}<title>${escaped}</title><rect width="${width}" height="${height}" fill="white"/>`;
    })}\n`;
}
