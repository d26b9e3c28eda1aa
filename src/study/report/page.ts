import { type Html, html, markup } from "./html.ts";
import { pageScript, styleSheet } from "./style.ts";

/** What a page is put together from. */
export interface Page {
  readonly title: string;
  /** Version of the toolkit. */
  readonly version: string;
  readonly body: Html;
}

/** A whole HTML page around a body: nothing in it is loaded from elsewhere, and no script may be but its own. */
export function renderPage({ title, version, body }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="neurosteer ${version}">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${markup(styleSheet)}</style>
</head>
<body>
<main>
${body}
</main>
<script>${markup(pageScript)}</script>
</body>
</html>
`.markup;
}

/** A section with a heading; nothing where its content is nothing. */
export function renderSection(id: string, title: string, content: Html | undefined): Html | undefined {
  if (content === undefined || content.markup.trim() === "") return undefined;
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>\n${content}</section>\n`;
}
