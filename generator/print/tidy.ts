import { indent, lineWidth } from './text.js';

/**
 * Lays printed TypeScript out as a formatter would: one blank line between statements, no line over the width where it can
 * be broken. Knows the shapes that the emitters print, and leaves every other line as it is.
 */
export function tidy(text: string): string {
  const spaced = text
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/\{\n\}$/gm, '{}')
    .replaceAll(/^(?! \*\/)(.+)\n(?=\/\*\*)/gm, '$1\n\n')
    .replaceAll(/\n{3,}/g, '\n\n');
  return spaced
    .replaceAll(/^(import|export) .*$/gm, breakLine)
    .replaceAll(constant, breakConstant)
    .replaceAll(alias, outdent);
}

/** A constant whose first line may be too long, with the lines of its value. */
const constant = /^(export const [^\n]*? =) ([^\n]+(?:\n +[^\n]*)*)/gm;

/** A type of several lines, which ts-morph has moved in by two. */
const alias = /^export type [^\n]* =[^\n]*(?:\n {4}[^\n]*)+/gm;

function outdent(text: string): string {
  return text.replaceAll(/^ {2}/gm, '');
}

function breakConstant(statement: string, head: string, value: string): string {
  // ts-morph has moved the value's lines in by two: right for one that starts on a line of its own.
  const [first = ''] = statement.split('\n');
  return first.length > lineWidth ? `${head}\n  ${value}` : `${head} ${outdent(value)}`;
}

function breakLine(line: string): string {
  if (line.length <= lineWidth) return line;
  const names = /^((?:import|export)(?: type)? \{) (.*) (\} from .*)$/.exec(line);
  if (names !== null) return list(names[1], names[2]?.split(', '), names[3]);
  const signature = /^(export function [^(]*\()(.*)(\): [^()]* \{)$/.exec(line);
  if (signature !== null) return list(signature[1], splitParameters(signature[2] ?? ''), signature[3]);
  const heir = /^(export interface \S+) (extends .*)$/.exec(line);
  if (heir !== null) return `${heir[1]}\n  ${heir[2]}`;
  return line;
}

function list(open = '', items: readonly string[] = [], close = ''): string {
  return `${open}\n${items.map((item) => `${indent(item)},\n`).join('')}${close}`;
}

/** Splits at the commas that no bracket encloses. */
function splitParameters(text: string): string[] {
  const parts: string[] = [''];
  let depth = 0;
  for (const character of text) {
    if ('(<{['.includes(character)) depth += 1;
    if (')>}]'.includes(character)) depth -= 1;
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim());
}
