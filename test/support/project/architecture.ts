/** Sources by path from the root, such as `runtime/bus/event-bus.ts`. */
export type Sources = ReadonlyMap<string, string>;

/** A rule that a file breaks. */
export type Violation = string;

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every import and re-export of a source, including those of types. */
export function importsOf(source: string): string[] {
  const withoutComments = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const statements = withoutComments.matchAll(
    /^(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]/gm,
  );
  const dynamic = withoutComments.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g);
  return [...statements, ...dynamic].map(([, a, b]) => a ?? b ?? '');
}

/** A relative specifier as a path from the root; other specifiers unchanged. */
export function resolveImport(file: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  const parts = file.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/').replace(/\.js$/, '.ts');
}

function graphOf(sources: Sources): Import[] {
  return [...sources].flatMap(([from, source]) =>
    importsOf(source).map((specifier) => {
      const to = resolveImport(from, specifier);
      return { from, to: sources.has(to) || !sources.has(`${to}x`) ? to : `${to}x` };
    }),
  );
}

/** Import cycles, each named once. */
export function cyclesIn(sources: Sources): Violation[] {
  return cyclesOf(sources.keys(), graphOf(sources));
}

/**
 * Cycles of folders, each named once.
 * @param entryFolders Folders in which each file is treated as a folder, because it combines the folders below it.
 */
export function folderCyclesIn(sources: Sources, entryFolders: readonly string[]): Violation[] {
  const folderOf = (file: string): string => {
    const folder = file.slice(0, file.lastIndexOf('/') + 1);
    return entryFolders.includes(folder) ? file : folder;
  };
  const imports = graphOf(sources)
    .filter(({ to }) => sources.has(to))
    .map(({ from, to }) => ({ from: folderOf(from), to: folderOf(to) }))
    .filter(({ from, to }) => from !== to);
  return cyclesOf(new Set([...sources.keys()].map(folderOf)), imports);
}

function cyclesOf(nodes: Iterable<string>, imports: readonly Import[]): Violation[] {
  const next = new Map<string, Set<string>>();
  for (const { from, to } of imports) next.set(from, (next.get(from) ?? new Set()).add(to));
  const done = new Set<string>();
  const found: Violation[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      found.push(`cycle: ${[...path.slice(path.indexOf(file)), file].join(' → ')}`);
      return;
    }
    if (done.has(file)) return;
    for (const to of next.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const node of nodes) visit(node, []);
  return found;
}

/** The allowed imports of the files below a path: files below `paths`, and packages by name. */
export interface Rule {
  /** The path that the rule is for: a file or a folder (ends in `/`). If several match a file, the longest applies. */
  readonly of: string;
  /** Files or folders. */
  readonly paths: readonly string[];
  readonly packages: readonly string[];
}

/** Imports that no rule allows. Every file must have a rule. */
export function forbiddenImports(sources: Sources, rules: readonly Rule[]): Violation[] {
  const covers = (path: string, file: string) => (path.endsWith('/') ? file.startsWith(path) : file === path);
  const ruleOf = (file: string) =>
    rules.filter(({ of }) => covers(of, file)).sort((a, b) => b.of.length - a.of.length)[0];
  const found: Violation[] = [];
  for (const file of sources.keys())
    if (ruleOf(file) === undefined) found.push(`${file}: there is no rule for its imports`);
  for (const { from, to } of graphOf(sources)) {
    const rule = ruleOf(from);
    if (rule === undefined) continue;
    const isFile = sources.has(to) || to.endsWith('.ts');
    const allowed = isFile
      ? rule.paths.some((path) => covers(path, to))
      : rule.packages.some((name) => to === name || (name.endsWith(':') && to.startsWith(name)));
    if (!allowed) found.push(`${from} may not import ${to}`);
  }
  return found;
}

/** Files other than `owners` that import a package. */
export function importersOutside(sources: Sources, packageName: string, owners: readonly string[]): Violation[] {
  return graphOf(sources)
    .filter(({ from, to }) => (to === packageName || to.startsWith(`${packageName}/`)) && !owners.includes(from))
    .map(({ from }) => `${from} imports ${packageName}: only ${owners.join(', ')} may`);
}

/** Exports without names. */
export function blanketExports(sources: Sources): Violation[] {
  return [...sources].flatMap(([file, source]) => [
    ...(/^export \*/m.test(source) ? [`${file}: export *`] : []),
    ...(/^export default\b/m.test(source) ? [`${file}: export default`] : []),
  ]);
}
