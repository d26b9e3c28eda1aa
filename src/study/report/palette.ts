/**
 * Eight colours that people with colour-blindness can tell apart (Okabe & Ito 2008, yellow left out as too pale on white,
 * grey put in), as names of the style sheet, which has lighter ones for dark pages.
 */
export const categoryColours = Array.from({ length: 8 }, (_, i) => `var(--c${i + 1})`);

/** Shapes that go with the colours, so that nothing hangs on colour alone. */
export const categorySymbols = ["circle", "diamond", "triangle", "square", "star", "cross", "wye", "hexagon"] as const;

/** The same shapes as characters, for legends. */
export const categoryMarks = ["●", "◆", "▲", "■", "★", "✚", "Y", "⬢"] as const;
