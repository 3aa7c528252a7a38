import type { ts } from 'ts-morph';
import type { Compiler } from './compiler.js';
import type { FindPackage } from './declaring-package.js';

/** The code of services in one program. */
export interface ServiceCode {
  /** Every file of services, without tests. */
  readonly files: readonly ts.SourceFile[];
  /** The files that may use events. */
  readonly relevant: readonly ts.SourceFile[];
  /** Test files, which are left out. */
  readonly tests: readonly ts.SourceFile[];
  /** Imports of own modules that lead nowhere: usages behind them cannot be seen. */
  readonly unresolved: readonly ts.StringLiteralLike[];
  readonly imports: Imports;
  /** Whether any file imports the SDK. */
  readonly usesSdk: boolean;
}

/** The files that each file imports. */
export type Imports = ReadonlyMap<ts.SourceFile, readonly ts.SourceFile[]>;

/** Words without which a file has no use of its own. */
const words = /\b(publish\w*|eventDraft|createEventBus|subscribe|EventsModule|EventHandlers)\b|Handlers\b/;
const testName = /\.(test|spec)\.[cm]?[jt]sx?$|\/__tests__\//;

/**
 * Chooses the files of services that are read closely. Test files are named `*.test.*` or `*.spec.*`, are in a folder `__tests__`, or import a
 * testing entry point of the runtime or of the module for NestJS.
 */
export function serviceCode(
  compiler: Compiler,
  { checker, files }: { readonly checker: ts.TypeChecker; readonly files: readonly ts.SourceFile[] },
  findPackage: FindPackage,
): ServiceCode {
  const imports = new Map<ts.SourceFile, readonly ts.SourceFile[]>();
  const relevant: ts.SourceFile[] = [];
  const kept: ts.SourceFile[] = [];
  const unresolved: ts.StringLiteralLike[] = [];
  const tests: ts.SourceFile[] = [];
  let usesSdk = false;
  for (const file of files) {
    if (testName.test(file.fileName)) {
      tests.push(file);
      continue;
    }
    const targets = importsOf(compiler, checker, file);
    const kinds = new Set(targets.map(({ target }) => target && findPackage(target.fileName)?.kind));
    if (kinds.has('testing')) {
      tests.push(file);
      continue;
    }
    kept.push(file);
    usesSdk ||= kinds.has('sdk');
    unresolved.push(
      ...targets.flatMap(({ target, specifier }) => (target === undefined && isOwn(specifier.text) ? [specifier] : [])),
    );
    imports.set(
      file,
      targets.flatMap(({ target, isType }) => (target === undefined || isType ? [] : [target])),
    );
    const isRelevant =
      kinds.has('sdk') || words.test(file.text) || importsFromSdk(compiler, checker, file, findPackage);
    if (isRelevant) relevant.push(file);
  }
  return { files: kept, relevant, tests, unresolved, imports, usesSdk };
}

interface Import {
  readonly specifier: ts.StringLiteralLike;
  readonly target: ts.SourceFile | undefined;
  /** Whether nothing of it remains at run time. */
  readonly isType: boolean;
}

function importsOf(compiler: Compiler, checker: ts.TypeChecker, file: ts.SourceFile): Import[] {
  // The compiler collects them when it reads the file: imports, re-exports, `import()` and `require()`.
  const { imports = [] } = file as { readonly imports?: readonly ts.StringLiteralLike[] };
  return imports.map((specifier) => {
    const declaration = checker.getSymbolAtLocation(specifier)?.valueDeclaration;
    const target = declaration !== undefined && compiler.isSourceFile(declaration) ? declaration : undefined;
    const { parent } = specifier;
    const isType =
      (compiler.isImportDeclaration(parent) && parent.importClause?.isTypeOnly === true) ||
      (compiler.isExportDeclaration(parent) && parent.isTypeOnly);
    return { specifier, target, isType };
  });
}

/** Whether the import is of code of the repository, by its name. Styles and images have no declarations. */
function isOwn(specifier: string): boolean {
  const isCode = !/\.(css|scss|less|svg|png|jpe?g|gif|webp|json|html|txt|graphql|wasm)(\?.*)?$/.test(specifier);
  return isCode && /^(\.|#|@hyvve-events\/)/.test(specifier);
}

/** Whether a file imports something of the SDK or the runtime through other files. */
function importsFromSdk(
  compiler: Compiler,
  checker: ts.TypeChecker,
  file: ts.SourceFile,
  findPackage: FindPackage,
): boolean {
  return file.statements.some((statement) => {
    if (!compiler.isImportDeclaration(statement)) return false;
    const bindings = statement.importClause?.namedBindings;
    // A namespace may contain anything.
    if (bindings === undefined || compiler.isNamespaceImport(bindings))
      return bindings !== undefined && isOwnNamespace(statement);
    return bindings.elements.some(({ name }) => {
      const symbol = checker.getSymbolAtLocation(name);
      const target = symbol && checker.getAliasedSymbol(symbol);
      const declaration = target?.declarations?.[0];
      if (declaration === undefined) return false;
      if (findPackage(declaration.getSourceFile().fileName) !== undefined) return true;
      return compiler.isVariableDeclaration(declaration) && declaration.initializer !== undefined;
    });
  });

  function isOwnNamespace({ moduleSpecifier }: ts.ImportDeclaration): boolean {
    return compiler.isStringLiteral(moduleSpecifier) && isOwn(moduleSpecifier.text);
  }
}
