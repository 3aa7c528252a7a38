import { kebabCase, NameAllocator, pascalCase, reservedNames } from '../support/names.js';
import { compare } from '../support/values.js';

/** Names of a domain in generated code. */
export interface DomainNames {
  /** For TypeScript names: `Approval`. */
  readonly typeName: string;
  /** Name of its module, without extension: `approval`. */
  readonly fileName: string;
}

/** Names of generated files that are not domain modules, and file names that Windows reserves. */
const otherFiles = 'index shared samples validators catalog package con prn aux nul com1 lpt1'.split(' ');

/** The names of each domain in generated code, sorted by domain. */
export function domainNames(domains: Iterable<string>): Map<string, DomainNames> {
  const files = new NameAllocator(otherFiles);
  const types = new NameAllocator(reservedNames);
  return new Map(
    [...new Set(domains)].sort(compare).map((name) => {
      const typeName = types.take(pascalCase(name) || 'Events');
      return [name, { typeName, fileName: files.take(kebabCase(name) || 'events') }];
    }),
  );
}

/** The names of each domain's interfaces of handlers and of conversions, and of its function. No other declaration may use them. */
export function handlersNames(domains: ReadonlyMap<string, DomainNames>): string[] {
  return [...domains.values()].flatMap(({ typeName }) => {
    const handlers = [`${typeName}Handlers`, `${typeName.charAt(0).toLowerCase()}${typeName.slice(1)}Handlers`];
    return [...handlers, `${typeName}Upcasters`];
  });
}
