/** A piece of HTML that is already escaped. Only this file and `markup` make one, so text from the data cannot pass for it. */
export class Html {
  /** The text as it stands in the page. */
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }

  toString(): string {
    return this.markup;
  }
}

/** What may stand in a template: text and numbers are escaped, lists joined, `undefined` and `false` leave nothing. */
export type Fragment = Html | string | number | undefined | false | readonly Fragment[];

/**
 * Template tag that escapes everything put into it, except pieces that are `Html` themselves.
 *
 *     html`<td>${source}</td>`
 */
export function html(parts: TemplateStringsArray, ...values: readonly Fragment[]): Html {
  let text = parts[0]!;
  for (let i = 0; i < values.length; i++) text += render(values[i]!) + parts[i + 1]!;
  return new Html(text);
}

/**
 * Takes text as HTML without escaping it.
 *
 * @param text markup from this program, never from the data
 */
export function markup(text: string): Html {
  return new Html(text);
}

/**
 * Replaces the five characters that mean something in HTML text and attributes. Control characters, which no page may hold, and
 * those that turn the direction of writing for what stands behind them become the replacement character; tabs and ends of
 * lines stay.
 */
export function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => entities[character]!)
    .replace(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu, (character) =>
      /[\t\n\r]/.test(character) ? character : "\ufffd",
    );
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function render(value: Fragment): string {
  if (value instanceof Html) return value.markup;
  if (value === undefined || value === false) return "";
  if (Array.isArray(value)) return value.map(render).join("");
  return escapeHtml(String(value));
}

/**
 * Writes a value as JSON that can stand inside a script or any other element: `<`, `&` and what turns the direction of writing are
 * written as escapes, so no tag can close it and a page shows it as it is.
 * Numbers are rounded to 6 significant digits; infinities and NaN, which JSON does not have, become text.
 *
 * @param value plain data; typed arrays become lists
 */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value, plainValue).replace(
    /[<&\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function plainValue(_key: string, value: unknown): unknown {
  if (value instanceof Float64Array || value instanceof Float32Array) return Array.from(value);
  if (typeof value !== "number") return value;
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : String(value);
}
