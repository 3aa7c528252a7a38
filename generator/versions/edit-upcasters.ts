import { indent, memberKey } from '../print/text.js';
import { withoutTexts } from '../source/module-imports.js';
import { eventEntry } from './upcaster-stub.js';

/** One function that is added to a file with conversions. */
export interface AddedStep {
  /** Key of the event. */
  readonly key: string;
  /** `v1ToV2`. */
  readonly step: string;
  readonly text: string;
}

/**
 * Adds a function to the text of a file with conversions; everything else in it stays. Returns the same text if the function
 * exists, and undefined if the place for it is not certain.
 * @param constant Name of the object with the conversions.
 */
export function withStep(text: string, constant: string, { key, step, text: stub }: AddedStep): string | undefined {
  const code = withoutTexts(text);
  const start = new RegExp(`(?<![\\w$])const\\s+${constant}\\b[^=;]*=\\s*\\{`, 'u').exec(code);
  if (start === null) return undefined;
  const open = start.index + start[0].length;
  const event = memberAt({ code, text }, open, memberKey(key));
  if (event === undefined) return inserted(text, open, indent(eventEntry(key, [stub])));
  const inner = /^\s*:\s*\{/.exec(code.slice(event));
  if (inner === null) return undefined;
  const within = event + inner[0].length;
  if (memberAt({ code, text }, within, step) !== undefined) return text;
  return inserted(text, within, indent(indent(stub)));
}

function inserted(text: string, at: number, added: string): string {
  const rest = text.slice(at);
  const newLine = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = added.replaceAll('\n', newLine);
  // An empty object in one line: `{}`.
  const isEmpty = rest.startsWith('}');
  const close = isEmpty ? `${newLine}${lineIndent(text, at)}` : /^[ \t]*\r?\n/.test(rest) ? '' : newLine;
  return `${text.slice(0, at)}${newLine}${lines}${close}${rest}`;
}

function lineIndent(text: string, at: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1, at))?.[0] ?? '';
}

interface Source {
  /** The text in which comments and texts are spaces. */
  readonly code: string;
  readonly text: string;
}

/** The end of a member's name in the object that begins at `open`; undefined if the object does not have it. */
function memberAt({ code, text }: Source, open: number, name: string): number | undefined {
  const isNamed = (at: number) => code.startsWith(name, at) && !/[\w$.]/.test(code[at - 1] ?? '');
  const quoted = [`'${name}'`, `"${name}"`];
  let depth = 0;
  for (let at = open; at < code.length; at += 1) {
    const character = code[at] ?? '';
    if ('{[('.includes(character)) depth += 1;
    else if ('}])'.includes(character)) depth -= 1;
    if (depth < 0) return undefined;
    if (depth > 0) continue;
    const found = isNamed(at) ? name : quoted.find((each) => text.startsWith(each, at));
    // In a comment, no colon or parameter follows.
    if (found !== undefined && /^\s*[:(]/.test(code.slice(at + found.length))) return at + found.length;
  }
  return undefined;
}
