import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The strictest options of TypeScript: code that compiles with them compiles in every project. */
const strictest = {
  target: 'ES2022',
  lib: ['ES2023'],
  module: 'NodeNext',
  moduleResolution: 'NodeNext',
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  isolatedDeclarations: true,
  erasableSyntaxOnly: true,
  allowUnreachableCode: false,
  allowUnusedLabels: false,
  noUncheckedSideEffectImports: true,
  forceConsistentCasingInFileNames: true,
  skipLibCheck: false,
  declaration: true,
  rootDir: '.',
  outDir: './js',
};

/** Writes files below a folder. Content that is not a text is written as JSON. */
export async function writeTree(folder: string, files: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, typeof content === 'string' ? content : JSON.stringify(content, undefined, 2));
  }
}

/** Lets modules below a folder import the runtime, as generated validators do. */
export async function linkRuntime(folder: string): Promise<void> {
  await mkdir(join(folder, 'node_modules/@hyvve-events'), { recursive: true });
  await symlink(resolve('runtime'), join(folder, 'node_modules/@hyvve-events/runtime'));
}

/** Prepares a folder for compiling generated SDKs: with the runtime and the strictest settings. */
export async function prepareProject(folder: string): Promise<void> {
  await linkRuntime(folder);
  await symlink(resolve('node_modules/@types'), join(folder, 'node_modules/@types'));
  await writeTree(folder, {
    'package.json': { type: 'module' },
    'tsconfig.json': { compilerOptions: strictest, include: ['**/*.ts'], exclude: ['js', 'node_modules'] },
  });
}

/** Compiles everything in the folder. @returns The errors of the compiler; `''` if there are none. */
export async function compile(folder: string): Promise<string> {
  const compiler = resolve('node_modules/.bin/tsc');
  return run(compiler, ['-p', '.'], { cwd: folder, maxBuffer: 1 << 26 }).then(
    () => '',
    (error: { readonly stdout?: string; readonly message: string }) => error.stdout || error.message,
  );
}

/** Imports each compiled SDK in plain Node. @returns The names of its exports, by SDK. */
export async function importAll(folder: string, sdks: readonly string[]): Promise<Record<string, string[]>> {
  const script = `
    const found = {};
    for (const sdk of ${JSON.stringify(sdks)}) {
      found[sdk] = Object.keys(await import(${JSON.stringify(`${folder}/js/`)} + sdk + '/index.js'));
    }
    console.log(JSON.stringify(found));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { maxBuffer: 1 << 26 });
  return JSON.parse(stdout) as Record<string, string[]>;
}
