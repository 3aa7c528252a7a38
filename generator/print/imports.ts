/** One import declaration. */
export interface ImportDeclaration {
  readonly from: string;
  /** True when every name is a type. */
  readonly typeOnly: boolean;
  /** The text of each import specifier, sorted: `type Name`, `name as other`. */
  readonly names: readonly string[];
}

/**
 * Collects the imports of a generated file. An import gets an alias if the file itself declares its name: a catalog can
 * have a schema with the name `Handler`.
 */
export class Imports {
  readonly #declared: ReadonlySet<string>;
  /** Local names by module, then by exported name. */
  readonly #modules = new Map<string, Map<string, { readonly local: string; isType: boolean }>>();

  /** @param declared Every name that the file declares at its top level. */
  constructor(declared: Iterable<string>) {
    this.#declared = new Set(declared);
  }

  /** Imports a type. Returns its local name. */
  type(name: string, from: string): string {
    return this.#add(name, from, true);
  }

  /** Imports a value. Returns its local name. */
  value(name: string, from: string): string {
    return this.#add(name, from, false);
  }

  /** The import declarations, sorted; modules outside the package first. */
  declarations(): ImportDeclaration[] {
    const rank = (specifier: string) => (specifier.startsWith('.') ? 1 : 0);
    const modules = [...this.#modules].sort(([a], [b]) => rank(a) - rank(b) || compare(a, b));
    return modules.map(([from, names]) => {
      const entries = [...names].sort(([a], [b]) => compare(a.toLowerCase(), b.toLowerCase()) || compare(a, b));
      const typeOnly = entries.every(([, entry]) => entry.isType);
      const written = entries.map(([name, { local, isType }]) => {
        const own = local === name ? name : `${name} as ${local}`;
        return isType && !typeOnly ? `type ${own}` : own;
      });
      return { from, typeOnly, names: written };
    });
  }

  #add(name: string, from: string, isType: boolean): string {
    let names = this.#modules.get(from);
    if (names === undefined) {
      names = new Map();
      this.#modules.set(from, names);
    }
    const known = names.get(name);
    if (known !== undefined) {
      known.isType &&= isType;
      return known.local;
    }
    const local = this.#free(name);
    names.set(name, { local, isType });
    return local;
  }

  #free(name: string): string {
    let local = name;
    while (this.#declared.has(local)) local = `${local}_`;
    return local;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
