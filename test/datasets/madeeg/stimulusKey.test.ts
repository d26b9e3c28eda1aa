import { describe, expect, test } from "vitest";
import { parseStimulusKey } from "../../../datasets/madeeg/stimulusKey.ts";

describe("parseStimulusKey", () => {
  test("takes a name apart", () => {
    expect(parseStimulusKey("classique_morceau1_duo_CoFl_theme1_stereo_lcr_Fl")).toEqual({
      genre: "classique",
      piece: "morceau1",
      ensemble: "duo",
      instruments: ["Co", "Fl"],
      theme: "theme1",
      render: "stereo_lcr",
      target: "Fl",
      mixture: "classique_morceau1_duo_CoFl_theme1_stereo_lcr",
      material: "classique_morceau1_duo_CoFl_theme1",
    });
  });

  test.each([
    ["pop_falldead_duo_BsVx_theme2_mono_Bs", "mono", "Bs"],
    ["pop_mixtape_trio_BsDrVx_theme1_stereo_Vx", "stereo", "Vx"],
    ["classique_morceau2_solo_Ob_theme2_mono", "mono", "Ob"],
    ["classique_morceau2_solo_Ob_theme2_mono_Ob", "mono", "Ob"],
  ])("%s: render %s, target %s", (key, render, target) => {
    expect(parseStimulusKey(key)).toMatchObject({ render, target });
  });

  test.each([
    ["", "is not named"],
    ["classique_morceau1_duo_CoFl_theme1_Co", "is not named"],
    ["classique_morceau1_quartet_CoFlObBo_theme1_mono_Co", "is not named"],
    ["classique_morceau1_duo_CoFlOb_theme1_mono_Co", "is a duo of Co, Fl, Ob; it needs 2"],
    ["classique_morceau1_duo_CoCo_theme1_mono_Co", "all different"],
    ["classique_morceau1_duo_CoFl_theme1_mono", "names no target"],
    ["classique_morceau1_duo_CoFl_theme1_mono_Ob", "has the target Ob, which is none of Co, Fl"],
  ])("refuses %j", (key, words) => {
    expect(() => parseStimulusKey(key)).toThrow(words);
    expect(() => parseStimulusKey(key)).toThrow(expect.objectContaining({ code: "bad-format" }));
  });
});
