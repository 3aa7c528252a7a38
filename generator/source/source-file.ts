import { decimalOf } from '@hyvve-events/runtime/codegen';
import { type Document, isNode, LineCounter, parseDocument, visit } from 'yaml';
import type { JsonValue } from '../model/event-model.js';
import { GeneratorError, type Problem } from '../support/errors.js';
import { isExactInJson } from '../support/exact-json.js';
import { hashOf, isAnything, Memo } from '../support/memo.js';

/** A place in a file of the catalog. */
export interface SourceLocation {
  /** Relative to the working directory, with `/`; the URL of a remote file. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** A number that JavaScript cannot represent exactly. */
export interface InexactNumber {
  readonly place: SourceLocation;
  /** As written in the catalog. */
  readonly written: string;
  /** The JavaScript number that it is parsed to. */
  readonly read: string;
}

/** One file of a catalog, YAML or JSON, with the line and column of every value. */
export class SourceFile {
  /** As in {@link SourceLocation}. */
  readonly file: string;
  readonly value: unknown;
  /** True if a schema in it may have an id or an anchor. */
  readonly hasIds: boolean;
  /** True if references in it may be relative to a schema in it that has an `$id` or a `$schema`. */
  readonly hasResources: boolean;
  readonly #text: string;
  readonly #memo: Memo;
  #hash: string | undefined;
  readonly #lines = new LineCounter();
  #document: Document | undefined;
  #inexact: readonly InexactNumber[] | undefined;

  /**
   * @param memo Values of texts that were parsed before. Default: none.
   * @throws GeneratorError `YAML_SYNTAX` with every place where the text is neither YAML nor JSON.
   */
  constructor(file: string, text: string, memo = new Memo()) {
    this.file = file;
    this.#text = text;
    this.#memo = memo;
    this.hasIds = /(?<![\w$-])\$?(id|anchor|dynamicAnchor)["']?\s*:/.test(text);
    this.hasResources = this.hasIds || text.includes('$schema');
    this.value = /^\s*[{[]/.test(text) ? this.#parseJson() : this.#valueOf();
  }

  /** The place of a value; if it does not exist, of the nearest enclosing value. */
  place(keys: readonly string[]): SourceLocation {
    this.#hash ??= hashOf(this.#text);
    const place = () => this.#placeOf(keys);
    const [line = 1, column = 1] = this.#memo.derive('find-place', JSON.stringify([this.#hash, keys]), isPlace, place);
    return { file: this.file, line, column };
  }

  #placeOf(keys: readonly string[]): number[] {
    const { line, column } = this.#at(offsetOf(this.#tree(), keys));
    return [line, column];
  }

  /** Numbers that JavaScript cannot represent exactly: those with more than about 16 digits, and too large ones. */
  inexactNumbers(): readonly InexactNumber[] {
    this.#inexact ??= longNumber.test(this.#text) ? this.#findInexact() : [];
    return this.#inexact;
  }

  #findInexact(): InexactNumber[] {
    const found: InexactNumber[] = [];
    visit(this.#tree(), {
      Scalar: (key, { value, source, range }) => {
        if (key === 'key' || typeof value !== 'number' || source === undefined || isExact(source, value)) return;
        found.push({ place: this.#at(range?.[0] ?? 0), written: source, read: String(value) });
      },
    });
    return found;
  }

  /** Parsing JSON is a hundred times faster than parsing YAML, so a JSON file is parsed as YAML only when a place is needed. */
  #parseJson(): unknown {
    let value: unknown;
    try {
      value = JSON.parse(this.#text);
    } catch {
      return this.#parseYaml();
    }
    this.#refuseDepth(value);
    // Of two properties with the same name, JSON.parse silently uses the last; parsing as YAML reports their places.
    return keysWritten(this.#text) === keysIn(value) ? value : this.#parseYaml();
  }

  /** The value of YAML without problems. Of a text that was parsed before, the syntax tree is made only when a place is needed. */
  #valueOf(): unknown {
    const known = this.#memo.find('parse-yaml', this.#text, isAnything);
    if (known !== undefined) return known;
    const value = this.#parseYaml();
    if (isExactInJson(value)) this.#memo.store('parse-yaml', this.#text, value);
    return value;
  }

  #parseYaml(): unknown {
    const document = this.#tree();
    if (document.errors.length > 0) {
      throw new GeneratorError(
        document.errors.map(({ code, message, pos }) => {
          const reason = message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? code;
          if (/call stack/.test(reason)) return this.#tooDeep(pos[0]);
          return code === 'MULTIPLE_DOCS'
            ? this.#problem(pos[0], 'another document begins here', 'put each document into a separate file')
            : this.#problem(pos[0], reason, 'correct the YAML at this place');
        }),
      );
    }
    let value: unknown;
    try {
      value = document.toJS({ maxAliasCount: 1000 });
      JSON.stringify(value);
    } catch (error) {
      if (error instanceof RangeError) throw new GeneratorError([this.#tooDeep(0)]);
      const reason =
        error instanceof ReferenceError ? 'its aliases expand to too many values' : 'an alias contains itself';
      throw new GeneratorError([this.#problem(0, reason, 'write out the value of the alias, or use a $ref')]);
    }
    this.#refuseDepth(value);
    return value;
  }

  #refuseDepth(value: unknown): void {
    if (isDeeper(value, deepest)) throw new GeneratorError([this.#tooDeep(0)]);
  }

  #tooDeep(offset: number): Problem {
    const message = `values are nested more than ${deepest} levels deep`;
    return this.#problem(offset, message, 'break them up with $ref');
  }

  #tree(): Document {
    this.#document ??= parseDocument(this.#text, { lineCounter: this.#lines, merge: true, logLevel: 'error' });
    return this.#document;
  }

  #at(offset: number): SourceLocation {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.file, line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  #problem(offset: number, message: string, hint: string): Problem {
    return { code: 'YAML_SYNTAX', severity: 'error', ...this.#at(offset), message, hint };
  }
}

/** Where a value begins in the text of its document; if it does not exist, the nearest enclosing value. */
export function offsetOf(document: Document, keys: readonly string[]): number {
  for (let length = keys.length; length >= 0; length -= 1) {
    const path = keys.slice(0, length).map((key) => (/^\d+$/.test(key) ? Number(key) : key));
    const node: unknown = length === 0 ? document.contents : document.getIn(path, true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function isPlace(value: JsonValue): value is number[] {
  return Array.isArray(value) && value.length === 2 && value.every((each) => Number.isInteger(each));
}

/** A fast test for numbers that may be inexact: many digits, a large exponent, or a notation that JSON lacks. */
const longNumber = /[\d._]{16}|\d[eE][+-]?\d\d|\.(?:inf|nan)/i;

/** Whether a parsed number equals its text, in decimal or another notation of YAML. */
function isExact(text: string, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  if (/^[+-]?0[xo]/i.test(text)) return BigInt(text.replace(/^[+-]/, '')) === BigInt(Math.abs(value));
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  if (whole + fraction === '') return true;
  const places = fraction.length - Number(exponent);
  // Numbers with larger exponents are infinite or 0.
  if (Math.abs(places) > 2_000) return value === 0 && /^[0]*$/.test(whole + fraction);
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  const own = decimalOf(value);
  const scale = places > 0 ? 10n ** BigInt(places) : 1n;
  const factor = places < 0 ? 10n ** BigInt(-places) : 1n;
  return digits * factor * own.scale === own.digits * scale;
}

/** The maximum nesting of lists and mappings; recursive readers would overflow the stack with more. */
const deepest = 600;

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

/** The number of properties in a JSON text, in all its objects. */
function keysWritten(json: string): number {
  let count = 0;
  for (const [text] of json.matchAll(/"(?:[^"\\]|\\.)*"\s*:?/g)) if (text.endsWith(':')) count += 1;
  return count;
}

/** The number of properties of a value, in all its objects. */
function keysIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Object.values(value).reduce<number>((sum, each) => sum + keysIn(each), 0);
  return inner + (Array.isArray(value) ? 0 : Object.keys(value).length);
}
