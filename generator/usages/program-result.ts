import type { CodePlace, UndecidedUsage, Usage, UsedService } from '@hyvve-events/catalog-model';
import type { ts } from 'ts-morph';
import { compare, groupsInOrder } from '../support/values.js';
import { pathOf, placeOf } from './diagnostics.js';
import type { Sites } from './record.js';
import type { ServiceCode } from './relevant-files.js';

/** What one program says. A file may belong to several programs, and each may know other callers and importers of it. */
export interface ProgramResult {
  readonly services: readonly UsedService[];
  readonly usages: readonly Usage[];
  readonly undecided: readonly UndecidedUsage[];
  /** Calls that start a bus whose service only the run decides. */
  readonly unnamed: readonly CodePlace[];
  /** Paths of the files of services. */
  readonly files: ReadonlySet<string>;
  /** Paths of the test files, which were left out. */
  readonly tests: ReadonlySet<string>;
}

export function programResult(
  sites: Sites,
  code: ServiceCode,
  servicesOf: (node: ts.Node) => readonly string[],
): ProgramResult {
  const keyOf = ({ node, type }: Sites['found'][number]) => `${node.getSourceFile().fileName} ${type}`;
  const used = new Set(sites.found.filter(({ kind }) => kind !== 'mention').map(keyOf));
  // A definition in a list whose events are published below it says nothing more.
  const found = sites.found.filter((site) => site.kind !== 'mention' || !used.has(keyOf(site)));
  return {
    services: sites.services.flatMap(({ node, name }) => {
      const { file, line } = placeOf(node);
      return name === undefined ? [] : [{ name, file, line }];
    }),
    unnamed: sites.services.flatMap(({ node, name }) => (name === undefined ? [placeOf(node)] : [])),
    usages: found.map(({ node, kind, type, how }) => ({
      ...placeOf(node),
      kind,
      type,
      services: servicesOf(node),
      how,
    })),
    undecided: sites.undecided.map(({ node, kind, how, reason }) => ({
      ...placeOf(node),
      kind,
      services: servicesOf(node),
      how,
      reason,
    })),
    files: new Set(code.files.map(({ fileName }) => pathOf(fileName))),
    tests: new Set(code.tests.map(({ fileName }) => pathOf(fileName))),
  };
}

/** The results of several programs as one. What one of them decides is decided. */
export function mergeResults(results: readonly ProgramResult[]): ProgramResult {
  const programsOf = (file: string) => results.filter(({ files }) => files.has(file)).length;
  const undecidedEverywhere = (group: readonly CodePlace[]) => group.length >= programsOf(group[0]?.file ?? '');
  return {
    services: firstOfEach(results.flatMap(({ services }) => services)),
    usages: byPlace(results.map(({ usages }) => usages)).flatMap(joined),
    undecided: byPlace(results.map(({ undecided }) => undecided))
      .filter(undecidedEverywhere)
      .flatMap(joined),
    unnamed: byPlace(results.map(({ unnamed }) => unnamed))
      .filter(undecidedEverywhere)
      .flatMap((group) => group[0] ?? []),
    files: new Set(results.flatMap(({ files }) => [...files])),
    tests: new Set(results.flatMap(({ tests }) => [...tests])),
  };
}

type Placed = CodePlace & { readonly kind?: string; readonly type?: string };

/** Groups of the same place, in the order of places. Each program adds at most one to a group. */
function byPlace<T extends Placed>(programs: readonly (readonly T[])[]): T[][] {
  const number = (value: number) => String(value).padStart(9, '0');
  const keyOf = ({ file, line, column, kind, type }: T) =>
    JSON.stringify([file, number(line), number(column), kind, type]);
  return groupsInOrder(
    programs.flatMap((own) => groupsInOrder(own, keyOf).flatMap(([first]) => first ?? [])),
    keyOf,
  );
}

/** One usage that belongs to the services of all. */
function joined<T extends { readonly services: readonly string[] }>(group: readonly T[]): T[] {
  const [first] = group;
  const services = [...new Set(group.flatMap((each) => each.services))].sort(compare);
  return first === undefined ? [] : [{ ...first, services }];
}

/** Each service once, with the first place that names it. */
function firstOfEach(services: readonly UsedService[]): UsedService[] {
  const inOrder = [...services].sort((a, b) => compare(a.file, b.file) || a.line - b.line);
  return groupsInOrder(inOrder, ({ name }) => name).flatMap(([first]) => first ?? []);
}
