import { kebabCase, NameAllocator, pascalCase, reservedNames } from '../support/names.js';
import { compare } from '../support/values.js';

/** What the generated code calls a domain. */
export interface DomainNames {
  /** For TypeScript names: `Approval`. */
  readonly typeName: string;
  /** Name of its module, without extension: `approval`. */
  readonly fileName: string;
}

/** Names of files that are not a domain's, and those that Windows keeps for itself. */
const otherFiles = 'index shared samples validators catalog package con prn aux nul com1 lpt1'.split(' ');

/** What the generated code calls each domain; sorted by the domain. */
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

/** The names of what handles the events of each domain: nothing else may have them. */
export function handlersNames(domains: ReadonlyMap<string, DomainNames>): string[] {
  return [...domains.values()].flatMap(({ typeName }) => {
    return [`${typeName}Handlers`, `${typeName.charAt(0).toLowerCase()}${typeName.slice(1)}Handlers`];
  });
}
