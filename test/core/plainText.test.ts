import { describe, expect, it, test } from "vitest";
import { plainText } from "../../src/core/plainText.ts";

const character = (code: number) => String.fromCharCode(code);
const escapeCode = character(0x1b);

describe("plainText", () => {
  it("leaves plain text of every script as it is", () => {
    for (const label of ["flute 1", "Flöte «2»", "حسن", "שלום", "笛子", "naïve – µV ∞", "👩‍🎤"]) {
      expect(plainText(label)).toBe(label);
    }
  });

  test.each([
    { what: "colours", label: `${escapeCode}[31;1mred${escapeCode}[0m`, text: "red" },
    { what: "a cleared screen", label: `a${escapeCode}[2J${escapeCode}[Hb`, text: "ab" },
    { what: "CSI of one character", label: `a${character(0x9b)}31mb`, text: "ab" },
    { what: "a window title that ends with a bell", label: `a${escapeCode}]0;title${character(7)}b`, text: "ab" },
    {
      what: "a link",
      label: `${escapeCode}]8;;http://x${escapeCode}\\here${escapeCode}]8;;${escapeCode}\\`,
      text: "here",
    },
    { what: "a terminal reset", label: `a${escapeCode}cb`, text: "ab" },
    { what: "an escape at the end", label: `a${escapeCode}`, text: "a" },
    { what: "a string that never ends", label: `a${escapeCode}]0;b`, text: "a0;b" },
    {
      what: "bells, backspaces, NUL, DEL",
      label: `a${character(7)}${character(8)}${character(0)}${character(127)}b`,
      text: "ab",
    },
  ])("drops $what", ({ label, text }) => {
    expect(plainText(label)).toBe(text);
  });

  it("makes one line of several", () => {
    expect(plainText("a\r\nb\tc\u2028d")).toBe("a b c d");
  });

  it("drops what turns the direction of writing, and halves of characters", () => {
    expect(plainText("a\u202eb\u2066c\u200fd\ud800e")).toBe("abcde");
  });

  it("leaves no control character, whatever comes in", () => {
    const controls = Array.from({ length: 0xa0 }, (_, code) => character(code)).filter((one) => /\p{Cc}/u.test(one));
    for (const first of controls) {
      for (const second of [...controls, "[", "]", "a"]) {
        expect(/\p{Cc}/u.test(plainText(`${first}${second}x${second}${first}`))).toBe(false);
      }
    }
  });
});
