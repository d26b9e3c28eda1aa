import { ToolkitError } from "../../src/index.ts";

/** What the name of a stimulus says, such as `classique_morceau1_duo_CoFl_theme1_stereo_Co`. */
export interface StimulusKey {
  /** `classique` or `pop`. */
  readonly genre: string;
  /** Such as `morceau1`. */
  readonly piece: string;
  readonly ensemble: "solo" | "duo" | "trio";
  /** Codes of two letters, in the order of the name. */
  readonly instruments: readonly string[];
  /** Such as `theme1`. */
  readonly theme: string;
  /** How it was played: `stereo`, `stereo_lcr` or `mono`. */
  readonly render: string;
  /** The attended instrument; of a solo its only one. */
  readonly target: string;
  /** The name without the target: the same sound, whatever is attended in it. */
  readonly mixture: string;
  /** The name without target and render: what the same sources were mixed for. */
  readonly material: string;
}

const pattern =
  /^(?<genre>[a-z]+)_(?<piece>[a-z0-9]+)_(?<ensemble>solo|duo|trio)_(?<codes>(?:[A-Z][a-z]){1,3})_(?<theme>theme\d+)_(?<render>stereo_lcr|stereo|mono)(?:_(?<target>[A-Z][a-z]))?$/;

const sizes = { solo: 1, duo: 2, trio: 3 } as const;

/**
 * Parses the name of a stimulus: genre, piece, ensemble, instruments, theme, render and, but for solos, target.
 *
 * @throws ToolkitError `bad-format` if it has another form, another number of instruments than the ensemble, or a target that
 * does not play
 */
export function parseStimulusKey(key: string): StimulusKey {
  const refuse = (why: string) => new ToolkitError("bad-format", `stimulus "${key}": ${why}`);
  const groups = pattern.exec(key)?.groups;
  if (!groups) {
    throw refuse("is not named genre_piece_ensemble_instruments_theme_render_target, with codes of two letters");
  }
  const { genre, piece, codes, theme, render } = groups as Record<string, string>;
  const ensemble = groups.ensemble as StimulusKey["ensemble"];
  const instruments = codes!.match(/../g)!;
  if (instruments.length !== sizes[ensemble] || new Set(instruments).size !== instruments.length) {
    throw refuse(`is a ${ensemble} of ${instruments.join(", ")}; it needs ${sizes[ensemble]}, all different`);
  }
  const target = groups.target ?? (ensemble === "solo" ? instruments[0] : undefined);
  if (target === undefined) throw refuse(`names no target; one of ${instruments.join(", ")} must end it`);
  if (!instruments.includes(target))
    throw refuse(`has the target ${target}, which is none of ${instruments.join(", ")}`);
  const material = `${genre}_${piece}_${ensemble}_${codes}_${theme}`;
  return {
    genre: genre!,
    piece: piece!,
    ensemble,
    instruments,
    theme: theme!,
    render: render!,
    target,
    mixture: `${material}_${render}`,
    material,
  };
}
