import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { renderReferences, studyReferences } from "../../../src/study/report/references.ts";
import { exampleResults } from "../exampleResults.ts";

const results = exampleResults({ details: 0 });
const keys = (changed: typeof results) => studyReferences(changed).map(({ key }) => key);

describe("the references", () => {
  it("are those of what the study used: data, decoding, methods, metrics, toolkit", () => {
    expect(keys(results)).toEqual([
      "data1",
      "osullivan2015",
      "crosse2016",
      "geirnaert2020",
      "puffay2023",
      "haufe2014",
      "lee2001",
      "fagot2019",
      "cantisani2021",
      "vincent2006",
      "leroux2019",
      "neurosteer",
    ]);
    const { patterns: _, origin: __, ...rest } = results;
    const methods = results.methods.filter(({ id }) => id === "mixture" || id === "nmf-blind");
    expect(keys({ ...rest, methods, decisions: [], decoding: { ...rest.decoding, features: [], audits: [] } })).toEqual(
      ["lee2001", "vincent2006", "leroux2019", "neurosteer"],
    );
  });

  it("stand as BibTeX as well, every entry closed, with licence and source", () => {
    const { document } = parseHTML(`<html><body>${renderReferences(results).markup}</body></html>`);
    const bibtex = document.querySelector("pre[data-bibtex]")!.textContent;
    const entries = bibtex.split("\n\n");
    expect(entries).toHaveLength(12);
    for (const entry of entries) {
      expect(entry).toMatch(/^@(article|inproceedings|misc|software)\{[\w]+,\n/);
      expect(entry.split("{").length).toBe(entry.split("}").length);
    }
    expect(document.body.textContent).toContain("CC-BY-4.0");
    expect(document.body.textContent).toContain("https://example.org/corpus");
  });

  it("take BibTeX of the data as it is, and brackets that do not pair up out of other text", () => {
    const origin = { citations: ["@article{corpus2020, title={A corpus}}", "A corpus} by {nobody"] };
    const [first, second] = studyReferences({ ...results, origin });
    expect(first!.bibtex).toBe("@article{corpus2020, title={A corpus}}");
    expect(second!.bibtex).toBe("@misc{data2,\n  note = {A corpus by nobody}\n}");
  });
});
