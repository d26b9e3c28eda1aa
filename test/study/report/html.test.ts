import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { escapeHtml, html, scriptJson } from "../../../src/study/report/html.ts";

describe("html", () => {
  it("escapes text in elements and in attributes", () => {
    const nasty = `"><img src=x onerror='alert(1)'>&amp;`;
    const { document } = parseHTML(html`<p title="${nasty}">${nasty}</p>`.markup);
    expect(document.querySelectorAll("img")).toHaveLength(0);
    expect(document.querySelector("p")!.textContent).toBe(nasty);
    expect(document.querySelector("p")!.getAttribute("title")).toBe(nasty);
  });

  it("keeps pieces that are HTML already and joins lists", () => {
    const items = ["a", "<b>"].map((text) => html`<li>${text}</li>`);
    expect(html`<ul>${items}</ul>`.markup).toBe("<ul><li>a</li><li>&lt;b&gt;</li></ul>");
  });

  it("leaves nothing for undefined and false, and writes zero", () => {
    expect(html`[${undefined}${false}${0}]`.markup).toBe("[0]");
  });
});

describe("escapeHtml", () => {
  it("replaces the five characters and no other", () => {
    expect(escapeHtml(`a&b<c>d"e'f ∞`)).toBe("a&amp;b&lt;c&gt;d&quot;e&#39;f ∞");
  });
});

describe("text that could do harm without being markup", () => {
  const harmful = "a\u0000b\u001b[2Jc\u202ed\u2066e\u0085f";

  it("shows control characters and turns of direction as such, and keeps tabs, ends of lines and every script", () => {
    expect(escapeHtml(harmful)).toBe("a\ufffdb\ufffd[2Jc\ufffdd\ufffde\ufffdf");
    expect(escapeHtml("a\tb\nשלום\u200f حسن 👩‍🎤")).toBe("a\tb\nשלום\u200f حسن 👩‍🎤");
  });

  it("is written as escapes in JSON, which reads back as it was", () => {
    const text = scriptJson([harmful, "a & b"]);
    expect(/[\p{Cc}&\u202a-\u202e\u2066-\u2069]/u.test(text)).toBe(false);
    expect(JSON.parse(text)).toEqual([harmful, "a & b"]);
  });
});

describe("scriptJson", () => {
  it("cannot close the script it stands in, and reads back as it was", () => {
    const value = { name: "</script><script>alert(1)</script><!--" };
    expect(scriptJson(value)).not.toContain("<");
    expect(JSON.parse(scriptJson(value))).toEqual(value);
  });

  it("writes what JSON has no number for as text, and typed arrays as lists", () => {
    expect(JSON.parse(scriptJson([Infinity, -Infinity, Number.NaN, Float64Array.of(0.5, 1 / 3)]))).toEqual([
      "Infinity",
      "-Infinity",
      "NaN",
      [0.5, 0.333333],
    ]);
  });
});
