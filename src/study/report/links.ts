/**
 * A link that can lead nowhere but into the page's own folder, whatever the name is.
 *
 * @param file path relative to the page
 */
export function fileLink(file: string): string {
  const parts = file.split(/[\\/]+/).filter((part) => part !== "" && part !== "." && part !== "..");
  return `./${parts.map((part) => encodeURIComponent(part.replace(/\p{Cs}/gu, "\ufffd"))).join("/")}`;
}
