import { drawFigure, figureColours } from "../shared/figure.ts";
import type { Course } from "./experiment.ts";

const names = { heuristic: "heuristic", mm1: "MM1", mm2: "MM2" } as const;

/**
 * The objective against the iterations, a panel for each beta.
 *
 * @param courses from one start
 */
export function drawCourses(courses: readonly Course[]): Promise<string> {
  const points = courses.flatMap(({ beta, update, iterations, cost }) => {
    const lowest = Math.min(...courses.filter((course) => course.beta === beta).flatMap((course) => course.cost));
    return iterations.map((iteration, i) => ({
      panel: `beta ${beta}`,
      algorithm: names[update],
      iteration,
      ratio: cost[i]! / lowest,
    }));
  });
  return drawFigure("Objective over iterations of the heuristic, MM1 and MM2, a panel for each beta", (plot) => ({
    width: 900,
    height: 340,
    marginLeft: 56,
    marginBottom: 44,
    marginTop: 40,
    fx: { label: null },
    x: { type: "log", label: "iteration", tickFormat: "d", ticks: 4, labelAnchor: "center" },
    y: { type: "log", label: "objective over the lowest reached", grid: true, tickFormat: "~g", ticks: 6 },
    color: { domain: Object.values(names), range: figureColours.slice(0, 3), legend: false },
    marks: [
      plot.frame({ stroke: "#ccc" }),
      plot.lineY(points, { x: "iteration", y: "ratio", stroke: "algorithm", fx: "panel", strokeWidth: 1.5 }),
      // a legend of their colours
      ...Object.values(names).map((algorithm, i) =>
        plot.text([{ algorithm, panel: points[0]!.panel }], {
          text: "algorithm",
          fill: "algorithm",
          fx: "panel",
          frameAnchor: "bottom-left",
          dx: 10,
          dy: 16 * i - 44,
          fontWeight: "bold",
        }),
      ),
    ],
  }));
}
