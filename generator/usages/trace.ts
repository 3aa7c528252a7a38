import type { ts } from 'ts-morph';
import type { Compiler } from './compiler.js';
import { withoutCasts } from './origins.js';

/** Where a value comes from. */
export type Traced =
  /** The expression that makes it, or that is as close to it as can be seen; undefined if only its type is known. */
  | { readonly kind: 'value'; readonly expression: ts.Expression | undefined; readonly type: ts.Type }
  /** A parameter, or a property of one: each call of the function decides what it is. */
  | { readonly kind: 'parameter'; readonly parameter: TracedParameter };

export interface TracedParameter {
  readonly function: ts.SignatureDeclaration;
  /** Position of the parameter. */
  readonly index: number;
  /** Properties from the parameter to the value. */
  readonly path: readonly string[];
  /** As in the code: `event`. */
  readonly name: string;
}

/** Follows a value through constants, object literals and spreads. @param path Properties from the expression to the value. */
export type Trace = (expression: ts.Expression, path?: readonly string[]) => Traced;

const mostSteps = 20;

export function tracer(compiler: Compiler, checker: ts.TypeChecker): Trace {
  const trace = (given: ts.Expression, path: readonly string[], steps: number): Traced => {
    const expression = withoutCasts(compiler, given);
    const found = steps === 0 ? undefined : further(expression, path, steps - 1);
    if (found !== undefined) return found;
    let type = checker.getTypeAtLocation(expression);
    for (const name of path) {
      const property = checker.getNonNullableType(type).getProperty(name);
      if (property === undefined) return { kind: 'value', expression: undefined, type: checker.getUnknownType() };
      type = checker.getTypeOfSymbolAtLocation(property, expression);
    }
    return { kind: 'value', expression: path.length === 0 ? expression : undefined, type };
  };

  const further = (expression: ts.Expression, path: readonly string[], steps: number): Traced | undefined => {
    if (compiler.isIdentifier(expression)) {
      const declaration = declarationOf(checker.getSymbolAtLocation(expression));
      return declaration && fromDeclaration(declaration, path, steps);
    }
    if (compiler.isPropertyAccessExpression(expression)) {
      const declaration = declarationOf(checker.getSymbolAtLocation(expression.name));
      if (declaration !== undefined && (compiler.isParameter(declaration) || isFixedProperty(declaration))) {
        return fromDeclaration(declaration, path, steps);
      }
      const owner = trace(expression.expression, [expression.name.text, ...path], steps);
      return owner.kind === 'parameter' || owner.expression !== undefined ? owner : undefined;
    }
    if (compiler.isObjectLiteralExpression(expression)) {
      const [name, ...rest] = path;
      return name === undefined ? undefined : fromLiteral(expression, name, rest, steps);
    }
    return undefined;
  };

  const declarationOf = (given: ts.Symbol | undefined): ts.Declaration | undefined => {
    const isAlias = given !== undefined && (given.flags & compiler.SymbolFlags.Alias) !== 0;
    return (isAlias ? checker.getAliasedSymbol(given) : given)?.valueDeclaration;
  };

  const isFixedProperty = (declaration: ts.Declaration) =>
    compiler.isPropertyDeclaration(declaration) && declaration.initializer !== undefined;

  const fromDeclaration = (declaration: ts.Declaration, path: readonly string[], steps: number): Traced | undefined => {
    if (compiler.isParameter(declaration)) {
      const owner = declaration.parent;
      const name = compiler.isIdentifier(declaration.name) ? declaration.name.text : 'options';
      const index = owner.parameters.indexOf(declaration);
      return { kind: 'parameter', parameter: { function: owner, index, path, name } };
    }
    if (compiler.isBindingElement(declaration)) {
      const pattern = declaration.parent;
      const name = declaration.propertyName ?? declaration.name;
      if (!compiler.isObjectBindingPattern(pattern) || !compiler.isIdentifier(name)) return undefined;
      if (declaration.dotDotDotToken !== undefined) return fromDeclaration(pattern.parent, path, steps);
      return fromDeclaration(pattern.parent, [name.text, ...path], steps);
    }
    if (compiler.isVariableDeclaration(declaration) || compiler.isPropertyDeclaration(declaration)) {
      const { initializer } = declaration;
      const isConstant =
        compiler.isPropertyDeclaration(declaration) ||
        (compiler.isVariableDeclarationList(declaration.parent) &&
          (declaration.parent.flags & compiler.NodeFlags.Const) !== 0);
      return initializer === undefined || !isConstant ? undefined : trace(initializer, path, steps);
    }
    return undefined;
  };

  const fromLiteral = (
    literal: ts.ObjectLiteralExpression,
    name: string,
    path: readonly string[],
    steps: number,
  ): Traced | undefined => {
    for (const property of [...literal.properties].reverse()) {
      if (compiler.isSpreadAssignment(property)) {
        const type = checker.getTypeAtLocation(property.expression);
        if (type.getProperty(name) !== undefined) return trace(property.expression, [name, ...path], steps);
        continue;
      }
      const isNamed =
        (compiler.isIdentifier(property.name) || compiler.isStringLiteral(property.name)) &&
        property.name.text === name;
      if (!isNamed) continue;
      if (compiler.isPropertyAssignment(property)) return trace(property.initializer, path, steps);
      if (!compiler.isShorthandPropertyAssignment(property)) return undefined;
      const declaration = declarationOf(checker.getShorthandAssignmentValueSymbol(property));
      return (declaration && fromDeclaration(declaration, path, steps)) ?? trace(property.name, path, 0);
    }
    return undefined;
  };

  return (expression, path = []) => trace(expression, path, mostSteps);
}
