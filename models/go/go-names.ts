import { pascalCase, Scope } from '../names.js';

/** Words that Go writes in capital letters. */
const initialisms = new Set([
  'Api',
  'Html',
  'Http',
  'Https',
  'Id',
  'Ip',
  'Json',
  'Sql',
  'Ui',
  'Uri',
  'Url',
  'Uuid',
  'Xml',
]);

const keywords = new Set([
  ...[
    'break',
    'case',
    'chan',
    'const',
    'continue',
    'default',
    'defer',
    'else',
    'fallthrough',
    'for',
    'func',
    'go',
    'goto',
  ],
  ...[
    'if',
    'import',
    'interface',
    'main',
    'map',
    'package',
    'range',
    'return',
    'select',
    'struct',
    'switch',
    'type',
    'var',
  ],
]);

/** Operating systems and processors: a file whose name ends with one is compiled only there. `test` is compiled only by tests. */
const fileSuffixes =
  /_(test|aix|android|darwin|freebsd|illumos|ios|js|linux|netbsd|openbsd|plan9|solaris|wasip1|windows|386|amd64|arm|arm64|loong64|mips\w*|ppc64\w*|riscv64|s390x|wasm)$/;

/** The names of a Go package: every type, constant and function has its own. */
export class GoNames {
  readonly #scope: Scope;
  readonly #types = new Map<string, string>();

  /** @param types Names of all types, which have precedence. */
  constructor(types: readonly string[], own: readonly string[]) {
    this.#scope = new Scope(own);
    for (const name of types) this.#types.set(name, this.#scope.take(exported(name)));
  }

  /** Name of a type. */
  type(name: string): string {
    return this.#types.get(name) ?? exported(name);
  }

  /** A new name for a constant or a function. */
  take(name: string): string {
    return this.#scope.take(exported(name));
  }
}

/** Field names of a struct, by the names in JSON. */
export function goFieldNames(wires: readonly string[]): ReadonlyMap<string, string> {
  const scope = new Scope(['AdditionalProperties', 'MarshalJSON', 'UnmarshalJSON', 'RawMessage']);
  return new Map(wires.map((wire) => [wire, scope.take(exported(withInitialisms(pascalCase(wire)) || 'Field'))]));
}

/** The end of a constant's name, for a value of an enum. */
export function goMemberName(value: string): string {
  return withInitialisms(pascalCase(value)) || (value === '' ? 'Empty' : 'Value');
}

function withInitialisms(name: string): string {
  return name.replaceAll(/\p{Lu}\p{Ll}+/gu, (word) => (initialisms.has(word) ? word.toUpperCase() : word));
}

/** Only names that begin with a capital letter can be used by other packages. */
function exported(name: string): string {
  const plain = name.replaceAll(/[^\p{L}\p{Nd}_]/gu, '');
  const capital = plain.charAt(0).toUpperCase() + plain.slice(1);
  return /^\p{Lu}/u.test(capital) ? capital : `X${capital}`;
}

/** Name of a package: the last part of the module's path that is not a version. */
export function goPackageName(module: string): string {
  const parts = module.split('/').filter((part) => !/^v\d+$/.test(part));
  const name = (parts.at(-1) ?? '').toLowerCase().replaceAll(/[^a-z0-9_]/g, '');
  return /^[a-z]/.test(name) && !keywords.has(name) ? name : `events${name}`;
}

/** Name of the file of a domain. */
export function goFileName(fileName: string): string {
  const name = fileName.replaceAll(/[^A-Za-z0-9_-]/g, '_').replace(/^_/, 'domain_');
  const isOwn = ['envelope', 'shared', 'object'].includes(name);
  return `${name}${isOwn || fileSuffixes.test(`_${name}`) ? '_events' : ''}.go`;
}
