import { decimalOf } from '@hyvve-events/runtime/codegen';
import { type Document, isNode, LineCounter, parseDocument, visit } from 'yaml';
import { GeneratorError, type Problem } from '../support/errors.js';

/** A place in a file of the catalog. */
export interface SourceLocation {
  /** Relative to the working directory, with `/`; the address of a remote file. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** A number that JavaScript reads as another one. */
export interface InexactNumber {
  readonly place: SourceLocation;
  /** As it is in the catalog. */
  readonly written: string;
  /** What JavaScript makes of it. */
  readonly read: string;
}

/** One file of a catalog, YAML or JSON, with the line and column of every value. */
export class SourceFile {
  /** As in {@link SourceLocation}. */
  readonly file: string;
  readonly value: unknown;
  /** True when some schema in it may have an id or an anchor that references go by. */
  readonly hasIds: boolean;
  /** True when references in it may start from a schema within it, which has an id or says its draft. */
  readonly hasResources: boolean;
  readonly #text: string;
  readonly #lines = new LineCounter();
  #document: Document | undefined;
  #inexact: readonly InexactNumber[] | undefined;

  /** @throws GeneratorError `YAML_SYNTAX` with every place where the text is neither YAML nor JSON. */
  constructor(file: string, text: string) {
    this.file = file;
    this.#text = text;
    this.hasIds = /(?<![\w$-])\$?(id|anchor|dynamicAnchor)["']?\s*:/.test(text);
    this.hasResources = this.hasIds || text.includes('$schema');
    this.value = /^\s*[{[]/.test(text) ? this.#parseJson() : this.#parseYaml();
  }

  /** Where a value is; the nearest value around it where there is none. */
  place(keys: readonly string[]): SourceLocation {
    const document = this.#tree();
    for (let length = keys.length; length >= 0; length -= 1) {
      const path = keys.slice(0, length).map((key) => (/^\d+$/.test(key) ? Number(key) : key));
      const node: unknown = length === 0 ? document.contents : document.getIn(path, true);
      if (isNode(node) && node.range) return this.#at(node.range[0]);
    }
    return { file: this.file, line: 1, column: 1 };
  }

  /** Numbers that JavaScript reads as others: it holds about 16 digits, and no infinity that JSON could write. */
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

  /** Parsing JSON is a hundred times faster than parsing YAML, which is put off until somebody asks for a place. */
  #parseJson(): unknown {
    let value: unknown;
    try {
      value = JSON.parse(this.#text);
    } catch {
      return this.#parseYaml();
    }
    this.#refuseDepth(value);
    // Of two properties of one name JSON keeps the last without a word; reading it as YAML tells where they are.
    return keysWritten(this.#text) === keysIn(value) ? value : this.#parseYaml();
  }

  #parseYaml(): unknown {
    const document = this.#tree();
    if (document.errors.length > 0) {
      throw new GeneratorError(
        document.errors.map(({ code, message, pos }) => {
          const what = message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? code;
          if (/call stack/.test(what)) return this.#tooDeep(pos[0]);
          return code === 'MULTIPLE_DOCS'
            ? this.#problem(pos[0], 'another document begins here', 'keep one document in a file')
            : this.#problem(pos[0], what, 'correct the YAML at this place');
        }),
      );
    }
    let value: unknown;
    try {
      value = document.toJS({ maxAliasCount: 1000 });
      JSON.stringify(value);
    } catch (error) {
      if (error instanceof RangeError) throw new GeneratorError([this.#tooDeep(0)]);
      const what =
        error instanceof ReferenceError ? 'its aliases multiply without measure' : 'an alias contains itself';
      throw new GeneratorError([this.#problem(0, what, 'write out what the alias stands for, or use a $ref')]);
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

/** Most files have no number that may be inexact: of many digits, with a large exponent, or none that JSON has. */
const longNumber = /[\d._]{16}|\d[eE][+-]?\d\d|\.(?:inf|nan)/i;

/** Whether a number's text, in decimal or as YAML writes others, is what its value is written as. */
function isExact(text: string, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  if (/^[+-]?0[xo]/i.test(text)) return BigInt(text.replace(/^[+-]/, '')) === BigInt(Math.abs(value));
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  if (whole + fraction === '') return true;
  const places = fraction.length - Number(exponent);
  // Larger exponents than these are infinite or 0.
  if (Math.abs(places) > 2_000) return value === 0 && /^[0]*$/.test(whole + fraction);
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  const own = decimalOf(value);
  const scale = places > 0 ? 10n ** BigInt(places) : 1n;
  const factor = places < 0 ? 10n ** BigInt(-places) : 1n;
  return digits * factor * own.scale === own.digits * scale;
}

/** Levels of lists and mappings in each other: more would be more than the stack of those who read them holds. */
const deepest = 600;

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

/** How many properties a text in JSON writes, in all its objects. */
function keysWritten(json: string): number {
  let count = 0;
  for (const [text] of json.matchAll(/"(?:[^"\\]|\\.)*"\s*:?/g)) if (text.endsWith(':')) count += 1;
  return count;
}

/** How many properties a value has, in all its objects. */
function keysIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Object.values(value).reduce<number>((sum, each) => sum + keysIn(each), 0);
  return inner + (Array.isArray(value) ? 0 : Object.keys(value).length);
}
