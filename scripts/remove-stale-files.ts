import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Extensions of the files that the compiler writes. */
const compiled = /(\.d\.ts|\.js)(\.map)?$/;

/** The compiled files in `dist` of a package whose source no longer exists: the compiler leaves them, and npm would publish them. */
function staleFiles(folder: string): string[] {
  const dist = join(folder, 'dist');
  if (!existsSync(dist)) return [];
  const names = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => compiled.test(name));
  const hasSource = (name: string) => {
    const source = join(folder, name.replace(compiled, ''));
    return ['.ts', '.js'].some((extension) => existsSync(source + extension));
  };
  return names.filter((name) => !hasSource(name)).map((name) => join(dist, name));
}

/** Removes them from the packages in the given folders; without folders, from all packages of the repository. */
function main(): void {
  const folders = process.argv.slice(2);
  const { workspaces } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly workspaces: readonly string[] };
  for (const file of (folders.length > 0 ? folders : workspaces).flatMap(staleFiles)) {
    rmSync(file);
    console.log(`removed ${file}: its source no longer exists`);
  }
}

main();
