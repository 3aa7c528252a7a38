import type { ts } from 'ts-morph';
import type { Compiler } from './compiler.js';
import type { DeclaringPackage, FindPackage } from './declaring-package.js';

/** What a name in code stands for. */
export interface Origin {
  /** Undefined for code of users and of other packages. */
  readonly package: DeclaringPackage | undefined;
  /** Its name where it is declared, whatever imports call it. */
  readonly name: string;
  /** Undefined for a name that an SDK module does not export, although code imports it from there. */
  readonly declaration: ts.Declaration | undefined;
}

/** Follows names to their declarations: through imports, re-exports, `import()`, and constants that only rename something. */
export interface Origins {
  /** @param node An identifier, or a property access. */
  of(node: ts.Node): Origin | undefined;
  /** The symbol of a name, without its aliases. */
  symbolOf(node: ts.Node): ts.Symbol | undefined;
}

/** Enough for renames of renames; the end of a circle. */
const mostSteps = 12;

export function originsIn(compiler: Compiler, checker: ts.TypeChecker, findPackage: FindPackage): Origins {
  const { SymbolFlags } = compiler;

  const withoutAlias = (symbol: ts.Symbol): ts.Symbol =>
    (symbol.flags & SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);

  const ofSymbol = (given: ts.Symbol, steps: number): Origin | undefined => {
    const symbol = withoutAlias(given);
    const declaration = symbol.valueDeclaration ?? symbol.declarations?.[0];
    if (declaration === undefined) return missingExport(given);
    const found = findPackage(declaration.getSourceFile().fileName);
    if (found === undefined && steps > 0) {
      const further = renamed(declaration, steps - 1);
      if (further !== undefined) return further;
    }
    return { package: found, name: symbol.name, declaration };
  };

  /** What a constant without a type of its own renames: `const started = publishOrderPlaced`, `const { a } = await import('…')`. */
  const renamed = (declaration: ts.Declaration, steps: number): Origin | undefined => {
    if (compiler.isVariableDeclaration(declaration) && declaration.initializer !== undefined) {
      const value = withoutCasts(compiler, declaration.initializer);
      if (compiler.isIdentifier(value) || compiler.isPropertyAccessExpression(value)) return known(of(value, steps));
      if (compiler.isCallExpression(value)) return known(ofCall(value, steps));
    }
    if (compiler.isBindingElement(declaration) && compiler.isObjectBindingPattern(declaration.parent)) {
      const name = declaration.propertyName ?? declaration.name;
      if (!compiler.isIdentifier(name)) return undefined;
      const property = checker.getTypeAtLocation(declaration.parent).getProperty(name.text);
      return property === undefined ? undefined : known(ofSymbol(property, steps));
    }
    return undefined;
  };

  /** `createEventSubscriber(subscribe)` makes a decorator for the SDK of its argument. */
  const ofCall = ({ expression, arguments: [first] }: ts.CallExpression, steps: number): Origin | undefined => {
    if (first === undefined || !isName(compiler, expression)) return undefined;
    const made = of(expression, steps);
    if (made?.package?.kind !== 'nestjs' || made.name !== 'createEventSubscriber') return undefined;
    const subscribe = of(first, steps);
    if (subscribe?.package?.kind !== 'sdk') return undefined;
    return { package: subscribe.package, name: subscriberDecorator, declaration: made.declaration };
  };

  /** A name that is imported from the SDK, which does not have it any more. */
  const missingExport = (symbol: ts.Symbol): Origin | undefined => {
    const [declaration] = symbol.declarations ?? [];
    if (declaration === undefined) return undefined;
    if (!compiler.isImportSpecifier(declaration) && !compiler.isExportSpecifier(declaration)) return undefined;
    const statement = compiler.isImportSpecifier(declaration)
      ? declaration.parent.parent.parent
      : declaration.parent.parent;
    const specifier = statement.moduleSpecifier;
    const file = specifier && checker.getSymbolAtLocation(specifier)?.valueDeclaration?.getSourceFile().fileName;
    const found = file === undefined ? undefined : findPackage(file);
    if (found?.kind !== 'sdk') return undefined;
    return { package: found, name: (declaration.propertyName ?? declaration.name).text, declaration: undefined };
  };

  const of = (node: ts.Node, steps: number): Origin | undefined => {
    const symbol = symbolAt(node);
    return symbol === undefined ? undefined : ofSymbol(symbol, steps);
  };

  const symbolAt = (node: ts.Node): ts.Symbol | undefined => {
    // Of `{ publishOrderPlaced }`, the value is meant, not the property.
    if (compiler.isShorthandPropertyAssignment(node.parent))
      return checker.getShorthandAssignmentValueSymbol(node.parent);
    return checker.getSymbolAtLocation(compiler.isPropertyAccessExpression(node) ? node.name : node);
  };

  return {
    of: (node) => of(node, mostSteps),
    symbolOf: (node) => {
      const symbol = symbolAt(node);
      return symbol === undefined ? undefined : withoutAlias(symbol);
    },
  };
}

/** The name of the origin of a decorator that `createEventSubscriber` made. */
export const subscriberDecorator = '@createEventSubscriber';

/** Only a rename of something of the SDK, the runtime or the module is followed: other constants are what they are. */
function known(origin: Origin | undefined): Origin | undefined {
  return origin?.package === undefined ? undefined : origin;
}

export function isName(compiler: Compiler, node: ts.Node): boolean {
  return compiler.isIdentifier(node) || compiler.isPropertyAccessExpression(node);
}

/** An expression without parentheses, `as`, `satisfies`, `!` and `await`, which do not change what it stands for. */
export function withoutCasts(compiler: Compiler, expression: ts.Expression): ts.Expression {
  let inner = expression;
  while (
    compiler.isParenthesizedExpression(inner) ||
    compiler.isAsExpression(inner) ||
    compiler.isSatisfiesExpression(inner) ||
    compiler.isNonNullExpression(inner) ||
    compiler.isTypeAssertionExpression(inner) ||
    compiler.isAwaitExpression(inner)
  ) {
    inner = inner.expression;
  }
  return inner;
}
