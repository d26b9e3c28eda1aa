import { betas, type Outcome, outcomeOf, templateLengths, updates } from "./paper.ts";

/** Something the paper found, and whether it is so here. */
export interface Claim {
  readonly claim: string;
  readonly holds: boolean;
  /** In how many of the settings looked at it is so, and the numbers. */
  readonly found: string;
}

/** MM1 and MM2 count as equal where their means differ by at most this share; in the paper they differ by up to 1.8 %. */
const equalShare = 0.02;
/** MM2 counts as not slower than the heuristic up to this ratio. */
const equalTime = 1.1;

/**
 * Looks for what the paper found.
 *
 * @param outcomes of every algorithm at every beta and T
 */
export function judgeClaims(outcomes: readonly Outcome[]): Claim[] {
  const settings = betas.flatMap((beta) => templateLengths.map((templateFrames) => ({ beta, templateFrames })));
  const at = (setting: (typeof settings)[number]) =>
    Object.fromEntries(updates.map((update) => [update, outcomeOf(outcomes, { ...setting, update })])) as Record<
      (typeof updates)[number],
      Outcome
    >;
  const every = settings.map((setting) => ({ ...setting, ...at(setting) }));
  const spread = ({ deviation }: Outcome) => (Number.isNaN(deviation) ? 0 : deviation);
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  const list = (values: readonly string[]) => values.join(", ");
  const courses = (update: (typeof updates)[number]) =>
    betas.map((beta) =>
      templateLengths.map((templateFrames) => outcomeOf(outcomes, { beta, templateFrames, update }).objective),
    );
  const growth = (update: (typeof updates)[number]) =>
    list(courses(update).map(([a, b, c]) => `${(b! / a!).toFixed(3)} and ${(c! / a!).toFixed(3)}`));
  const falls = (values: readonly number[]) => values.every((value, i) => i === 0 || value < values[i - 1]!);
  const rises = (values: readonly number[]) => values.every((value, i) => i === 0 || value > values[i - 1]!);
  const claim = (text: string, isSo: readonly boolean[], numbers: string): Claim => ({
    claim: text,
    holds: isSo.every(Boolean),
    found: `${isSo.filter(Boolean).length} of ${isSo.length}${numbers === "" ? "" : `; ${numbers}`}`,
  });
  const order = "by beta 0, 1, 2 and within it T 3, 5, 10";

  return [
    claim(
      "MM1 and MM2 end at about the same objective (means within 2 % of each other or within both standard deviations together)",
      every.map(({ mm1, mm2 }) => {
        const apart = Math.abs(mm1.objective - mm2.objective);
        return apart <= equalShare * mm2.objective || apart <= spread(mm1) + spread(mm2);
      }),
      `MM1 over MM2 less 1, ${order}: ${list(every.map(({ mm1, mm2 }) => percent(mm1.objective / mm2.objective - 1)))}`,
    ),
    claim(
      "MM1 and MM2 end well below the heuristic (means further apart than both standard deviations together)",
      every.flatMap(({ heuristic, mm1, mm2 }) =>
        [mm1, mm2].map((mm) => heuristic.objective - mm.objective > spread(heuristic) + spread(mm)),
      ),
      `heuristic over MM2, ${order}: ${list(every.map(({ heuristic, mm2 }) => (heuristic.objective / mm2.objective).toFixed(3)))}`,
    ),
    claim(
      "The objective of MM1 and MM2 falls as T grows",
      [...courses("mm1"), ...courses("mm2")].map(falls),
      `T 5 and T 10 over T 3, by beta: MM1 ${growth("mm1")}; MM2 ${growth("mm2")}`,
    ),
    claim(
      "The heuristic's objective rises as T grows",
      courses("heuristic").map(rises),
      `T 5 and T 10 over T 3, by beta: ${growth("heuristic")}`,
    ),
    claim(
      "The heuristic raises the objective in a part of its iterations",
      every.map(({ heuristic }) => heuristic.rises > 0),
      `${order}: ${list(every.map(({ heuristic }) => `${heuristic.rises.toFixed(1)} %`))}`,
    ),
    claim(
      "MM1 and MM2 never raise the objective",
      every.flatMap(({ mm1, mm2 }) => [mm1.rises === 0, mm2.rises === 0]),
      "",
    ),
    claim(
      "An iteration of MM2 takes no longer than one of the heuristic (up to a tenth; in the paper it does, for which it blames loops in MATLAB)",
      every.map(({ heuristic, mm2 }) => mm2.milliseconds <= equalTime * heuristic.milliseconds),
      `MM2 over heuristic, ${order}: ${list(every.map(({ heuristic, mm2 }) => (mm2.milliseconds / heuristic.milliseconds).toFixed(2)))}`,
    ),
  ];
}
