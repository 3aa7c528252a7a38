import type { ts } from 'ts-morph';
import type { Imports } from './relevant-files.js';

/** Names of services by the file whose code names them. */
export type NamingFiles = ReadonlyMap<ts.SourceFile, ReadonlySet<string>>;

/**
 * The services that each file is the code of. A service begins at the files that name it, and at those that reach no other
 * service by their imports, such as its main file; to it belong the files that these import, up to files that name another one.
 */
export function servicesOfFiles(imports: Imports, naming: NamingFiles): (file: ts.SourceFile) => readonly string[] {
  const owners = new Map<ts.SourceFile, Set<string>>();
  const claim = (file: ts.SourceFile, service: string): void => {
    const named = naming.get(file);
    if (named !== undefined && !named.has(service)) return;
    const known = owners.get(file) ?? new Set();
    if (known.has(service)) return;
    owners.set(file, known.add(service));
    for (const target of imports.get(file) ?? []) claim(target, service);
  };
  for (const [file, services] of naming) for (const service of services) claim(file, service);
  const reached = servicesThatFilesReach(imports, naming);
  for (const [file, services] of reached) {
    const [only] = services;
    if (only !== undefined && services.size === 1) claim(file, only);
  }
  return (file) => [...(owners.get(file) ?? [])].sort();
}

/** The services whose naming files each file imports, directly or through others. */
function servicesThatFilesReach(imports: Imports, naming: NamingFiles): Map<ts.SourceFile, Set<string>> {
  const importers = new Map<ts.SourceFile, ts.SourceFile[]>();
  for (const [file, targets] of imports) {
    for (const target of targets) importers.set(target, [...(importers.get(target) ?? []), file]);
  }
  const reached = new Map<ts.SourceFile, Set<string>>();
  for (const [start, services] of naming) {
    for (const service of services) {
      const waiting = [start];
      for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
        const known = reached.get(file) ?? new Set();
        if (known.has(service)) continue;
        reached.set(file, known.add(service));
        waiting.push(...(importers.get(file) ?? []));
      }
    }
  }
  return reached;
}
