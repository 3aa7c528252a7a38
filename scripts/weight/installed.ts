import { readFileSync } from 'node:fs';

/** A package in `package-lock.json`. */
interface LockedPackage {
  readonly link?: true;
  readonly resolved?: string;
  readonly hasInstallScript?: true;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** The packages that npm installs with a package of this repository, for its users. */
export interface Installed {
  /** Their folders in this repository, such as `node_modules/ioredis`; without the package itself. */
  readonly folders: readonly string[];
  /** Those that have an install script. */
  readonly withScript: readonly string[];
}

/**
 * Reads from `package-lock.json` what npm installs with one of the packages.
 * @param workspace Its folder: `runtime`. @param optional Also optional packages; npm leaves them out with `--omit=optional`.
 */
export function installedWith(workspace: string, optional = false): Installed {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Readonly<Record<string, LockedPackage>>;
  };
  const found = new Set<string>();
  const visit = (folder: string) => {
    for (const name of dependenciesOf(packages[folder] ?? {}, optional)) {
      const at = locate(packages, folder, name);
      if (at === undefined || found.has(at)) continue;
      found.add(at);
      visit(at);
    }
  };
  visit(workspace);
  const folders = [...found].sort();
  return { folders, withScript: folders.filter((folder) => packages[folder]?.hasInstallScript === true) };
}

function dependenciesOf(locked: LockedPackage, optional: boolean): readonly string[] {
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = locked;
  const required = Object.keys(dependencies).filter((name) => !Object.hasOwn(optionalDependencies, name));
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  return [...required, ...peers, ...(optional ? Object.keys(optionalDependencies) : [])];
}

/** The folder in which Node finds a package: the nearest `node_modules` upwards. */
function locate(packages: Readonly<Record<string, LockedPackage>>, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    const locked = packages[path];
    if (locked !== undefined) return locked.link === true ? locked.resolved : path;
    if (folder === '') return undefined;
  }
}
