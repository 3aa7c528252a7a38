import { isBuiltin } from 'node:module';
import type { ts } from 'ts-morph';
import type { Compiler } from './compiler.js';
import type { FindPackage } from './declaring-package.js';
import type { CodeProgram } from './open-projects.js';

/** The code of services in one program. */
export interface ServiceCode {
  /** Every file of services, without tests. */
  readonly files: readonly ts.SourceFile[];
  /** The files that may use events. */
  readonly relevant: readonly ts.SourceFile[];
  /** Test files, which are left out. */
  readonly tests: readonly ts.SourceFile[];
  /** Imports that lead nowhere: usages behind them cannot be seen. */
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
  { program, checker, files }: CodeProgram,
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
    const targets = importsOf(compiler, { program, checker }, file);
    const kinds = new Set(targets.map(({ target }) => target && findPackage(target.fileName)?.kind));
    if (kinds.has('testing')) {
      tests.push(file);
      continue;
    }
    kept.push(file);
    usesSdk ||= kinds.has('sdk');
    unresolved.push(...targets.flatMap(({ isMissing, specifier }) => (isMissing ? [specifier] : [])));
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
  /** Whether it leads nowhere, although code may be there. */
  readonly isMissing: boolean;
}

function importsOf(
  compiler: Compiler,
  { program, checker }: Pick<CodeProgram, 'program' | 'checker'>,
  file: ts.SourceFile,
): Import[] {
  // The compiler collects them when it reads the file: imports, re-exports, `import()` and `require()`.
  const { imports = [] } = file as { readonly imports?: readonly ts.StringLiteralLike[] };
  return imports.map((specifier) => {
    const symbol = checker.getSymbolAtLocation(specifier);
    const declaration = symbol?.valueDeclaration;
    const target = declaration !== undefined && compiler.isSourceFile(declaration) ? declaration : undefined;
    const { parent } = specifier;
    const isType =
      (compiler.isImportDeclaration(parent) && isOfTypes(parent)) ||
      (compiler.isExportDeclaration(parent) && parent.isTypeOnly);
    const isMissing = symbol === undefined && !isResolved(program, specifier, file) && mayBeCode(specifier, file);
    return { specifier, target, isType, isMissing };
  });

  /** Whether an import is only of types: `import type`, names with `type`, and names of interfaces, which the compiler removes. */
  function isOfTypes({ importClause }: ts.ImportDeclaration): boolean {
    if (importClause === undefined) return false;
    const { isTypeOnly, name, namedBindings } = importClause;
    if (isTypeOnly) return true;
    if (name !== undefined || namedBindings === undefined || compiler.isNamespaceImport(namedBindings)) return false;
    const { elements } = namedBindings;
    return elements.length > 0 && elements.every((each) => each.isTypeOnly || isType(each.name));
  }

  function isType(name: ts.Node): boolean {
    const symbol = checker.getSymbolAtLocation(name);
    if (symbol === undefined || (symbol.flags & compiler.SymbolFlags.Alias) === 0) return false;
    const { flags } = checker.getAliasedSymbol(symbol);
    return (flags & compiler.SymbolFlags.Type) !== 0 && (flags & compiler.SymbolFlags.Value) === 0;
  }

  /** Whether an import that cannot be found hides code. JavaScript may import what is not installed. */
  function mayBeCode({ text, parent }: ts.StringLiteralLike, { fileName }: ts.SourceFile): boolean {
    if (isOwn(text)) return true;
    const hasNames = !compiler.isImportDeclaration(parent) || parent.importClause !== undefined;
    return hasNames && isCode(text) && !isBuiltin(text) && /tsx?$/.test(fileName) && !isIgnored(parent, file);
  }
}

/** Whether a file is there: a package without types has no symbol. */
function isResolved(program: ts.Program, specifier: ts.StringLiteralLike, file: ts.SourceFile): boolean {
  const { getResolvedModuleFromModuleSpecifier: resolvedOf } = program as ts.Program & {
    getResolvedModuleFromModuleSpecifier(
      specifier: ts.StringLiteralLike,
      file: ts.SourceFile,
    ): ts.ResolvedModuleWithFailedLookupLocations | undefined;
  };
  return resolvedOf(specifier, file)?.resolvedModule !== undefined;
}

/** Whether the line above says that the compiler has nothing to report. */
function isIgnored(node: ts.Node, { text }: ts.SourceFile): boolean {
  return /@ts-(?:ignore|expect-error)[^\n]*\n[^\n]*$/.test(text.slice(0, node.getStart()));
}

/** Whether the import is of code of the repository, by its name. */
function isOwn(specifier: string): boolean {
  return isCode(specifier) && /^(\.|#|@hyvve-events\/)/.test(specifier);
}

/** Styles and images have no declarations. */
function isCode(specifier: string): boolean {
  return !/\.(css|scss|less|svg|png|jpe?g|gif|webp|json|html|txt|graphql|wasm)(\?.*)?$/.test(specifier);
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
