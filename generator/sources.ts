import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { GeneratorError, type Problem, type ProblemCode } from './errors.js';
import type { JsonValue } from './model.js';

/** One file of a catalog, with where everything in it stands. */
interface Source {
  /** Relative to the working directory, with `/`. */
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly value: unknown;
}

/** A place in a file of the catalog. */
export interface Place {
  /** Relative to the working directory, with `/`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** A value of a catalog and where it stands: what a `$ref` points to. */
export interface Located {
  /** Absolute path of its file. */
  readonly path: string;
  /** Keys from the file's root. */
  readonly keys: readonly string[];
  readonly value: unknown;
}

/** The files of a catalog, read as they are referred to. Resolves `$ref`s and tells places. */
export class Sources {
  readonly #sources = new Map<string, Source>();

  /** The root of a file. @throws GeneratorError `FILE_UNREADABLE`, `YAML_SYNTAX` */
  root(path: string, referredBy?: Located): Located {
    return { path: resolve(path), keys: [], value: this.#open(resolve(path), referredBy).value };
  }

  /** Every file read so far, absolute. */
  get files(): readonly string[] {
    return [...this.#sources.keys()];
  }

  /** A value below `located`; undefined when there is none. */
  child(located: Located, ...keys: readonly string[]): Located | undefined {
    let value = located.value;
    for (const key of keys) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
      value = (value as Record<string, unknown>)[key];
    }
    return { path: located.path, keys: [...located.keys, ...keys], value };
  }

  /** Follows `$ref` until there is none. @throws GeneratorError `REF_BROKEN`, `REF_REMOTE` */
  follow(located: Located): Located {
    const seen = new Set<string>();
    let at = located;
    for (let ref = refOf(at.value); ref !== undefined; ref = refOf(at.value)) {
      const place = `${at.path}#${at.keys.join('/')}`;
      if (seen.has(place))
        throw this.error('REF_BROKEN', at, `$ref ${ref} leads back to itself`, 'point it at a value');
      seen.add(place);
      at = this.#resolve(at, ref);
    }
    return at;
  }

  /** A problem at a value; at its key where `atKey`. */
  problem(
    code: ProblemCode,
    at: Located,
    message: string,
    hint: string,
    severity: Problem['severity'] = 'error',
  ): Problem {
    return { code, severity, ...this.place(at), message, hint };
  }

  error(code: ProblemCode, at: Located, message: string, hint: string): GeneratorError {
    return new GeneratorError([this.problem(code, at, message, hint)]);
  }

  /** Where a value stands. */
  place(at: Located): Place {
    const { document, lines, file } = this.#open(at.path);
    for (let length = at.keys.length; length >= 0; length -= 1) {
      const node: unknown =
        length === 0 ? document.contents : document.getIn(at.keys.slice(0, length).map(pathKey), true);
      if (isNode(node) && node.range) {
        const { line, col } = lines.linePos(node.range[0]);
        return { file, line, column: col };
      }
    }
    return { file, line: 1, column: 1 };
  }

  #resolve(from: Located, ref: string): Located {
    const fail = (message: string, hint: string, code: ProblemCode = 'REF_BROKEN') =>
      this.error(code, this.child(from, '$ref') ?? from, message, hint);
    if (/^[a-z][a-z0-9+.-]*:/i.test(ref))
      throw fail(`$ref ${ref} is remote`, 'copy the file beside the catalog and refer to it there', 'REF_REMOTE');
    const [file = '', pointer = ''] = ref.split('#', 2);
    const path = file === '' ? from.path : resolve(dirname(from.path), decodeURIComponent(file));
    let at = this.root(path, this.child(from, '$ref') ?? from);
    for (const part of pointer.split('/').slice(1)) {
      const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
      if (refOf(at.value) !== undefined) at = this.follow(at);
      const next = this.child(at, key);
      if (next === undefined) {
        const known = typeof at.value === 'object' && at.value !== null ? Object.keys(at.value) : [];
        const near = known.length > 0 ? `there are ${known.slice(0, 8).join(', ')}` : 'nothing is there';
        throw fail(`$ref ${ref} points to nothing: no ${JSON.stringify(key)} at #/${at.keys.join('/')}`, near);
      }
      at = next;
    }
    return at;
  }

  #open(path: string, referredBy?: Located): Source {
    const known = this.#sources.get(path);
    if (known !== undefined) return known;
    const file = relative(process.cwd(), path).replaceAll('\\', '/');
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (cause) {
      const why =
        cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? 'there is no such file' : String(cause);
      if (referredBy !== undefined)
        throw this.error('REF_BROKEN', referredBy, `cannot read ${file}: ${why}`, 'mend the path');
      const problem = { code: 'FILE_UNREADABLE', severity: 'error', file, line: 1, column: 1 } as const;
      throw new GeneratorError([
        { ...problem, message: `cannot read the catalog: ${why}`, hint: 'name it with --catalog' },
      ]);
    }
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, merge: true });
    if (document.errors.length > 0) {
      throw new GeneratorError(
        document.errors.map((error) => {
          const { line, col } = lines.linePos(error.pos[0]);
          const message = error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? error.code;
          return {
            code: 'YAML_SYNTAX',
            severity: 'error',
            file,
            line,
            column: col,
            message,
            hint: 'mend the YAML there',
          };
        }),
      );
    }
    const source = { file, document, lines, value: document.toJS({ maxAliasCount: 1000 }) as unknown };
    this.#sources.set(path, source);
    return source;
  }
}

/** The `$ref` of a reference object. */
export function refOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('$ref' in value)) return undefined;
  return typeof value.$ref === 'string' ? value.$ref : undefined;
}

/** A mapping as an object; empty for anything else. */
export function fieldsOf(value: unknown): Readonly<Record<string, JsonValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, JsonValue>)
    : {};
}

function pathKey(key: string): string | number {
  return /^\d+$/.test(key) ? Number(key) : key;
}
