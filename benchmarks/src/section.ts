// A file of its own: several commands write into pages, and not all of them know the scenarios.
import { readFile, writeFile } from "node:fs/promises";
import os from "node:os";

/** Puts text into a page of docs/, between the two marks of a command; what people wrote around them stays. */
export async function writeSection(page: string, command: string, text: string): Promise<void> {
  const file = new URL(`../../docs/${page}.md`, import.meta.url);
  const begin = `<!-- written by \`${command}\`: from here -->`;
  const end = `<!-- written by \`${command}\`: to here -->`;
  const document = await readFile(file, "utf8");
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/${page}.md has no marks of ${command}`);
  await writeFile(file, `${document.slice(0, from)}${begin}\n\n${text}\n\n${document.slice(to)}`);
}

/** When and where it was measured. */
export function measured(): string {
  const [cpu] = os.cpus();
  return `Measured on ${new Date().toISOString().slice(0, 10)} with Node ${process.version} on ${os.cpus().length} × ${cpu?.model.trim() || os.arch()}.`;
}
